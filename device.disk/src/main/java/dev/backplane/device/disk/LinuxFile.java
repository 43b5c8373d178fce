package dev.backplane.device.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * What {@link java.nio.channels.FileChannel} does not offer on Linux: locks that belong to the open file and not to the
 * process (fcntl, F_OFD_SETLK), and holes (fallocate). A process-wide lock would be lost whenever anything in this
 * runtime closes the same file, and would not keep two machines of one runtime apart.
 */
final class LinuxFile implements AutoCloseable {
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int F_OFD_SETLK = 37;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int ZERO_RANGE = 0x10;
    private static final int EAGAIN = 11;
    private static final int EACCES = 13;
    private static final int ENOSPC = 28;
    private static final int EIO = 5;
    private static final long FLOCK_SIZE = 32;

    private final MethodHandle fcntl;
    private final MethodHandle fallocate;
    private final MethodHandle close;
    private final StructLayout captureLayout = Linker.Option.captureStateLayout();
    private final VarHandle errnoHandle =
        captureLayout.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private final int descriptor;

    /** Whether locking found a holder. */
    enum Lock {
        TAKEN, HELD_BY_ANOTHER, NOT_SUPPORTED
    }

    private LinuxFile(Path path, boolean writable) throws IOException {
        Linker linker = Linker.nativeLinker();
        MethodHandle open = handle(linker, "open", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
            ValueLayout.JAVA_INT), Linker.Option.firstVariadicArg(2));
        fcntl = handle(linker, "fcntl", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT, ValueLayout.ADDRESS), Linker.Option.firstVariadicArg(2));
        fallocate = handle(linker, "fallocate", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        close = linker.downcallHandle(linker.defaultLookup().find("close").orElseThrow(),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(captureLayout);
            MemorySegment name = arena.allocateFrom(path.toString());
            descriptor = (int) open.invokeExact(errno, name, (writable ? O_RDWR : 0) | O_CLOEXEC);
            if (descriptor < 0) {
                throw new IOException(path + ": cannot be opened (errno " + errno(errno) + ")");
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(path + ": cannot be opened", e);
        }
    }

    private static MethodHandle handle(Linker linker, String name, FunctionDescriptor type, Linker.Option... more) {
        Linker.Option[] options = new Linker.Option[more.length + 1];
        System.arraycopy(more, 0, options, 0, more.length);
        options[more.length] = Linker.Option.captureCallState("errno");
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type, options);
    }

    /** Opens a file a second time, for locks and holes; null on other systems than Linux. */
    static LinuxFile open(Path path, boolean writable) throws IOException {
        boolean linux = System.getProperty("os.name").equals("Linux") && ValueLayout.ADDRESS.byteSize() == 8;
        return linux ? new LinuxFile(path, writable) : null;
    }

    /** A path that leads to this very file, even if its name now belongs to another. */
    Path path() {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    private int errno(MemorySegment state) {
        return (int) errnoHandle.get(state, 0L);
    }

    /** Locks the whole file: alone, or together with others that only read. Never waits. */
    Lock lock(boolean exclusive) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(captureLayout);
            MemorySegment flock = arena.allocate(FLOCK_SIZE, 8);
            flock.set(ValueLayout.JAVA_SHORT, 0, exclusive ? F_WRLCK : F_RDLCK);
            if ((int) fcntl.invokeExact(errno, descriptor, F_OFD_SETLK, flock) == 0) {
                return Lock.TAKEN;
            }
            int error = errno(errno);
            return error == EAGAIN || error == EACCES ? Lock.HELD_BY_ANOTHER : Lock.NOT_SUPPORTED;
        } catch (Throwable e) {
            throw new IOException("cannot lock", e);
        }
    }

    /** Makes the range read as zeroes and gives its space back; false if the file system cannot. */
    boolean punchHole(long position, long length) throws IOException {
        return fallocate(PUNCH_HOLE | KEEP_SIZE, position, length);
    }

    /** Makes the range read as zeroes and keeps its space; false if the file system cannot. */
    boolean zeroRange(long position, long length) throws IOException {
        return fallocate(ZERO_RANGE | KEEP_SIZE, position, length);
    }

    private boolean fallocate(int mode, long position, long length) throws IOException {
        int error;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(captureLayout);
            if ((int) fallocate.invokeExact(errno, descriptor, mode, position, length) == 0) {
                return true;
            }
            error = errno(errno);
        } catch (Throwable e) {
            throw new IOException("fallocate failed", e);
        }
        if (error == ENOSPC) {
            throw new IOException("No space left on device");
        }
        if (error == EIO) {
            throw new IOException("Input/output error");
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        try {
            int ignored = (int) close.invokeExact(descriptor);
        } catch (Throwable e) {
            throw new IOException("close failed", e);
        }
    }
}
