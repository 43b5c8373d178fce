package dev.backplane.shell;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineState;
import dev.backplane.shell.vm.CommandCatalog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.felix.gogo.runtime.EOFError;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Job;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The shell in front of a person: line editing, history, completion, notices. */
final class Interactive {

    private static final Logger LOG = LoggerFactory.getLogger(Interactive.class);
    private static final long ANSWERED_NANOS = 500_000_000L;
    private static final List<String> LEAVE = List.of("exit", "quit", "logout");

    private final ShellSession session;
    private final CommandCatalog catalog;
    private final Terminal terminal;
    private final Notices notices;
    private final LineReader reader;
    private final Queue<String> held = new ConcurrentLinkedQueue<>();
    private volatile String running = "";
    private volatile String last = "";
    private boolean warned;
    private volatile long lastEnd = System.nanoTime();

    Interactive(ShellSession session, CommandCatalog catalog, Terminal terminal, Notices notices, Path history) {
        this.session = session;
        this.catalog = catalog;
        this.terminal = terminal;
        this.notices = notices;
        LineReaderBuilder builder = LineReaderBuilder.builder().appName("backplane").terminal(terminal)
                .parser(new LineParser(session::statements))
                .completer(new VmCompleter(catalog, session))
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "%M> ")
                .option(LineReader.Option.AUTO_FRESH_LINE, true)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.AUTO_GROUP, false)
                .option(LineReader.Option.GROUP, true);
        if (history != null) {
            builder.variable(LineReader.HISTORY_FILE, history);
        }
        this.reader = builder.build();
    }

    /**
     * Reads and runs lines until the user leaves.
     *
     * @param first commands to run before the first prompt, or ""
     * @return the exit status, 0
     */
    int run(String first) {
        CommandSession gogo = session.gogo();
        Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> interrupt(gogo));
        notices.tell(this::notice);
        try {
            welcome();
            if (!first.isEmpty()) {
                execute(first);
            }
            while (readAndRun()) {
                continue;
            }
            return 0;
        } finally {
            notices.tell(null);
            terminal.handle(Terminal.Signal.INT, before);
            saveHistory();
        }
    }

    private void welcome() {
        int machines = catalog.machines().ifPresent().map(manager -> manager.machines().size()).orElse(0);
        String count = switch (machines) {
            case 0 -> "no machines yet";
            case 1 -> "1 machine";
            default -> machines + " machines";
        };
        terminal.writer().println("Backplane, " + count + ". help lists the commands, Tab completes, exit leaves.");
        terminal.flush();
    }

    private boolean readAndRun() {
        String line;
        for (String notice = held.poll(); notice != null; notice = held.poll()) {
            terminal.writer().println(faint(notice).toAnsi(terminal));
        }
        try {
            line = reader.readLine(new AttributedStringBuilder()
                    .append("backplane> ", AttributedStyle.BOLD).toAnsi(terminal));
        } catch (UserInterruptException e) {
            return true;
        } catch (EndOfFileException e) {
            return !mayLeave();
        }
        if (LEAVE.contains(line.strip())) {
            return !mayLeave();
        }
        warned = false;
        execute(line);
        return true;
    }

    /** Leaving ends the runtime and with it every machine: said once, done when asked again. */
    private boolean mayLeave() {
        List<String> active = catalog.machines().ifPresent().map(manager -> manager.machines().stream()
                .filter(machine -> machine.state() == MachineState.RUNNING || machine.state() == MachineState.PAUSED)
                .map(Machine::name).toList()).orElse(List.of());
        if (active.isEmpty() || warned) {
            return true;
        }
        warned = true;
        error(String.join(", ", active) + (active.size() == 1 ? " is" : " are") + " running and would lose power;"
                + " vm:shutdown asks a guest to go off, exit once more leaves all the same");
        return false;
    }

    private void execute(String line) {
        running = line;
        try {
            for (String statement : session.statements(line)) {
                if (!session.run(statement)) {
                    return;
                }
            }
        } catch (InterruptedException | CancellationException e) {
            error("interrupted");
        } catch (Exception e) {
            if (ShellSession.isDefect(e)) {
                LOG.error("A command failed: {}", line, e);
            } else {
                LOG.debug("A command failed: {}", line, e);
            }
            error(session.explain(e));
        } finally {
            last = line;
            lastEnd = System.nanoTime();
            running = "";
            terminal.flush();
        }
    }

    private void error(String message) {
        terminal.writer().println(new AttributedString(message, AttributedStyle.DEFAULT
                .foreground(AttributedStyle.RED)).toAnsi(terminal));
        terminal.flush();
    }

    /**
     * While a command runs the terminal is its own, and what happens to the machine it names is its answer, also
     * shortly afterwards, since events come by another thread.
     */
    private void notice(String machine, String line) {
        String command = running;
        boolean justEnded = System.nanoTime() - lastEnd < ANSWERED_NANOS;
        if (!machine.isEmpty() && (command.contains(machine)
                || command.isEmpty() && justEnded && last.contains(machine))) {
            return;
        }
        if (command.isEmpty() && reader.isReading()) {
            reader.printAbove(faint(line));
        } else {
            held.add(line);
        }
    }

    private static AttributedString faint(String line) {
        return new AttributedString(line, AttributedStyle.DEFAULT.faint());
    }

    private static void interrupt(CommandSession gogo) {
        Job job = gogo.foregroundJob();
        if (job != null) {
            job.interrupt();
        }
    }

    private void saveHistory() {
        try {
            reader.getHistory().save();
        } catch (IOException e) {
            LOG.info("The history cannot be saved", e);
        }
    }

    /** Splits lines for JLine; a line that Gogo finds incomplete is continued on the next. */
    private static final class LineParser extends org.jline.reader.impl.DefaultParser {
        private interface Check {
            Object of(String line);
        }

        private final Check check;

        LineParser(Check check) {
            this.check = check;
            setEscapeChars(null);
            setQuoteChars(new char[] {'"', '\''});
            setEofOnUnclosedQuote(false);
        }

        @Override
        public org.jline.reader.ParsedLine parse(String line, int cursor, ParseContext context) {
            if (context == ParseContext.ACCEPT_LINE) {
                try {
                    check.of(line);
                } catch (EOFError e) {
                    throw new org.jline.reader.EOFError(e.line(), e.column(), e.getMessage(), e.missing());
                } catch (RuntimeException e) {
                    LOG.debug("Not readable, run tells why", e);
                }
            }
            return super.parse(line, cursor, context);
        }
    }
}
