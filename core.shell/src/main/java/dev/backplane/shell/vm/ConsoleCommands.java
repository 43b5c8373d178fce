package dev.backplane.shell.vm;

import dev.backplane.api.console.Console;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.command.SimpleCommand;
import dev.backplane.shell.console.Attachment;
import dev.backplane.shell.console.ConsoleText;
import dev.backplane.shell.console.DetachKey;
import dev.backplane.shell.console.Expectation;
import dev.backplane.shell.text.Escapes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jline.terminal.Terminal;

/** The commands that talk to a guest through its console. */
final class ConsoleCommands {

    private static final Duration DEFAULT_EXPECT = Duration.ofSeconds(60);
    private static final Parameter NAME = Parameter.required("NAME", ValueKind.MACHINE, "the machine");
    private static final Option CARD =
            Option.of("card", "CARD", ValueKind.CARD, "the console of this card (the first)");

    private final Machines machines;
    private final Expectation expectation;

    ConsoleCommands(Machines machines, Expectation expectation) {
        this.machines = machines;
        this.expectation = expectation;
    }

    List<Command> all() {
        return List.of(console(), log(), send(), expect());
    }

    private Command console() {
        Signature signature = new Signature("console", "be in front of a machine's console", List.of(NAME),
                List.of(CARD, Option.of("detach", "KEY", ValueKind.TEXT, "the key that leaves it (ctrl-])")),
                List.of("Every key goes to the guest but the detach key, which returns to this shell."),
                List.of("vm:console demo", "vm:console demo --detach ctrl-a"));
        return new SimpleCommand(signature, this::attach);
    }

    private Object attach(Invocation invocation) throws CommandException, InterruptedException {
        Machine machine = machines.machine(invocation.arguments().at(0));
        Console console = Machines.console(machine, invocation.arguments().option("card"));
        DetachKey key = detachKey(invocation);
        Terminal terminal = invocation.terminal().filter(found -> !found.getType().startsWith("dumb"))
                .orElseThrow(() -> new CommandException(
                        "this needs a terminal; without one use vm:log, vm:send and vm:expect"));
        if (machine.state() != MachineState.RUNNING && machine.state() != MachineState.PAUSED) {
            throw new CommandException(machine.name() + " does not run; vm:start " + machine.name() + " switches it"
                    + " on, vm:log " + machine.name() + " shows what it printed");
        }
        terminal.writer().println("Console of " + machine.name() + ". " + key + " leaves it.");
        terminal.flush();
        Attachment.End end = new Attachment(machine, console, terminal, key).run();
        return switch (end) {
            case DETACHED -> "Left the console of " + machine.name() + "; the machine is "
                    + machine.state().name().toLowerCase(Locale.ROOT) + ". vm:console " + machine.name()
                    + " returns to it.";
            case STOPPED -> machine.name() + " stopped"
                    + (machine.view().reason().isEmpty() ? "" : ": " + machine.view().reason());
            case CLOSED -> null;
        };
    }

    private static DetachKey detachKey(Invocation invocation) throws CommandException {
        try {
            return invocation.arguments().option("detach").map(DetachKey::parse).orElse(DetachKey.DEFAULT);
        } catch (IllegalArgumentException e) {
            throw new CommandException("--detach: " + e.getMessage(), e);
        }
    }

    private Command log() {
        Signature signature = new Signature("log", "print what a machine's console has printed so far", List.of(NAME),
                List.of(CARD, Option.of("lines", "N", ValueKind.NUMBER, "only the last N lines"),
                        Option.flag("raw", "as it came, with control sequences")),
                List.of("The last MiB at least is kept."), List.of("vm:log demo", "vm:log demo --lines 20"));
        return new SimpleCommand(signature, invocation -> {
            Machine machine = machines.machine(invocation.arguments().at(0));
            Console console = Machines.console(machine, invocation.arguments().option("card"));
            byte[] bytes = console.read(console.oldest());
            String text = invocation.arguments().has("raw") ? new String(bytes, StandardCharsets.UTF_8)
                    : ConsoleText.of(bytes).text();
            long lines = invocation.arguments().number("lines").orElse(Long.MAX_VALUE);
            if (lines < 1) {
                throw new CommandException("--lines: " + lines + " is not 1 or more");
            }
            String shown = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
            int start = shown.length();
            for (long i = 0; i < lines && start > 0; i++) {
                start = shown.lastIndexOf('\n', start - 1);
            }
            return shown.isEmpty() ? null : shown.substring(start <= 0 ? Math.max(0, start) : start + 1);
        });
    }

    private Command send() {
        Signature signature = new Signature("send", "type into a machine's console",
                List.of(NAME, Parameter.required("TEXT", ValueKind.TEXT, "what to type"),
                        Parameter.many("TEXT", ValueKind.TEXT, "more words, joined by blanks")),
                List.of(CARD),
                List.of("Escapes: \\n (Enter) \\r \\t \\b \\e \\0 \\\\ \\xHH. Nothing is added: write \\n for Enter.",
                        "Quote the text, or Gogo takes the backslash away."),
                List.of("vm:send demo \"ls -l\\n\"", "vm:send demo \"\\x03\""));
        return new SimpleCommand(signature, invocation -> {
            Machine machine = machines.machine(invocation.arguments().at(0));
            Console console = Machines.console(machine, invocation.arguments().option("card"));
            if (machine.state() != MachineState.RUNNING && machine.state() != MachineState.PAUSED) {
                throw new CommandException(machine.name() + " does not run; vm:start " + machine.name()
                        + " switches it on");
            }
            try {
                console.send(Escapes.decode(String.join(" ", invocation.arguments().from(1))));
            } catch (IllegalArgumentException e) {
                throw new CommandException(e.getMessage(), e);
            }
            return null;
        });
    }

    private Command expect() {
        Signature signature = new Signature("expect", "wait until a machine's console prints something",
                List.of(NAME, Parameter.required("REGEX", ValueKind.TEXT, "a Java regular expression"),
                        Parameter.optional("TIMEOUT", ValueKind.DURATION, "how long to wait (60s)")),
                List.of(CARD),
                List.of("The search begins where the last match ended. ^ and $ also match at line ends.",
                        "Terminal control sequences and carriage returns are left out of what is searched."),
                List.of("vm:expect demo \"login: $\" 120s", "vm:expect demo [0-9a-f]{64} 60s"));
        return new SimpleCommand(signature, invocation -> {
            Machine machine = machines.machine(invocation.arguments().at(0));
            Console console = Machines.console(machine, invocation.arguments().option("card"));
            Pattern pattern;
            try {
                pattern = Pattern.compile(invocation.arguments().at(1), Pattern.MULTILINE);
            } catch (PatternSyntaxException e) {
                throw new CommandException("\"" + invocation.arguments().at(1) + "\" is no regular expression: "
                        + e.getDescription(), e);
            }
            return expectation.await(machine, console, pattern, invocation.arguments().duration(2, DEFAULT_EXPECT));
        });
    }
}
