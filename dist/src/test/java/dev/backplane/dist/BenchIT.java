package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.bench.suite.BenchMain;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./backplane bench}, on the host and in a guest of ours. */
class BenchIT {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    @Test
    void workloadsRunOnTheHostAndInAGuestAndComputeTheSame() throws Exception {
        Guests.file("initrd-bench.img");
        Path json = folder.resolve("figures.json");
        ByteArrayOutputStream table = new ByteArrayOutputStream();
        ByteArrayOutputStream progress = new ByteArrayOutputStream();
        BenchMain.run(ROOT, Distribution.built(folder).home(), List.of("--quick", "--platforms", "native,translator",
                "--only", "int-crc,sys-call", "--json", json.toString()), new PrintStream(table, true),
                new PrintStream(progress, true));
        String text = table.toString(StandardCharsets.UTF_8);
        // the clock of a guest on a busy host may be late; what it computes may not be wrong
        assertFalse(text.contains("FAILED") || text.contains("checksums differ"), () -> text + progress);
        for (String workload : List.of("int-crc", "sys-call")) {
            assertTrue(Pattern.compile("\n  " + workload + " +[0-9.]+ +[0-9.]+ +- +[0-9]+\n").matcher(text).find(),
                    () -> text + progress);
            Matcher row = Pattern.compile("\"name\": \"" + workload + "\".*?\"native\": \\{\"median\": ([0-9.E-]+).*?"
                    + "\"checksum\": \"([0-9a-f]{16})\".*?\"translator\": \\{\"median\": ([0-9.E-]+).*?"
                    + "\"checksum\": \"([0-9a-f]{16})\"", Pattern.DOTALL).matcher(Files.readString(json));
            assertTrue(row.find(), () -> "no " + workload + " in the figures");
            assertTrue(Double.parseDouble(row.group(1)) > 0 && Double.parseDouble(row.group(3)) > 0, row::group);
            assertEquals(row.group(2), row.group(4));
        }
    }
}
