package dev.backplane.shell.command;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Signature;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A command that is one action and knows what its words could be.
 *
 * @param signature what it is and takes
 * @param action    what it does
 * @param words     by the name of a parameter of kind {@code OWN}, what it could be
 */
public record CompletedCommand(Signature signature, SimpleCommand.Action action,
        Map<String, Supplier<List<String>>> words) implements Command {

    @Override
    public Object run(Invocation invocation) throws CommandException, MachineException, InterruptedException {
        return action.run(invocation);
    }

    @Override
    public List<Candidate> candidates(String name, Invocation before) {
        return words.getOrDefault(name, List::of).get().stream().map(Candidate::new).toList();
    }
}
