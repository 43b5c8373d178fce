package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Unmodified Debian kernels, booted by the distribution from the shell and looked at from inside and from outside. */
class BootIT {

    private static final Duration LIMIT = Duration.ofMinutes(15);
    private static final int SECTOR = 512;
    private static final long DISK_BYTES = 8 << 20;

    /** Runs a body that talks to the machine t; when it fails, prints what the console printed last. */
    private static final String GUARDED = """
            try {
            %s
            } {
              vm:log t --lines 80 | cat
              throw $exception
            }
            """;

    @TempDir
    private Path folder;

    private Outcome run(String... lines) throws Exception {
        Path script = folder.resolve("boot.gsh");
        Files.writeString(script, GUARDED.formatted("  " + String.join("\n  ", lines)));
        return Distribution.built(folder.resolve("data")).run(LIMIT, Map.of(), "run", script.toString());
    }

    private static void assertSuccess(Outcome outcome) {
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
    }

    @Test
    void theTestGuestReachesItsFirstProcessAndAnswers() throws Exception {
        Outcome outcome = run(
                "vm:create t --memory 256M" + Guests.boot("vmlinuz-cloud", "initrd-test.img")
                        + " --append \"console=ttyS0\"",
                "vm:start t",
                "vm:expect t BACKPLANE-INIT-REACHED 300s",
                "vm:expect t \"# $\" 60s",
                "vm:send t 'echo $((6 * 7)) is the answer\\n'",
                "vm:expect t \"42 is the answer\" 60s | cat",
                "vm:stop t");
        assertSuccess(outcome);
        assertTrue(outcome.out().contains("42 is the answer"), outcome::out);
    }

    @Tag("slow")
    @ParameterizedTest(name = "{0} kernel, {1} vCPUs")
    @CsvSource({"cloud, 1", "full, 1", "cloud, 2", "full, 2"})
    void debianBootsWritesItsDiskAndGoesOffByPowerButton(String kernel, int vcpus) throws Exception {
        Path disk = Guests.blankDisk(folder.resolve("data.img"), DISK_BYTES);
        Outcome outcome = run(
                "vm:create t --memory 512M --cpus " + vcpus
                        + Guests.boot("vmlinuz-" + kernel, "initrd-" + kernel + ".img")
                        + " --append \"console=ttyS0 root=/dev/vda\"",
                "vm:add t virtio-blk image=" + Guests.file("root.img") + " snapshot=on",
                "vm:add t virtio-blk image=" + disk,
                "vm:start t",
                "vm:expect t \"# $\" 480s",
                "vm:send t 'echo CPUS=$(nproc) DISK=$(blockdev --getsize64 /dev/vdb) END\\n'",
                "vm:expect t \"CPUS=[0-9]+ DISK=[0-9]+ END\" 60s | cat",
                "vm:send t 'printf \"written by the guest\" | dd of=/dev/vdb bs=512 seek=7 conv=fsync,notrunc; "
                        + "echo DONE=$?\\n'",
                "vm:expect t DONE=0 60s",
                "vm:shutdown t 120s");
        assertSuccess(outcome);
        assertTrue(outcome.out().contains("CPUS=" + vcpus + " DISK=" + DISK_BYTES), outcome::out);
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "r")) {
            byte[] written = new byte["written by the guest".length()];
            file.seek(7 * SECTOR);
            file.readFully(written);
            assertEquals("written by the guest", new String(written, StandardCharsets.US_ASCII));
            assertEquals(DISK_BYTES, file.length());
        }
    }
}
