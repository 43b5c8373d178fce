package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** The guests that {@code guest/make} leaves, and disks for them. */
final class Guests {

    private static final Path FOLDER = Path.of("..", "guest", "out").toAbsolutePath().normalize();

    private Guests() {
    }

    /** A file of the guests; fails if it was not made. */
    static Path file(String name) {
        Path file = FOLDER.resolve(name);
        assertTrue(Files.isRegularFile(file), () -> "guest/out/" + name + " is missing; guest/make makes it");
        return file;
    }

    /** The options of vm:create for a kernel and an initial RAM disk. */
    static String boot(String kernel, String initrd) {
        return " --kernel " + file(kernel) + " --initrd " + file(initrd);
    }

    /** An empty raw image of so many bytes. */
    static Path blankDisk(Path file, long bytes) throws IOException {
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
            image.setLength(bytes);
        }
        return file;
    }
}
