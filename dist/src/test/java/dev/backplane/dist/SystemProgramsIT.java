package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The freestanding programs of guest/systests print what the SDM says, here and, where it is installed, on QEMU. */
class SystemProgramsIT {

    private static final Path SCRIPTS = Path.of("..", "guest", "systests").toAbsolutePath().normalize();
    private static final Path LAUNCHER = Path.of("target", "backplane", "bin", "backplane").toAbsolutePath();

    @TempDir
    private Path folder;

    private void run(String script) throws IOException, InterruptedException {
        Path output = folder.resolve("output.txt");
        ProcessBuilder builder = new ProcessBuilder(SCRIPTS.resolve(script).toString())
            .redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(Map.of("BACKPLANE_LAUNCHER", LAUNCHER.toString(),
            "BACKPLANE_SYSTESTS_OUT", folder.resolve("programs").toString()));
        Process process = builder.start();
        boolean ended = process.waitFor(15, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        String text = Files.readString(output, StandardCharsets.UTF_8);
        assertTrue(ended, text);
        assertEquals(0, process.exitValue(), text);
        assertTrue(text.contains("lines as expected"), text);
    }

    @Test
    void everyProgramPrintsWhatIsExpectedOnBackplane() throws Exception {
        run("run-backplane");
    }

    @Test
    void everyProgramPrintsWhatIsExpectedOnQemu() throws Exception {
        assumeTrue(onPath("qemu-system-x86_64"), "qemu-system-x86_64 is not installed");
        run("run-qemu");
    }

    private static boolean onPath(String program) {
        for (String entry : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(entry, program))) {
                return true;
            }
        }
        return false;
    }
}
