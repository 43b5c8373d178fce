package dev.backplane.shell.command;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Signature;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;

/** A command as Gogo calls it: words in, data out. */
public final class CommandFunction implements Function {

    private final Command command;

    /** Wraps a command. */
    public CommandFunction(Command command) {
        this.command = command;
    }

    @Override
    public Object execute(CommandSession session, List<Object> words) throws Exception {
        List<String> texts = new ArrayList<>();
        words.forEach(word -> flatten(word, texts));
        Signature signature = command.signature();
        if (texts.contains("--help") && signature.option("help").isEmpty()) {
            return HelpPage.of(signature);
        }
        try {
            return command.run(new Invocation(ArgumentParser.parse(signature, texts), session));
        } catch (CommandException | MachineException e) {
            throw new CommandException(signature.fullName() + ": " + e.getMessage(), e);
        }
    }

    private static void flatten(Object word, List<String> texts) {
        if (word instanceof Collection<?> many) {
            many.forEach(one -> flatten(one, texts));
        } else if (word != null) {
            texts.add(word.toString());
        }
    }
}
