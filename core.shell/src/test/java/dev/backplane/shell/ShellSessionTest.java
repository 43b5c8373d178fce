package dev.backplane.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.MachineState;
import dev.backplane.shell.command.CommandFunction;
import dev.backplane.shell.command.HelpPage;
import dev.backplane.shell.view.Views;
import dev.backplane.shell.vm.VmCommands;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.felix.gogo.jline.Posix;
import org.apache.felix.gogo.jline.Procedural;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.jline.reader.Candidate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShellSessionTest {

    private static final List<String> CONTROL = List.of("each", "if", "not", "try", "while");

    @TempDir
    private Path folder;

    private final FakeMachines machines = new FakeMachines();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    private final ThreadIOImpl threadIo = new ThreadIOImpl();
    private CommandProcessorImpl processor;
    private CommandSession gogo;
    private ShellSession session;

    @BeforeEach
    void openSession() {
        machines.types.add(new DeviceTypeView(new FakeType("virtio-blk", List.of(
                OptionSpec.path("image", "the image").asRequired(), OptionSpec.bool("readonly", false, "no writes"))),
                FakeMachines.BUNDLE));
        machines.types.add(new DeviceTypeView(new FakeType("virtio-rng", List.of()), FakeMachines.BUNDLE));
        threadIo.start();
        processor = new CommandProcessorImpl(threadIo);
        processor.addConverter(new Views());
        VmCommands catalog = new VmCommands(() -> machines, List.of("serial"), null);
        catalog.commands().forEach(command -> processor.addCommand(command.signature().scope(),
                new CommandFunction(command),
                command.signature().name()));
        CONTROL.forEach(name -> processor.addCommand("gogo", new Procedural(), name));
        List.of("echo", "cat", "grep").forEach(name -> processor.addCommand("gogo", new Posix(processor), name));
        gogo = processor.createSession(new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8), errors);
        gogo.currentDir(folder);
        session = new ShellSession(gogo, catalog);
    }

    @AfterEach
    void closeSession() {
        gogo.close();
        processor.stop();
        threadIo.stop();
    }

    private boolean run(String text) {
        return new Batch(session, errors).run(text, "");
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String complained() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private FakeMachines.FakeMachine machine(String name) {
        return machines.all.get(name);
    }

    private void file(String name) throws IOException {
        Files.writeString(folder.resolve(name), "x");
    }

    private List<String> completions(String line) {
        List<Candidate> candidates = new ArrayList<>();
        new VmCompleter(new VmCommands(() -> machines, List.of(), null), session)
                .complete(dev.backplane.shell.text.CommandText.lastStatement(line), candidates);
        return candidates.stream().map(Candidate::value).toList();
    }

    @Test
    void anErrorOfAScriptNamesItsLine() {
        String text = "# first\necho one\n\nif { true } {\n  echo two\n}; vm:start x # last\n";
        assertFalse(new Batch(session, errors).run(text, "f.gsh"));
        assertEquals("f.gsh:6: vm:start: no machine is named \"x\"; there are none, vm:create makes one\n",
                complained());
    }

    @Test
    void aCommandThatFailsInAPipeFailsTheScriptWhereverItStands() {
        for (String text : List.of("vm:start x | cat", "each [a] { vm:start x | cat }",
                "try { vm:start x | cat } { echo caught }", "if { true } { vm:start x | cat; echo more }")) {
            assertFalse(run(text + "; vm:create never"), text);
            assertTrue(complained().endsWith(
                    "vm:start: no machine is named \"x\"; there are none, vm:create makes one\n"), complained());
            assertTrue(machines.all.isEmpty(), text);
        }
    }

    @Test
    void aMachineIsMadeStartedAndTalkedToInOneLine() throws Exception {
        file("K");
        file("I");
        file("d.img");
        assertTrue(run("vm:create t --memory 512M --kernel K --initrd I --append \"console=ttyS0\"; "
                + "vm:add t virtio-blk image=d.img; vm:start t"), this::complained);
        String hash = "0123456789abcdef".repeat(4);
        machine("t").console.print("Linux version 6.1\r\n\033[0m# \033[6n");
        machine("t").console.answer("sha256sum /dev/vda\r\n" + hash + "  /dev/vda\r\n# ");
        assertTrue(run("vm:expect t \"# $\" 120s; vm:send t \"sha256sum /dev/vda\\n\"; "
                + "vm:expect t [0-9a-f]{64} 60s; vm:stop t"), this::complained);
        assertEquals("sha256sum /dev/vda\n", machine("t").console.sent.toString(StandardCharsets.UTF_8));
        assertEquals("""
                t: created with 1 vCPU and 512M
                t: virtio-blk added as virtio-blk1 in slot2
                t: started
                #
                %s
                t: stopped
                """.formatted(hash), printed());
        assertEquals("console=ttyS0", machine("t").view().spec().boot().commandLine());
        assertEquals(folder.resolve("d.img").toString(),
                machine("t").view().spec().cards().getLast().options().get("image"));
    }

    @Test
    void aMisspeltOptionFailsAndNamesTheNearest() {
        assertFalse(run("vm:create t --memroy 512M; vm:list"));
        assertEquals("vm:create: unknown option --memroy; did you mean --memory?\n", complained());
        assertEquals("", printed());
        assertTrue(machines.all.isEmpty());
    }

    @Test
    void misspeltCommandsTypesMachinesAndCardOptionsNameTheNearest() {
        assertTrue(run("vm:create demo"));
        assertFalse(run("vm:strat demo"));
        assertFalse(run("vm:start dmeo"));
        assertFalse(run("vm:add demo virtio-blok"));
        assertFalse(run("vm:add demo virtio-blk imgae=x"));
        List<String> lines = complained().lines().toList();
        assertEquals(List.of("there is no command vm:strat; did you mean vm:start?",
                "vm:start: no machine is named \"dmeo\"; did you mean demo?",
                "vm:add: no device type is named \"virtio-blok\"; did you mean virtio-blk?"
                        + " (--wait-for-type adds it all the same)",
                "vm:add: virtio-blk has no option \"imgae\"; did you mean image?"), lines);
    }

    @Test
    void aFailingCommandStopsTheRestAndSoDoesOneThatSaysSoItself() {
        assertFalse(run("vm:start none; vm:create t"));
        assertFalse(run("cat /does/not/exist; vm:create t"));
        assertFalse(run("vm:nonsense | grep x; vm:create t"));
        assertFalse(run("if { true } { vm:create"));
        assertTrue(machines.all.isEmpty());
    }

    @Test
    void severalCardsAreTakenOutAtOnceAndEachThatStaysIsNamed() {
        assertTrue(run("create t --bare; each [a b kept c] { vm:add t virtio-rng --id \"$it\" }"), this::complained);
        assertFalse(run("vm:remove t a nix"));
        assertEquals("vm:remove: t has no card \"nix\"; there is a, b, c, kept\n", complained());
        assertEquals(4, machine("t").view().cards().size());
        assertFalse(run("vm:remove t a kept"));
        assertTrue(complained().endsWith("vm:remove: the guest keeps kept (a removed)\n"), this::complained);
        assertTrue(run("vm:remove t b c b"), this::complained);
        assertTrue(printed().endsWith("t: b, c removed\n"), this::printed);
        assertEquals(List.of("kept"), machine("t").view().cards().stream().map(CardView::id).toList());
    }

    @Test
    void theScopeNeedNotBeTypedAndValuesCanBeUsed() {
        assertTrue(run("create t --bare; id = (add t virtio-rng --id r); echo made $id"), this::complained);
        assertEquals("t: created with 1 vCPU and 512M\nmade r\n", printed());
    }

    @Test
    void statementsMayStandInClosuresAndOnLines() {
        assertTrue(run("# two machines\neach [a b] { vm:create \"$it\" --bare }\nvm:list"), this::complained);
        assertEquals(2, machines.all.size());
    }

    @Test
    void expectSearchesAfterTheLastMatchAndSaysWhatWasPrintedLast() {
        assertTrue(run("vm:create t; vm:start t"));
        machine("t").console.print("login: root\r\nlogin: ");
        assertTrue(run("vm:expect t login: 1s; vm:expect t login: 1s"), this::complained);
        assertFalse(run("vm:expect t login: 10ms"));
        assertEquals("vm:expect: t: nothing within 10ms matches login:; its last line is: login:\n", complained());
    }

    @Test
    void afterAStartExpectLeavesOutWhatWasPrintedBefore() {
        assertTrue(run("vm:create t; vm:start t"));
        machine("t").console.print("old prompt# ");
        assertTrue(run("vm:stop t; vm:start t"));
        assertFalse(run("vm:expect t prompt 10ms"));
        machine("t").console.print("new prompt# ");
        assertTrue(run("vm:expect t \"new prompt\" 1s"), this::complained);
    }

    @Test
    void expectOnAMachineThatStoppedFailsAtOnce() {
        assertTrue(run("vm:create t; vm:start t"));
        machine("t").console.print("reboot: Power down\r\n");
        assertTrue(run("vm:stop t; vm:expect t \"Power down\""), this::complained);
        assertFalse(run("vm:expect t never 1h"));
        assertTrue(complained().contains("the machine is stopped"), this::complained);
    }

    @Test
    void waitingInVainSaysInWhichStateTheMachineIs() {
        assertTrue(run("vm:create t; vm:start t"));
        assertFalse(run("vm:wait t paused stopped 10ms"));
        assertEquals("vm:wait: t is running after 10ms, not paused or stopped\n", complained());
        assertTrue(run("vm:wait t running; vm:shutdown t 1s"), this::complained);
    }

    @Test
    void theTreeNamesTheBundleThatServesEachPart() {
        assertTrue(run("vm:create t --bare; vm:add t virtio-rng --id rng0; vm:show t"), this::complained);
        assertTrue(printed().endsWith("""
                t  stopped  [dev.backplane.fake 1.0.0]
                ├─ 1 vCPU, backend fake  [dev.backplane.fakecpu 1.0.0]
                │  └─ cpu0  running  instructions 12
                ├─ memory 512M
                ├─ boot  no kernel (vm:set t --kernel FILE)
                └─ 1 card, 1 slot free
                   └─ slot1  rng0  virtio-rng at 01:00.0  [dev.backplane.fake 1.0.0]
                """), this::printed);
    }

    @Test
    void setChangesAMachineAndACard() throws Exception {
        file("a.img");
        file("b.img");
        assertTrue(run("vm:create t --bare; vm:add t virtio-blk image=a.img --id d; vm:set t --cpus 4 --memory 1G; "
                + "vm:set t d image=b.img readonly=on"), this::complained);
        assertEquals(4, machine("t").view().spec().vcpus());
        assertEquals(1L << 30, machine("t").view().spec().memory());
        assertEquals("on", machine("t").view().cards().getFirst().options().get("readonly"));
        assertNull(machine("t").view().spec().cards().getFirst().slot(), "where it is shown is not where it was put");
        assertTrue(run("vm:start t"));
        assertFalse(run("vm:set t --cpus 2"));
        assertEquals(4, machine("t").view().spec().vcpus());
    }

    @Test
    void aRunningMachineIsDestroyedOnlyByForce() {
        assertTrue(run("vm:create t; vm:start t"));
        assertFalse(run("vm:destroy t"));
        assertEquals(MachineState.RUNNING, machine("t").state());
        assertTrue(run("vm:destroy t --force"));
        assertTrue(machines.all.isEmpty());
    }

    @Test
    void filesThatAreMissingAreNamedBeforeAnythingIsMade() {
        assertFalse(run("vm:create t --kernel nothing"));
        assertEquals("vm:create: --kernel: there is no file " + folder.resolve("nothing") + "\n", complained());
        assertTrue(machines.all.isEmpty());
    }

    @Test
    void logPrintsTheLastLines() {
        assertTrue(run("vm:create t; vm:start t"));
        machine("t").console.print("one\r\ntwo\r\nthree\r\n");
        out.reset();
        assertTrue(run("vm:log t --lines 2; vm:log t"));
        assertEquals("two\nthree\none\ntwo\nthree\n", printed());
    }

    @Test
    void logOfNoLinesAndSendOfNoTextAreRefused() {
        assertTrue(run("vm:create t; vm:start t"));
        machine("t").console.print("one\r\n");
        assertFalse(run("vm:log t --lines 0"));
        assertFalse(run("vm:send t"));
        assertEquals(List.of("vm:log: --lines: 0 is not 1 or more",
                "vm:send: TEXT is missing: vm:send NAME TEXT [TEXT...] [--card CARD]"), complained().lines().toList());
    }

    @Test
    void anEmptyValueTakesBackTheChoiceOfABackendAndAModel() {
        assertTrue(run("vm:create t --backend kvm --cpu host; vm:set t --backend \"\" --cpu \"\""), this::complained);
        assertNull(machine("t").view().spec().cpuBackend());
        assertNull(machine("t").view().spec().cpuModel());
    }

    @Test
    void aFolderOrAFileInNoFolderIsRefusedBeforeAnythingIsWritten() throws Exception {
        assertTrue(run("vm:create t"));
        assertFalse(run("vm:save t ."));
        assertFalse(run("vm:export t none/t.yaml"));
        assertEquals(List.of("vm:save: " + folder + " is a folder; name a file in it",
                "vm:export: " + folder.resolve("none/t.yaml") + " cannot be written: there is no folder "
                        + folder.resolve("none")), complained().lines().toList());
        assertTrue(run("vm:export t t.yaml"), this::complained);
        try (var files = Files.list(folder)) {
            assertEquals(List.of(folder.resolve("t.yaml")), files.toList());
        }
    }

    @Test
    void everyCommandHasHelpWithAnExampleThatNamesIt() {
        VmCommands catalog = new VmCommands(() -> machines, List.of(), null);
        for (String name : List.of("create", "add", "remove", "set", "start", "pause", "resume", "reset", "shutdown",
                "stop", "destroy", "list", "show", "console", "log", "send", "expect", "wait", "types", "export",
                "save", "restore", "cpu", "help")) {
            var signature = catalog.command(name).orElseThrow().signature();
            assertFalse(signature.examples().isEmpty(), name);
            assertTrue(signature.examples().stream().allMatch(example -> example.contains(name)), name);
            out.reset();
            assertTrue(run("help vm:" + name), this::complained);
            assertTrue(printed().startsWith("vm:" + name + " - "), this::printed);
        }
    }

    @Test
    void cpuShowsWhatRunsTheVcpusAndMovesThem() {
        assertTrue(run("vm:create t --bare; vm:cpu t"), this::complained);
        List<String> table = printed().lines().skip(1).toList();
        assertEquals(List.of("VCPU", "BACKEND", "BUNDLE", "ACTIVITY"), List.of(table.get(0).split("\\s+")));
        assertEquals("cpu0  fake     dev.backplane.fakecpu 1.0.0  running", table.get(1));
        assertEquals(List.of("STATISTIC", "CPU0"), List.of(table.get(3).split("\\s+")));
        assertEquals(List.of("instructions", "12"), List.of(table.get(4).split("\\s+")));
        out.reset();
        assertTrue(run("vm:cpu t other"), this::complained);
        assertEquals("t: its vCPUs run on other, after standing for 3.0 ms\n", printed());
        assertFalse(run("vm:cpu t nonsense"));
        assertTrue(complained().contains("nonsense"), this::complained);
    }

    @Test
    void theManualSaysOfEveryCommandWhatItsHelpSays() throws Exception {
        String manual = Files.readString(Path.of("..", "docs", "shell.md"));
        var commands = new VmCommands(() -> machines, List.of("serial"), null).commands();
        for (var command : commands) {
            String heading = "### " + command.signature().fullName() + "\n";
            assertTrue(manual.contains(heading), heading);
            String section = manual.substring(manual.indexOf(heading) + heading.length()).split("\n### ", 2)[0];
            assertEquals(lines(HelpPage.of(command.signature())).stream().skip(1).toList(),
                    lines(section).stream().skip(1).toList(), heading);
        }
        assertEquals(commands.size(), manual.lines().filter(line -> line.matches("### (vm|plugin):.*")).count());
    }

    /** Without indentation and empty lines. */
    private static List<String> lines(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    @Test
    void completionKnowsCommandsMachinesTypesOptionsAndFiles() throws Exception {
        file("disk.img");
        Files.createDirectory(folder.resolve("dir"));
        assertTrue(run("vm:create demo --bare; vm:add demo virtio-blk image=disk.img --id d0"));
        assertTrue(completions("vm:sta").contains("vm:start"));
        assertTrue(completions("sta").contains("start"));
        assertEquals(List.of("demo"), completions("vm:list; vm:start "));
        assertEquals(List.of("virtio-blk", "virtio-rng"), completions("vm:add demo "));
        assertEquals(List.of("image=", "readonly="), completions("vm:add demo virtio-blk "));
        assertEquals(List.of("readonly=on", "readonly=off"), completions("vm:add demo virtio-blk readonly="));
        assertTrue(completions("vm:add demo virtio-blk image=").containsAll(List.of("image=disk.img", "image=dir/")));
        assertEquals(List.of("d0"), completions("vm:remove demo "));
        assertEquals(List.of("d0"), completions("vm:remove demo x "));
        assertTrue(completions("vm:create x --").contains("--memory"));
        assertFalse(completions("vm:create x --memory 1G --").contains("--memory"));
        assertTrue(completions("vm:create x --kernel ").contains("disk.img"));
        assertTrue(completions("vm:wait demo ").contains("stopped"));
    }
}
