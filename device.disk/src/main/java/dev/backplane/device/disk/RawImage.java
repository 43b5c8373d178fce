package dev.backplane.device.disk;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

import dev.backplane.api.device.DeviceException;

/**
 * A raw image: sector n is at byte 512 n. It is locked while it is open: by one that writes, or by any number that
 * read.
 */
final class RawImage implements BlockBackend {
    private static final int ZEROES = 1 << 16;
    /** Holes are made in steps: a call into the kernel holds one of the few carriers of virtual threads. */
    private static final long HOLE = 1 << 26;

    private final FileChannel channel;
    private final LinuxFile linux;
    private final long size;
    private final boolean writable;
    private final ByteBuffer zeroes = ByteBuffer.allocateDirect(ZEROES).asReadOnlyBuffer();

    private RawImage(FileChannel channel, LinuxFile linux, long size, boolean writable) {
        this.channel = channel;
        this.linux = linux;
        this.size = size;
        this.writable = writable;
    }

    /**
     * Opens and locks an image. Nothing is created or changed, whatever the outcome.
     *
     * @param formatGiven the user said that it is raw: then its contents are not looked at
     */
    static RawImage open(Path path, boolean writable, boolean formatGiven) throws DeviceException {
        String name = "image=" + path;
        if (!Files.exists(path)) {
            throw new DeviceException(name + ": no such file; create one with: truncate -s 8G " + path);
        }
        if (!Files.isRegularFile(path)) {
            throw new DeviceException(name + ": not a regular file");
        }
        if (!Files.isReadable(path)) {
            throw new DeviceException(name + ": cannot be read by this user; check its permissions");
        }
        if (writable && !Files.isWritable(path)) {
            throw new DeviceException(name
                + ": cannot be written by this user; change its permissions, or add readonly=on or snapshot=on");
        }
        LinuxFile linux = null;
        FileChannel channel = null;
        try {
            linux = LinuxFile.open(path, writable);
            Path same = linux != null && Files.isReadable(linux.path()) ? linux.path() : path;
            channel = FileChannel.open(same, writable
                ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE) : Set.of(StandardOpenOption.READ));
            lock(channel, linux, writable, name);
            RawImage image = new RawImage(channel, linux, channel.size(), writable);
            image.check(name, formatGiven);
            return image;
        } catch (DeviceException e) {
            closeQuietly(channel, linux, e);
            throw e;
        } catch (IOException e) {
            closeQuietly(channel, linux, e);
            throw new DeviceException(name + ": " + reason(e), e);
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "no such file";
            case AccessDeniedException denied -> "access denied";
            default -> "cannot be opened: " + e.getMessage();
        };
    }

    private static void closeQuietly(FileChannel channel, LinuxFile linux, Exception cause) {
        try {
            if (channel != null) {
                channel.close();
            }
            if (linux != null) {
                linux.close();
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static void lock(FileChannel channel, LinuxFile linux, boolean writable, String name)
            throws IOException, DeviceException {
        LinuxFile.Lock result = linux == null ? LinuxFile.Lock.NOT_SUPPORTED : linux.lock(writable);
        if (result == LinuxFile.Lock.NOT_SUPPORTED) {
            try {
                result = channel.tryLock(0, Long.MAX_VALUE, !writable) == null
                    ? LinuxFile.Lock.HELD_BY_ANOTHER : LinuxFile.Lock.TAKEN;
            } catch (OverlappingFileLockException e) {
                result = LinuxFile.Lock.HELD_BY_ANOTHER;
            }
        }
        if (result == LinuxFile.Lock.HELD_BY_ANOTHER) {
            throw new DeviceException(name + ": in use by another card, machine or program"
                + (writable ? "; stop that one first, or use a copy of the image"
                    : ", which writes to it; stop that one first, or use a copy of the image"));
        }
    }

    private void check(String name, boolean formatGiven) throws DeviceException, IOException {
        if (size == 0) {
            throw new DeviceException(name + ": is empty; give it a size with: truncate -s 8G FILE");
        }
        if (!formatGiven) {
            ByteBuffer start = ByteBuffer.allocate((int) Math.min(ImageFormats.LENGTH, size));
            readFully(0, start);
            String format = ImageFormats.looksLike(start.array());
            if (format != null) {
                throw new DeviceException(name + ": looks like a " + format + " image, and only raw ones are supported;"
                    + " convert it (qemu-img convert -O raw, or unpack it), or add format=raw if it is raw all the"
                    + " same");
            }
        }
        if (size % SECTOR != 0) {
            throw new DeviceException(name + ": is truncated or no disk image: its size of " + size
                + " bytes is not a multiple of 512");
        }
    }

    @Override
    public long size() {
        return size;
    }

    private void readFully(long position, ByteBuffer target) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int now = channel.read(target, at);
            if (now < 0) {
                throw new EOFException("the image was truncated while in use");
            }
            at += now;
        }
    }

    @Override
    public void read(long position, ByteBuffer target) throws IOException {
        readFully(position, target);
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
        long at = position;
        while (source.hasRemaining()) {
            at += channel.write(source, at);
        }
    }

    @Override
    public void flush() throws IOException {
        if (writable) {
            channel.force(false);
        }
    }

    @Override
    public void discard(long position, long length) throws IOException {
        makeHole(position, length, true);
    }

    /** How many bytes were made zero before the file system refused; all of them as a rule. */
    private long makeHole(long position, long length, boolean release) throws IOException {
        long done = 0;
        while (linux != null && done < length) {
            long now = Math.min(HOLE, length - done);
            boolean made = release ? linux.punchHole(position + done, now) : linux.zeroRange(position + done, now);
            if (!made) {
                return done;
            }
            done += now;
            Thread.yield();
        }
        return done;
    }

    @Override
    public void zero(long position, long length, boolean release) throws IOException {
        for (long done = makeHole(position, length, release); done < length; done += ZEROES) {
            write(position + done, zeroes.duplicate().limit((int) Math.min(ZEROES, length - done)));
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            if (linux != null) {
                linux.close();
            }
        }
    }
}
