package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A device that is not part of the product (sdk/example), built apart from it, in a machine that runs: installed,
 * plugged in, used by a program of the guest that has no driver, replaced by its other version again and again, and
 * uninstalled. The machine is booted once, each test looks at its step. {@code -Dbackplane.stranger.rounds=50} is the
 * acceptance run.
 */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StrangerIT {

    private static final int ROUNDS = Integer.getInteger("backplane.stranger.rounds", 4);
    private static final Pattern RESULT =
            Pattern.compile("RESULT bad=(\\d+) jobs=(\\d+) ticks=(\\d+) masked=(\\d+) kinds=(\\d+)");
    private static final String FIND = "vm:send t 'until D=$(grep -l 0xba5e /sys/bus/pci/devices/*/vendor); do :; done; "
            + "D=${D%/*}; stty -echo; echo 1 >$D/enable; dmesg -n 1; echo FOUND$((1 + 1))\\n'\n"
            + "vm:expect t FOUND2 120s | cat\n";
    private static final String STOP = "vm:send t '\\n'\nvm:expect t \"RESULT.*kinds=[0-9]+\" 120s | cat\n"
            + "vm:expect t \"MESSAGES=[0-9]+[.]\" 60s | cat\nvm:log t --lines 30 | cat\n";

    private String printed;

    @BeforeAll
    void liveOneLife(@TempDir Path folder) throws Exception {
        OutsideMaven maven = new OutsideMaven(folder);
        Path project = maven.copyOf("sdk/example", "checksum-card");
        assertTrue(maven.run(project, "package", "-Dedition=1").contains("Tests run: "), "no unit test ran");
        maven.run(project, "package", "-Dedition=2");
        Path script = folder.resolve("stranger.gsh");
        Files.writeString(script, script(jar(project, 1), jar(project, 2), guest(folder, project)));
        Outcome outcome = Distribution.built(folder.resolve("data"))
                .run(Duration.ofMinutes(12 + ROUNDS / 4), Map.of(), "run", script.toString());
        printed = outcome.out() + outcome.err();
        assertEquals(0, outcome.status(), printed);
    }

    private static Path jar(Path project, int edition) {
        return project.resolve("target/v" + edition + "/checksum-card-" + edition + ".jar");
    }

    /** The initial RAM disk with the guest's program behind it: the kernel takes archives one after the other. */
    private static Path guest(Path folder, Path project) throws IOException, InterruptedException {
        run(project, "gcc", "-O2", "-Wall", "-static", "-o", "checksum", "guest/checksum.c");
        run(project, "sh", "-c", "echo checksum | cpio -o -H newc --quiet >program.cpio");
        Path initrd = Files.copy(Guests.file("initrd-cloud.img"), folder.resolve("initrd.img"));
        Files.write(initrd, Files.readAllBytes(project.resolve("program.cpio")),
                StandardOpenOption.APPEND);
        return initrd;
    }

    private static void run(Path folder, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "command", ".log");
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES) && process.exitValue() == 0,
                () -> String.join(" ", command) + " failed; " + output);
    }

    private static String script(Path first, Path second, Path initrd) {
        StringBuilder script = new StringBuilder("vm:create t --memory 256M --kernel ")
                .append(Guests.file("vmlinuz-cloud")).append(" --initrd ").append(initrd)
                .append(" --append \"console=ttyS0\"\nvm:start t\ntry {\nvm:expect t \"# $\" 480s\n");
        step(script, "installed");
        script.append(refused("vm:add t checksum"));
        script.append("plugin:install ").append(first).append(" | cat\n");
        script.append("vm:add t checksum --id card | cat\n").append(FIND);
        step(script, "replaced");
        script.append(start(""));
        for (int round = 1; round <= ROUNDS; round++) {
            script.append("vm:expect t ^progress 120s\n");
            script.append("plugin:update ").append(round % 2 == 0 ? first : second).append(" | cat\n");
        }
        script.append("vm:expect t ^progress 120s\n").append(STOP);
        step(script, "refused");
        if (ROUNDS % 2 == 0) {
            script.append("plugin:update ").append(second).append(" | cat\n");
        }
        script.append(start("-a 2")).append("vm:expect t ^progress 120s\n");
        script.append(refused("plugin:update " + first));
        script.append("vm:expect t ^progress 120s\nvm:show t | cat\n").append(STOP);
        step(script, "uninstalled");
        script.append(refused("plugin:uninstall org.example.checksum"));
        script.append("plugin:uninstall org.example.checksum --force | cat\nvm:show t | cat\n");
        script.append("vm:send t 'while [ -e $D ]; do :; done; echo GONE$((1 + 1))\\n'\nvm:expect t GONE2 60s | cat\n");
        script.append(refused("vm:add t checksum"));
        return script.append("STEP end\n} {\nvm:show t | cat\nvm:log t --lines 80 | cat\nthrow $exception\n}\n")
                .toString().replace("\nSTEP ", "\necho STEP ");
    }

    private static void step(StringBuilder script, String name) {
        script.append("STEP ").append(name).append('\n');
    }

    /** The program, and how many lines the kernel's log gained while it ran. */
    private static String start(String options) {
        return "vm:send t 'dmesg >/before; /checksum " + options
                + "; dmesg >/after; diff /before /after; echo MESSAGES=$(diff /before /after | wc -l).\\n'\n";
    }

    private static String refused(String command) {
        return "try { " + command + "; echo ACCEPTED } { echo refused: ($exception message) }\n";
    }

    private String printedIn(String step) {
        int begin = printed.indexOf("STEP " + step + "\n");
        assertTrue(begin >= 0, printed);
        return printed.substring(begin, printed.indexOf("STEP ", begin + 1));
    }

    private static void assertFlawless(String text, String kinds) {
        MatchResult result = RESULT.matcher(text).results().findFirst().orElseThrow(() -> new AssertionError(text));
        assertEquals("0", result.group(1), text);
        assertTrue(Integer.parseInt(result.group(2)) >= 8, text);
        assertTrue(Integer.parseInt(result.group(3)) > 0, text);
        assertTrue(Integer.parseInt(result.group(4)) > 0, text);
        assertEquals(kinds, result.group(5), text);
        assertTrue(text.contains("MESSAGES=0."), text);
    }

    @Test
    void itIsInstalledAndPluggedIntoAMachineThatRuns() {
        String text = printedIn("installed");
        assertTrue(text.contains("refused: ") && !text.contains("ACCEPTED"), text);
        assertTrue(text.contains("t: checksum added as card"), text);
        assertTrue(text.contains("FOUND2"), text);
    }

    @Test
    void itsOtherVersionTakesItsPlaceInTheMiddleOfItsWorkAndTheProgramNoticesNothing() {
        String text = printedIn("replaced");
        List<String> parks = Pattern.compile("t:card parked for (\\d+(?:[.]\\d+)?) ms").matcher(text).results()
                .map(match -> match.group(1)).toList();
        assertEquals(ROUNDS, parks.size(), text);
        assertFlawless(text, "3");
        List<Double> times = parks.stream().map(Double::valueOf).sorted().toList();
        System.out.printf("stranger: %d parks, median %.1f ms, worst %.1f ms; %s%n", ROUNDS, times.get(ROUNDS / 2),
                times.getLast(), RESULT.matcher(text).results().findFirst().orElseThrow().group());
    }

    @Test
    void aVersionThatCannotDoWhatTheCardIsDoingIsRefusedAndTheProgramNoticesNothing() {
        String text = printedIn("refused");
        assertTrue(text.contains("CONTROL.ALGORITHM is 0x2; 0x0 to 0x1 is possible"), text);
        assertTrue(text.contains("[org.example.checksum 2.0.0]"), text);
        assertFlawless(text, "4");
    }

    @Test
    void itIsUninstalledAndNothingOfItStays() {
        String text = printedIn("uninstalled");
        assertEquals(2, text.lines().filter(line -> line.startsWith("refused: ")).count(), text);
        assertTrue(text.contains("t:card removed") && text.contains("org.example.checksum uninstalled"), text);
        assertTrue(text.contains("GONE2") && text.contains("1 card, 16 slots free"), text);
    }
}
