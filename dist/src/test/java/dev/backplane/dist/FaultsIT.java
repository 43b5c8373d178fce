package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bundle whose cards do everything wrong, in a machine with a working Debian guest beside another machine: both run
 * on, and it is said what happened. The machines are booted once, each test looks at its step.
 */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsIT {

    private static final String CALL_LIMIT = "4s";

    /** The guest reads all of a card's configuration space, which the card serves in part itself. */
    private static final String READ = "vm:send t 'until [ -e /sys/bus/pci/devices/0000:01:00.0/config ]; do :; done; "
            + "for c in /sys/bus/pci/devices/*:0[1-9]:00.0/config; "
            + "do od -An -tx1 $c >/dev/null; done; echo READ$((1 + 1))\\n'\nvm:expect t READ2 60s";

    private static final String SOURCE = """
            package test.faulty;

            import dev.backplane.api.device.*;
            import dev.backplane.api.pci.*;
            import dev.backplane.api.state.*;
            import java.util.*;
            import java.util.concurrent.*;
            import org.osgi.framework.*;

            public final class Faulty implements BundleActivator, DeviceType {
                public void start(BundleContext context) { context.registerService(DeviceType.class, this, null); }
                public void stop(BundleContext context) { }
                public String name() { return "faulty"; }
                public String description() { return "does something wrong"; }
                public Placement placement() { return Placement.PCIE; }
                public int stateVersion() { return 1; }
                public List<OptionSpec> options() {
                    return List.of(OptionSpec.string("how", "", "what goes wrong"));
                }
                public Device create(DeviceContext context, Options options) throws DeviceException {
                    return new Card(context, options.string("how"));
                }

                static final class Card implements Device {
                    private final DeviceContext context;
                    private final String how;
                    private final List<long[]> hoard = new ArrayList<>();

                    Card(DeviceContext context, String how) throws DeviceException {
                        this.context = context;
                        this.how = how;
                        PciFunction pci = context.pci(new PciIdentity(0x1234, 0x4321, 0xFF0000, 1, 0, 0));
                        trouble("create");
                        MessageInterrupts messages = pci.msix(1, 1);
                        pci.capability(9, new byte[14], new RegisterHandler() {
                            public long read(long offset, int size) { trouble("read"); return 0; }
                            public void write(long offset, int size, long value) { trouble("write"); }
                        });
                        context.timer("tick", () -> trouble("timer"));
                        if (how.startsWith("timer")) {
                            context.timer("begin", () -> { }).armAt(0);
                        }
                        if (how.startsWith("task")) {
                            context.execute(() -> trouble("task"));
                        }
                        if (how.equals("storm")) {
                            context.execute(() -> thread("storming", () -> messages.raise(0)));
                        }
                        if (how.equals("thread")) {
                            thread("left behind", Thread::onSpinWait);
                        }
                    }

                    private static void thread(String name, Runnable work) {
                        Thread thread = new Thread(() -> { while (true) { work.run(); } }, name);
                        thread.setDaemon(true);
                        thread.start();
                    }

                    private void trouble(String where) {
                        if (!how.startsWith(where + "-")) {
                            return;
                        }
                        switch (how.substring(where.length() + 1)) {
                            case "throws" -> throw new IllegalStateException(where + " throws on purpose");
                            case "waits" -> {
                                try {
                                    new CountDownLatch(1).await();
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException("interrupted", e);
                                }
                            }
                            case "spins" -> { while (true) { Thread.onSpinWait(); } }
                            case "hoards" -> { while (true) { hoard.add(new long[1 << 24]); } }
                            default -> { }
                        }
                    }

                    public void reset() { trouble("reset"); }
                    public CompletableFuture<Void> quiesce() {
                        trouble("quiesce");
                        return how.equals("never-quiet") ? new CompletableFuture<>()
                                : CompletableFuture.completedFuture(null);
                    }
                    public void resume() { trouble("resume"); }
                    public void save(StateWriter out) { trouble("save"); }
                    public void restore(StateReader in) { trouble("restore"); }
                    public void close() { trouble("close"); }
                }
            }
            """;

    private String printed;
    private String log;

    @BeforeAll
    void letEverythingGoWrong(@TempDir Path folder) throws Exception {
        Path home = folder.resolve("backplane");
        Builds.copy(Distribution.built(folder).home(), home);
        Files.writeString(home.resolve("conf/framework.properties"), "\nbackplane.call.limit=" + CALL_LIMIT + "\n",
                StandardOpenOption.APPEND);
        bundle(home, folder, home.resolve("plugins/test.faulty.jar"));
        Path script = folder.resolve("faults.gsh");
        Files.writeString(script, script());
        Distribution distribution = new Distribution(home, folder.resolve("data"));
        Outcome outcome = distribution.run(Duration.ofMinutes(12), Map.of(), "run", script.toString());
        log = distribution.log();
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
        printed = outcome.out();
    }

    private static void bundle(Path home, Path folder, Path jar) throws Exception {
        Path source = Files.createDirectories(folder.resolve("source")).resolve("Faulty.java");
        Files.writeString(source, SOURCE);
        Path classes = Files.createDirectories(folder.resolve("classes"));
        String path = home.resolve("bundle/dev.backplane.core.api.jar") + ":"
                + home.resolve("lib/org.apache.felix.framework.jar");
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, "-proc:none", "-d",
                classes.toString(), "-cp", path, source.toString()));
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", "test.faulty");
        attributes.putValue("Bundle-Version", "1.0.0");
        attributes.putValue("Bundle-Activator", "test.faulty.Faulty");
        attributes.putValue("Import-Package", "org.osgi.framework,dev.backplane.api.device,dev.backplane.api.pci,"
                + "dev.backplane.api.state,dev.backplane.api.time");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest);
                Stream<Path> files = Files.walk(classes)) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(each).toString()));
                Files.copy(each, out);
            }
        }
    }

    private static String script() {
        StringBuilder script = new StringBuilder();
        for (String machine : List.of("t", "u")) {
            script.append("vm:create ").append(machine).append(" --memory 192M")
                    .append(Guests.boot("vmlinuz-cloud", "initrd-cloud.img")).append(" --append \"console=ttyS0\"\n");
        }
        script.append("vm:start t u\ntry {\nvm:expect t \"# $\" 480s\nvm:expect u \"# $\" 480s\n");
        for (String how : List.of("create-throws", "create-spins")) {
            step(script, how, "try { vm:add t faulty --id c how=" + how + " } { echo refused: "
                    + "($exception message) }");
        }
        for (String how : List.of("read-throws", "read-waits")) {
            step(script, how, "vm:add t faulty --id c how=" + how, READ, "vm:show t | cat", "vm:remove t c --force");
        }
        for (String how : List.of("task-throws", "task-spins", "task-hoards", "storm")) {
            step(script, how, "vm:add t faulty --id c how=" + how, awaitFailure(), "vm:remove t c --force");
        }
        for (String how : List.of("quiesce-spins", "save-spins", "save-throws", "never-quiet", "close-spins",
                "resume-throws")) {
            step(script, how, "vm:add t faulty --id c how=" + how, "plugin:update test.faulty | cat",
                    "vm:show t | cat", "vm:remove t c --force");
        }
        // the builds that hang after it give the core the time to find the thread
        step(script, "thread", "vm:add t faulty --id c how=thread", "vm:remove t c --force");
        step(script, "restore-spins", "vm:add t faulty --id c how=restore-spins",
                "try { plugin:update test.faulty } { echo refused: ($exception message) }", "vm:show t | cat",
                "vm:remove t c --force");
        step(script, "end", "vm:add t faulty --id c how=nothing", READ, "vm:show t | cat", "vm:remove t c --force",
                "vm:send t 'dmesg -r | grep -c \"^<[0-3]>\"; echo ALIVE$((1 + 1))\\n'", "vm:expect t ALIVE2 60s | cat",
                "vm:send u 'echo OTHER$((1 + 1))\\n'", "vm:expect u OTHER2 60s | cat", "vm:show u | cat",
                "vm:stop t u | cat");
        return script.append("echo STEP over\n} {\nvm:show t | cat\nvm:log t --lines 40 | cat\nthrow $exception\n}\n")
                .toString();
    }

    /** Waits until there is something to say of the card, the second of the machine; then shows the machine. */
    private static String awaitFailure() {
        return "while { not { (((vm:show t) cards) get 1) reason } } { sleep 1 }\n"
                + "while { ((((vm:show t) cards) get 1) reason) startsWith raises } { sleep 1 }\nvm:show t | cat";
    }

    private static void step(StringBuilder script, String name, String... commands) {
        script.append("echo STEP ").append(name).append('\n').append(String.join("\n", commands)).append('\n');
    }

    private void assertPrinted(String step, String... texts) {
        int begin = printed.indexOf("STEP " + step + "\n");
        assertTrue(begin >= 0, printed);
        String text = printed.substring(begin, printed.indexOf("STEP ", begin + 1));
        for (String expected : texts) {
            assertTrue(text.contains(expected), () -> "no \"" + expected + "\" in:\n" + text);
        }
    }

    @Test
    void aCardThatFailsOrHangsHalfWayThroughItsCreationIsRefusedWithTheCause() {
        assertPrinted("create-throws", "refused: ", "create throws on purpose");
        assertPrinted("create-spins", "refused: ", "create did not return within 4 s");
    }

    @Test
    void aCardThatThrowsOrBlocksInARegisterAccessFailsAloneAndItsReaderGoesOn() {
        assertPrinted("read-throws", "failed: read of", "read throws on purpose");
        assertPrinted("read-waits", "failed: it did not come back from a call for 2 s");
    }

    @Test
    void aCardThatThrowsSpinsOrHoardsInATaskFailsWithTheCause() {
        assertPrinted("task-throws", "failed: a task: IllegalStateException: task throws on purpose");
        assertPrinted("task-spins", "c  faulty at 01:00.0  failed: ", "in test.faulty.Faulty$Card.trouble");
        assertPrinted("task-hoards", "c  faulty at 01:00.0  failed: ");
    }

    @Test
    void aStormOfInterruptsFailsTheCard() {
        assertPrinted("storm", "failed: it raised more than 204800 interrupts a second for 5 s");
        assertTrue(log.contains("card c raises more than 204800 interrupts a second"), log);
    }

    @Test
    void aCardThatDoesNotGiveItsStateFailsAndBeginsAnewWithTheNextBuild() {
        for (String how : List.of("quiesce-spins", "save-spins", "save-throws", "never-quiet")) {
            assertPrinted(how, "t:c parked for ");
        }
        assertTrue(log.contains("quiesce did not return within 4 s"), log);
        assertTrue(log.contains("its host I/O did not end within 4 s"), log);
    }

    @Test
    void aBuildThatHangsWithTheStateIsNotTakenAndThatIsSaid() {
        assertPrinted("restore-spins", "test.faulty was not replaced: t:c does not go on with it: ",
                "restore did not return within 4 s", "1.0.0 stays");
    }

    @Test
    void aCardThatDoesNotCloseOrResumeIsSaid() {
        assertPrinted("close-spins", "t:c parked for ");
        assertTrue(log.contains("close of card c did not return within 4 s"), log);
        assertPrinted("resume-throws", "resume throws on purpose");
    }

    @Test
    void aThreadThatIsLeftBehindIsNamed() {
        assertTrue(log.contains("card c left 1 thread running when it was closed, now interrupted: "
                + "left behind (goes on)"), log);
    }

    @Test
    void theMachineItsSlotsAndTheOtherMachineRunOn() {
        assertPrinted("end", "c  faulty at 01:00.0  [test.faulty 1.0.0]", "ALIVE2", "OTHER2", "u  running for ");
    }
}
