package dev.backplane.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.vm.VmCommands;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that another bundle offers. */
class ForeignCommandsTest {

    /** Does as its first word says. */
    private static final class Odd implements ShellCommand {
        private final Signature signature;

        Odd(String scope, String name) {
            signature = new Signature(scope, name, "do something odd",
                    List.of(Parameter.required("WHAT", ValueKind.OWN, "what to do"),
                            Parameter.many("KEY=VALUE", ValueKind.OWN, "settings")),
                    List.of(Option.of("time", "TIME", ValueKind.DURATION, "how long"), Option.flag("loud", "louder")),
                    List.of("It is odd."), List.of(scope + ":" + name + " text"));
        }

        @Override
        public Signature signature() {
            return signature;
        }

        @Override
        public Output run(Call call) throws CommandException {
            return switch (call.value("WHAT")) {
                case "text" -> Output.answer("v", "text" + call.settings("KEY=VALUE", List.of("a", "b"))
                        + call.duration("time").map(time -> " " + time).orElse("") + (call.has("loud") ? "!" : ""));
                case "table" -> new Output.Table(List.of("A", "B"), List.of(List.of("1", "22"), List.of("x")), "none");
                case "empty" -> new Output.Table(List.of("A"), List.of(), "none");
                case "file" -> Output.text(call.file("f").toString());
                case "machine" -> Output.text(call.machine("ghost").name());
                case "refuse" -> throw new CommandException("not today", new OwnException());
                case "crash" -> throw new OwnException();
                case "unknown" -> Output.text(call.value("NOTHING"));
                default -> null;
            };
        }

        @Override
        public List<Candidate> candidates(String name, Call call) {
            return switch (name) {
                case "WHAT" -> List.of(new Candidate("text", "a text"), new Candidate("table"));
                case "KEY=VALUE" -> List.of(new Candidate(call.value("WHAT") + "="));
                default -> throw new OwnException();
            };
        }
    }

    /** A class that the shell must not keep. */
    private static final class OwnException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OwnException() {
            super("a secret of its bundle");
        }
    }

    @TempDir
    private Path folder;

    private final FakeMachines machines = new FakeMachines();
    private final VmCommands catalog = new VmCommands(() -> machines, List.of(), null);
    private final Odd odd = new Odd("odd", "do");
    private TestShell shell;

    @BeforeEach
    void openSession() {
        catalog.bindCommand(odd);
        shell = new TestShell(catalog, folder);
    }

    @AfterEach
    void closeSession() {
        shell.close();
    }

    private String run(String line) {
        return shell.run(line);
    }

    private List<String> completions(String line) {
        return shell.completions(line);
    }

    @Test
    void aCommandOfAnotherBundleIsRunAndPrintedLikeOneOfTheShell() {
        assertEquals("text{a=1} PT2S!\n", run("odd:do text a=1 --time 2s --loud"));
        assertEquals("A  B\n1  22\nx\n", run("odd:do table"));
        assertEquals("none\n", run("odd:do empty"));
        assertEquals("", run("odd:do nothing"));
        assertEquals(folder.resolve("f") + "\n", run("odd:do file"));
        assertTrue(run("x = (odd:do text); odd:do $x").isEmpty());
    }

    @Test
    void helpAndRefusalsAreMadeFromItsSignature() {
        assertTrue(run("odd:do --help").startsWith("odd:do - do something odd\n"));
        assertTrue(run("help odd:do").contains("--time TIME"));
        assertTrue(run("help").contains("odd:do"));
        assertEquals("odd:do: unknown option --tmie; did you mean --time?\n", run("odd:do text --tmie 3"));
        assertTrue(run("odd:do text c=1").contains("there is no \"c\""));
        assertTrue(run("odd:do text --time soon").contains("time: "));
        assertTrue(run("odd:do machine").contains("no machine is named \"ghost\""));
    }

    @Test
    void whatItThrowsIsOneLineAndNothingOfItsBundleIsKept() {
        assertEquals("odd:do: not today\n", run("odd:do refuse"));
        assertTrue(run("odd:do crash").contains("it failed"));
        assertTrue(run("odd:do unknown").contains("no parameter or option NOTHING"));
        for (String name : List.of("exception", "pipe-exception", "_")) {
            for (Object kept = shell.variable(name); kept instanceof Throwable t; kept = t.getCause()) {
                assertFalse(kept instanceof OwnException, name);
            }
        }
    }

    @Test
    void itsWordsAreCompletedByItself() {
        assertTrue(completions("odd:").contains("odd:do"));
        assertEquals(List.of("text", "table"), completions("odd:do "));
        assertEquals(List.of("table"), completions("odd:do ta"));
        assertEquals(List.of("text="), completions("odd:do text "));
        assertEquals(List.of("--time", "--loud"), completions("odd:do text -"));
    }

    @Test
    void itGoesWithItsBundleAndTheShellsOwnCommandsCannotBeTaken() {
        int before = catalog.commands().size();
        catalog.bindCommand(new Odd("vm", "create"));
        catalog.bindCommand(new Odd("Bad Scope", "do"));
        catalog.bindCommand(new Odd("odd", "do"));
        assertEquals(before, catalog.commands().size());
        catalog.unbindCommand(odd);
        assertEquals(before, catalog.commands().size());
        assertTrue(catalog.command("odd:do").isPresent(), "the newer build's is used");
        VmCommands empty = new VmCommands(() -> machines, List.of(), null);
        empty.bindCommand(odd);
        empty.unbindCommand(odd);
        assertNull(empty.command("odd:do").orElse(null));
    }
}
