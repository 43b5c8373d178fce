package dev.backplane.launcher;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a data folder to one runtime at a time: two would overwrite each other's machines. The lock goes with the
 * process, however it ends. Nothing else in the process may open the file: to close it would give the lock up.
 */
final class DataLock implements AutoCloseable {

    private static final String FILE = "lock";
    private static final int LONGEST_ID = 20;

    private final FileChannel channel;

    private DataLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes the folder, or says who has it. */
    static DataLock take(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                String holder = holder(channel);
                channel.close();
                throw inUse(folder, holder);
            }
            channel.truncate(0);
            channel.write(StandardCharsets.US_ASCII.encode(Long.toString(ProcessHandle.current().pid())), 0);
            return new DataLock(channel);
        } catch (OverlappingFileLockException e) {
            throw inUse(folder, "this process");
        } catch (IOException e) {
            throw new LaunchException("cannot lock the folder " + folder + " (" + e.getMessage()
                    + "); name another one with --data FOLDER or BACKPLANE_DATA", e);
        }
    }

    private static LaunchException inUse(Path folder, String holder) {
        return new LaunchException("another runtime (" + holder + ") uses the folder " + folder
                + "; end it, or name another folder with --data FOLDER or BACKPLANE_DATA");
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST_ID);
        channel.read(bytes, 0);
        String id = StandardCharsets.US_ASCII.decode(bytes.flip()).toString().strip();
        return id.matches("[0-9]+") ? "process " + id : "a process";
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException("a lock cannot be given up", e);
        }
    }
}
