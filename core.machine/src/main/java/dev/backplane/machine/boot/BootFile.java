package dev.backplane.machine.boot;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.memory.GuestMemory;

/** Reads what is booted from the host's files, in bounds. */
final class BootFile {
    private static final long MAX_KERNEL = 512L << 20;
    private static final int CHUNK = 1 << 20;

    private BootFile() {
    }

    /** A kernel as a whole. */
    static byte[] read(Path file) throws MachineException {
        long size = size(file, "kernel");
        if (size > MAX_KERNEL) {
            throw new MachineException("kernel %s has %d bytes: at most %d are possible; is it a kernel?".formatted(
                file, size, MAX_KERNEL));
        }
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw failed("kernel", file, e);
        }
    }

    static long size(Path file, String what) throws MachineException {
        try {
            if (Files.isDirectory(file)) {
                throw new MachineException("%s %s is a folder; name a file".formatted(what, file));
            }
            return Files.size(file);
        } catch (IOException e) {
            throw failed(what, file, e);
        }
    }

    /** Copies a file of a known size to guest memory. */
    static void copy(Path file, String what, GuestMemory memory, long address, long size) throws MachineException {
        byte[] buffer = new byte[(int) Math.min(CHUNK, Math.max(1, size))];
        try (InputStream in = Files.newInputStream(file)) {
            for (long done = 0; done < size;) {
                int n = in.read(buffer, 0, (int) Math.min(buffer.length, size - done));
                if (n < 0) {
                    throw new EOFException("it became shorter while it was read");
                }
                if (!memory.write(address + done, buffer, 0, n)) {
                    throw new MachineException("%s %s of %d bytes does not fit in memory at 0x%x; give the machine "
                        .formatted(what, file, size, address) + "more memory");
                }
                done += n;
            }
        } catch (IOException e) {
            throw failed(what, file, e);
        }
    }

    private static MachineException failed(String what, Path file, IOException e) {
        String why = e instanceof NoSuchFileException ? "does not exist; name another file"
            : "cannot be read (%s); check its permissions".formatted(e.getMessage());
        return new MachineException("%s %s %s".formatted(what, file, why), e);
    }
}
