package dev.backplane.device.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.device.DeviceException;
import dev.backplane.testkit.TestBench;

/** What is said about images that cannot be used, and who may use one at the same time. */
class ImageTest {
    @TempDir
    Path folder;

    private Path image(String name, int size) throws IOException {
        return Files.write(folder.resolve(name), new byte[size]);
    }

    private String refusal(Path path, String... options) {
        DeviceException e = assertThrows(DeviceException.class, () -> {
            TestBench.Builder builder = TestBench.of(new VirtioBlkType()).option("image", path);
            for (int i = 0; i < options.length; i += 2) {
                builder.option(options[i], options[i + 1]);
            }
            builder.plug().close();
        });
        assertFalse(e.getMessage().contains("\n"), "one line");
        return e.getMessage();
    }

    @Test
    void aMissingImageIsNamedWithTheRemedyAndNotCreated() {
        Path missing = folder.resolve("x/y.img");
        assertEquals("image=" + missing + ": no such file; create one with: truncate -s 8G " + missing,
            refusal(missing));
        assertFalse(Files.exists(missing));
    }

    @Test
    void aFolderIsNoImage() {
        assertEquals("image=" + folder + ": not a regular file", refusal(folder));
    }

    @Test
    void anEmptyOrTruncatedImageIsRefusedAndStaysAsItIs() throws IOException {
        Path empty = image("e.img", 0);
        assertTrue(refusal(empty).contains("is empty"));
        Path odd = image("o.img", 1000);
        assertTrue(refusal(odd).contains("is truncated or no disk image: its size of 1000 bytes"));
        assertEquals(1000, Files.size(odd));
        try (FileChannel channel = FileChannel.open(odd, StandardOpenOption.WRITE)) {
            assertNotEquals(null, channel.tryLock(), "no lock stays behind");
        }
    }

    @Test
    void otherFormatsAreRecognisedForTheMessageOnly() throws IOException {
        Map<String, byte[]> starts = Map.of("qcow2", new byte[] {'Q', 'F', 'I', (byte) 0xFB},
            "VHDX", "vhdxfile".getBytes(), "VHD", "conectix".getBytes(), "VMDK", "KDMV".getBytes(),
            "xz-compressed", new byte[] {(byte) 0xFD, '7', 'z', 'X', 'Z', 0},
            "gzip-compressed", new byte[] {0x1F, (byte) 0x8B, 8},
            "zstd-compressed", new byte[] {0x28, (byte) 0xB5, 0x2F, (byte) 0xFD});
        for (var start : starts.entrySet()) {
            Path path = image("f.img", 1 << 20);
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.write(start.getValue());
            }
            String message = refusal(path);
            assertTrue(message.contains("looks like a " + start.getKey()) && message.contains("format=raw"), message);
        }
    }

    @Test
    void aGuestMayWriteTheMagicOfAnotherFormatAndStillGetsRawBytes() throws Exception {
        Path path = image("r.img", 1 << 20);
        byte[] sector = new byte[512];
        System.arraycopy(new byte[] {'Q', 'F', 'I', (byte) 0xFB, 0, 0, 0, 2}, 0, sector, 0, 8);
        try (Disk disk = new Disk(path, Map.of("format", "raw"))) {
            disk.write(0, sector);
        }
        try (Disk disk = new Disk(path, Map.of("format", "raw"))) {
            assertEquals(2048, disk.driver.config(0, 8));
            assertArrayEquals(sector, disk.read(0, 512));
        }
    }

    @Test
    void badSettingsAreNamed() throws IOException {
        Path path = image("d.img", 512);
        assertEquals("readonly=on and snapshot=on: choose one of them",
            refusal(path, "readonly", "on", "snapshot", "on"));
        assertTrue(refusal(path, "queue-size", "100").startsWith("queue-size=100: a power of two is needed"));
        assertTrue(refusal(path, "serial", "123456789012345678901").startsWith("serial=123456789012345678901: up to"));
    }

    @Test
    void twoMachinesOfARuntimeCannotWriteOneImage() throws Exception {
        Path path = image("d.img", 1 << 20);
        Path link = Files.createSymbolicLink(folder.resolve("link.img"), path);
        try (Disk first = new Disk(path, Map.of())) {
            assertTrue(refusal(path).contains("in use by another card, machine or program"));
            assertTrue(refusal(link).contains("in use"), "by whatever name");
            assertTrue(refusal(path, "readonly", "on").contains("which writes to it"));
            assertTrue(refusal(path, "snapshot", "on").contains("in use"));
            assertTrue(refusal(path).contains("in use"), "a refusal does not take the lock away");
            assertEquals(BlkRequest.OK, first.write(0, new byte[512]));
        }
        new Disk(path, Map.of()).close();
    }

    @Test
    void manyMayReadAndThenNoneMayWrite() throws Exception {
        Path path = image("d.img", 1 << 20);
        try (Disk first = new Disk(path, Map.of("readonly", "on")); Disk second = new Disk(path,
                Map.of("snapshot", "on"))) {
            assertTrue(refusal(path).contains("in use"));
            assertEquals(512, first.read(0, 512).length);
            assertEquals(BlkRequest.OK, second.write(0, new byte[512]));
        }
        new Disk(path, Map.of()).close();
    }

    @Test
    void anotherProcessCannotLockAnImageInUse() throws Exception {
        Path path = image("d.img", 1 << 20);
        try (Disk disk = new Disk(path, Map.of())) {
            assertEquals(1, probe(path), "another process is kept out");
            FileChannel.open(path, StandardOpenOption.READ).close();
            assertEquals(1, probe(path), "also after this process has opened and closed the file otherwise");
            assertEquals(BlkRequest.OK, disk.flush());
        }
        assertEquals(0, probe(path));
    }

    private static int probe(Path path) throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
            System.getProperty("java.class.path"), LockProbe.class.getName(), path.toString()).inheritIO().start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return process.exitValue();
    }

    /** Ends with 0 if it could lock the file, else with 1. */
    static final class LockProbe {
        public static void main(String[] args) throws IOException {
            try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
                System.exit(channel.tryLock() == null ? 1 : 0);
            }
        }
    }
}
