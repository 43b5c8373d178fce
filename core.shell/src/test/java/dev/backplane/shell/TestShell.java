package dev.backplane.shell;

import dev.backplane.shell.command.CommandFunction;
import dev.backplane.shell.text.CommandText;
import dev.backplane.shell.view.Views;
import dev.backplane.shell.vm.VmCommands;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.jline.reader.Candidate;

/** A session of the shell over given commands; what is typed gives what is printed. */
final class TestShell implements AutoCloseable {

    private final VmCommands commands;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    private final ThreadIOImpl threadIo = new ThreadIOImpl();
    private final CommandProcessorImpl processor;
    private final CommandSession gogo;
    private final ShellSession session;

    TestShell(VmCommands commands, Path folder) {
        this.commands = commands;
        threadIo.start();
        processor = new CommandProcessorImpl(threadIo);
        processor.addConverter(new Views());
        commands.commands().forEach(command -> processor.addCommand(command.signature().scope(),
                new CommandFunction(command), command.signature().name()));
        gogo = processor.createSession(new ByteArrayInputStream(new byte[0]), printed, printed);
        gogo.currentDir(folder);
        session = new ShellSession(gogo, commands);
    }

    /** What is printed, also of errors. */
    String run(String line) {
        out.reset();
        new Batch(session, printed).run(line, "");
        return out.toString(StandardCharsets.UTF_8);
    }

    /** What completion offers. */
    List<String> completions(String line) {
        List<Candidate> candidates = new ArrayList<>();
        new VmCompleter(commands, session).complete(CommandText.lastStatement(line), candidates);
        return candidates.stream().map(Candidate::value).toList();
    }

    /** A variable of the session. */
    Object variable(String name) {
        return gogo.get(name);
    }

    @Override
    public void close() {
        gogo.close();
        processor.stop();
        threadIo.stop();
    }
}
