package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Captures of cables, as tshark reads them. */
final class Captures {

    private static final Path TSHARK = Path.of("/usr/bin/tshark");

    private Captures() {
    }

    /** Fails if a packet is malformed, or fewer than so many are of a protocol. Left out where tshark is missing. */
    static void assertReadable(Path capture, String protocol, int least) throws Exception {
        assumeTrue(Files.isExecutable(TSHARK), "tshark is not there to read the capture");
        Process tshark = new ProcessBuilder(TSHARK.toString(), "-r", capture.toString(), "-T", "fields", "-e",
                "_ws.col.Protocol", "-e", "_ws.malformed").redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String packets = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(tshark.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, tshark.exitValue(), packets);
        assertTrue(packets.lines().filter(line -> line.startsWith(protocol + "\t")).count() >= least, packets);
        assertTrue(packets.lines().allMatch(line -> line.endsWith("\t")), packets);
    }
}
