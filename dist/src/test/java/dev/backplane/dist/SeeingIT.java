package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What processors do, seen from the shell: of a program that is known (guest/systests/seeing), on both backends, and of
 * Debian's kernel. The machines run once, each test looks at what was printed and written.
 */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SeeingIT {

    private static final Path SYSTESTS = Path.of("..", "guest", "systests").toAbsolutePath().normalize();
    private static final List<String> BACKENDS = List.of("interpreter", "translator");
    private static final int FAULTS = 2;
    private static final int EVENTS = 500;

    private Path folder;
    private String printed;

    @BeforeAll
    void look(@TempDir Path temporary) throws Exception {
        folder = temporary;
        Path program = build();
        StringBuilder script = new StringBuilder();
        for (String backend : BACKENDS) {
            script.append(known(backend, program));
        }
        script.append(kernel());
        Path file = Files.writeString(folder.resolve("look.gsh"), script);
        Outcome outcome = Distribution.built(folder.resolve("data"))
                .run(Duration.ofMinutes(12), Map.of(), "run", file.toString());
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
        printed = outcome.out();
    }

    private Path build() throws Exception {
        Path log = folder.resolve("build.log");
        ProcessBuilder builder = new ProcessBuilder(SYSTESTS.resolve("build").toString(), "busy64")
                .redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(Map.of("BACKPLANE_SYSTESTS_FROM", SYSTESTS.resolve("seeing").toString(),
                "BACKPLANE_SYSTESTS_OUT", folder.toString()));
        Process process = builder.start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "the build of the guest hangs");
        assertEquals(0, process.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
        return folder.resolve("busy64.elf");
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private String known(String machine, Path program) {
        return """
                vm:create %1$s --memory 256M --backend %1$s --kernel %2$s
                vm:start %1$s
                vm:expect %1$s READY 120s | cat
                echo BEGIN-%1$s
                vm:trace %1$s exceptions --count %4$d --symbols %2$s --out %3$s.exceptions | cat
                vm:profile %1$s --seconds 5 --symbols %2$s --out %3$s.svg | cat
                vm:profile %1$s --seconds 2 --symbols %2$s --out %3$s.folded | cat
                vm:trace %1$s --stop | cat
                vm:disasm %1$s heavy 6 --symbols %2$s | cat
                vm:trace %1$s blocks --count %5$d --symbols %2$s --out %3$s.blocks | cat
                vm:cpu %1$s --over 2s
                echo END-%1$s
                vm:trace %1$s --stop | cat
                vm:destroy %1$s --force
                """.formatted(machine, program, file(machine), FAULTS, EVENTS);
    }

    private String kernel() {
        return "vm:create k --memory 512M" + Guests.boot("vmlinuz-cloud", "initrd-test.img") + """
                 --append "console=ttyS0 no_timer_check"
                vm:start k
                vm:expect k "# $" 300s | cat
                vm:symbols k %1$s | cat
                vm:send k 'while read x < /proc/stat; do :; done\\n'
                echo BEGIN-k
                vm:profile k --seconds 3 --lines 1000 --symbols %1$s | cat
                vm:disasm k entry_SYSCALL_64 8 --symbols %1$s | cat
                echo END-k
                vm:destroy k --force
                """.formatted(file("kernel.elf"));
    }

    private String part(String name) {
        int begin = printed.indexOf("BEGIN-" + name + "\n");
        int end = printed.indexOf("END-" + name + "\n");
        assertTrue(begin >= 0 && end > begin, printed);
        return printed.substring(begin, end);
    }

    private static double share(String text, String symbol) {
        Matcher m = Pattern.compile(" ([0-9.]+) % +\\d+  " + symbol + " ").matcher(text);
        assertTrue(m.find(), () -> symbol + " is not in\n" + text);
        return Double.parseDouble(m.group(1));
    }

    @Test
    void aProfileHasTheSharesThatTheProgramHas() {
        for (String backend : BACKENDS) {
            String text = part(backend);
            double heavy = share(text, "heavy");
            double light = share(text, "light");
            assertTrue(heavy + light > 70, text);
            // Three to one; a host that is busy with other things takes some samples away.
            assertTrue(heavy / light > 1.7 && heavy / light < 5.5, text);
        }
    }

    @Test
    void aFlameGraphHasTheCallers() throws Exception {
        for (String backend : BACKENDS) {
            String folded = Files.readString(folder.resolve(backend + ".folded"));
            assertTrue(folded.contains("cpu0;kernel;long_mode;test_main;again;work;heavy "), folded);
            assertTrue(Files.readString(folder.resolve(backend + ".svg")).contains("<title>heavy: "));
        }
    }

    @Test
    void aTraceHasThePageFaultsOfTheProgram() throws Exception {
        for (String backend : BACKENDS) {
            List<String> lines = Files.readAllLines(folder.resolve(backend + ".exceptions"));
            assertEquals(FAULTS, lines.size(), lines::toString);
            for (String line : lines) {
                assertTrue(line.matches(" +[0-9.]+ cpu0 exception 14 \\(#PF\\) error 0x0 at 0x[0-9a-f]+ "
                        + "\\(touch\\+0xa\\) cpl 0 cr2 0x8000123456"), line);
            }
        }
    }

    @Test
    void aTraceHasTheBlocksOfTheLoopOnBothBackends() throws Exception {
        for (String backend : BACKENDS) {
            List<String> lines = Files.readAllLines(folder.resolve(backend + ".blocks"));
            assertEquals(EVENTS, lines.size());
            String how = backend.equals("translator") ? "translated" : "interpreted";
            assertTrue(lines.stream().anyMatch(l -> l.matches(".* block at 0x[0-9a-f]+ \\((heavy|light)\\+0x7\\) "
                    + "length 16 " + how)), () -> lines.getLast());
        }
    }

    @Test
    void codeIsShownBesideWhatDefinesIt() {
        for (String backend : BACKENDS) {
            String text = part(backend).replaceAll(" +", " ");
            assertTrue(text.contains("heavy:\n"), text);
            assertTrue(text.contains("48 89 e5 mov rbp,rsp ; integer.MovOps.Mov64RR\n"), text);
            assertEquals(backend.equals("translator"), text.contains("| "), text);
        }
    }

    @Test
    void theShellSaysWhatAVcpuIsBusyWith() {
        for (String backend : BACKENDS) {
            String text = part(backend);
            Matcher rate = Pattern.compile("million instructions/s +([0-9.]+)").matcher(text);
            assertTrue(rate.find() && Double.parseDouble(rate.group(1)) > 0, text);
            assertTrue(Pattern.compile("interpreted +[0-9.]+ %|translated +[0-9.]+ %|exits +[0-9.]+ %").matcher(text)
                    .find(), text);
        }
    }

    @Test
    void debiansKernelIsFoundWhereItWasMovedTo() {
        String text = part("k");
        assertTrue(text.contains("user, CR3 "), text);
        assertTrue(Pattern.compile("%  +\\d+  [a-z_0-9]+ +kernel").matcher(text).find(), text);
        assertTrue(text.contains("entry_SYSCALL_64:\n"), text);
        assertTrue(Pattern.compile("0f 01 f8 +swapgs +; system\\.").matcher(text).find(), text);
    }

    @Test
    void codeOfAFileIsShownWithoutAMachine() throws Exception {
        Path home = Distribution.built(folder).home();
        StringBuilder path = new StringBuilder();
        for (String jar : List.of("plugins/dev.backplane.cpu.translator", "plugins/dev.backplane.shell.cpu",
                "bundle/dev.backplane.cpu.x86", "bundle/dev.backplane.core.api", "lib/slf4j-api")) {
            path.append(home.resolve(jar + ".jar")).append(':');
        }
        Path output = folder.resolve("disasm.txt");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
                "-Dbackplane.listing.make=true", "-cp", path.toString(), "dev.backplane.shell.cpu.DisasmMain",
                file("busy64.elf"), "heavy", "--bits", "64").redirectErrorStream(true)
                .redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "it hangs");
        String text = Files.readString(output).replaceAll(" +", " ");
        assertEquals(0, process.exitValue(), text);
        assertTrue(text.contains("heavy:\n") && text.contains("55 push rbp ; integer.StackOps.Push64\n"), text);
    }
}
