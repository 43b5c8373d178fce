package dev.backplane.cpu.translator;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Code memory on Linux: one memory file mapped twice, so that no page is ever writable and executable. */
final class LinuxCodeMemory implements CodeMemory {
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int SHARED = 1;
    private static final int PRIVATE = 2;
    private static final int ANONYMOUS = 0x20;
    private static final int LOW_2_GIB = 0x40;
    private static final int FIXED_NOREPLACE = 0x100000;
    private static final long LOWEST = 16 << 20;
    private static final long STEP = 4 << 20;
    private static final int CLOSE_ON_EXEC = 1;

    private final Calls calls;
    private final long size;
    private final long writable;
    private final long executable;
    private final MemorySegment low;

    /** The C library's functions. */
    private record Calls(MethodHandle memfdCreate, MethodHandle ftruncate, MethodHandle mmap, MethodHandle munmap,
            MethodHandle close) {

        static Calls bind() {
            Linker linker = Linker.nativeLinker();
            var c = linker.defaultLookup();
            ValueLayout.OfInt i = ValueLayout.JAVA_INT;
            ValueLayout.OfLong l = ValueLayout.JAVA_LONG;
            return new Calls(
                linker.downcallHandle(c.findOrThrow("memfd_create"), FunctionDescriptor.of(i, ValueLayout.ADDRESS, i)),
                linker.downcallHandle(c.findOrThrow("ftruncate"), FunctionDescriptor.of(i, i, l)),
                linker.downcallHandle(c.findOrThrow("mmap"), FunctionDescriptor.of(l, l, l, i, i, i, l)),
                linker.downcallHandle(c.findOrThrow("munmap"), FunctionDescriptor.of(i, l, l)),
                linker.downcallHandle(c.findOrThrow("close"), FunctionDescriptor.of(i, i)));
        }

        long map(long bytes, int protection, int flags, int fd) throws Throwable {
            return (long) mmap.invokeExact(0L, bytes, protection, flags, fd, 0L);
        }

        /** The kernel looks between 1 and 2 GiB, where the Java heap may lie; then it is asked for other places. */
        long mapLow(long bytes) throws Throwable {
            long l = map(bytes, READ | WRITE, PRIVATE | ANONYMOUS | LOW_2_GIB, -1);
            for (long at = LOWEST; l == -1 && at < 1L << 31; at += STEP) {
                l = (long) mmap.invokeExact(at, bytes, READ | WRITE, PRIVATE | ANONYMOUS | FIXED_NOREPLACE, -1, 0L);
            }
            return l;
        }

        void unmap(long address, long bytes) {
            try {
                int ignored = (int) munmap.invokeExact(address, bytes);
            } catch (Throwable t) {
                throw new IllegalStateException("calling the C library failed", t);
            }
        }
    }

    /**
     * Maps it.
     *
     * @param bytes    size of the code memory
     * @param lowBytes size of the memory below 2 GiB
     */
    LinuxCodeMemory(long bytes, long lowBytes) throws Refused {
        calls = Calls.bind();
        size = bytes;
        long w = -1;
        long x = -1;
        long l = -1;
        try (Arena names = Arena.ofConfined()) {
            int fd = (int) calls.memfdCreate.invokeExact(names.allocateFrom("backplane-code"), CLOSE_ON_EXEC);
            if (fd < 0) {
                throw new Refused("the host gives no memory file for code");
            }
            if ((int) calls.ftruncate.invokeExact(fd, bytes) == 0) {
                w = calls.map(bytes, READ | WRITE, SHARED, fd);
                x = calls.map(bytes, READ | EXECUTE, SHARED, fd);
            }
            int ignored = (int) calls.close.invokeExact(fd);
            l = calls.mapLow(lowBytes);
        } catch (Refused | RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("calling the C library failed", t);
        }
        if (w == -1 || x == -1 || l == -1 || l + lowBytes > Integer.MAX_VALUE) {
            release(w, bytes);
            release(x, bytes);
            release(l, lowBytes);
            throw new Refused(x == -1 ? "the host refuses executable memory" : "the host has no memory below 2 GiB");
        }
        writable = w;
        executable = x;
        long mapped = l;
        Calls library = calls;
        low = MemorySegment.ofAddress(mapped).reinterpret(lowBytes, Arena.ofAuto(),
            s -> library.unmap(mapped, lowBytes));
    }

    private void release(long address, long bytes) {
        if (address != -1) {
            calls.unmap(address, bytes);
        }
    }

    @Override
    public long writable() {
        return writable;
    }

    @Override
    public long executable() {
        return executable;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public MemorySegment low() {
        return low;
    }

    @Override
    public void close() {
        calls.unmap(writable, size);
        calls.unmap(executable, size);
    }
}
