package dev.backplane.machine.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * A run of page-aligned, zeroed, off-heap host memory. On Linux it is a memfd mapped shared, whose pages take room only
 * once they are touched and whose holes can be found again; elsewhere it is allocated.
 *
 * <p>Threading: any thread; {@link #close} must come after the last access.
 */
public final class HostMemory implements AutoCloseable {
    private static final long PAGE = 4096;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MFD_CLOEXEC = 1;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private final MemorySegment segment;
    private final Arena arena;
    private final Posix posix;
    private final int fd;

    private HostMemory(MemorySegment segment, Arena arena, Posix posix, int fd) {
        this.segment = segment;
        this.arena = arena;
        this.posix = posix;
        this.fd = fd;
    }

    /** The few calls of the C library that are needed, bound once per memory. */
    private record Posix(MethodHandle memfdCreate, MethodHandle ftruncate, MethodHandle mmap, MethodHandle munmap,
            MethodHandle close, MethodHandle lseek) {

        static Posix bind() {
            Linker linker = Linker.nativeLinker();
            SymbolLookup c = linker.defaultLookup();
            ValueLayout.OfInt i = ValueLayout.JAVA_INT;
            ValueLayout.OfLong l = ValueLayout.JAVA_LONG;
            return new Posix(
                linker.downcallHandle(c.findOrThrow("memfd_create"),
                    FunctionDescriptor.of(i, ValueLayout.ADDRESS, i)),
                linker.downcallHandle(c.findOrThrow("ftruncate"), FunctionDescriptor.of(i, i, l)),
                linker.downcallHandle(c.findOrThrow("mmap"), FunctionDescriptor.of(l, l, l, i, i, i, l)),
                linker.downcallHandle(c.findOrThrow("munmap"), FunctionDescriptor.of(i, l, l)),
                linker.downcallHandle(c.findOrThrow("close"), FunctionDescriptor.of(i, i)),
                linker.downcallHandle(c.findOrThrow("lseek"), FunctionDescriptor.of(l, i, l, i)));
        }

        int createFile(String name) throws Throwable {
            try (Arena names = Arena.ofConfined()) {
                return (int) memfdCreate.invokeExact(names.allocateFrom(name), MFD_CLOEXEC);
            }
        }
    }

    /**
     * Allocates zeroed memory.
     *
     * @param name  for the host's tools
     * @param bytes a multiple of 4096
     * @throws OutOfMemoryError if the host refuses it
     */
    public static HostMemory allocate(String name, long bytes) {
        if (bytes <= 0 || (bytes & (PAGE - 1)) != 0) {
            throw new IllegalArgumentException(bytes + " bytes are not a multiple of " + PAGE);
        }
        if (System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
            return mapped(name, bytes);
        }
        Arena arena = Arena.ofShared();
        return new HostMemory(arena.allocate(bytes, PAGE), arena, null, -1);
    }

    private static HostMemory mapped(String name, long bytes) {
        try {
            Posix posix = Posix.bind();
            int fd = posix.createFile("backplane-" + name);
            if (fd < 0) {
                throw new OutOfMemoryError("the host gives no memory file for " + name);
            }
            long address = -1;
            if ((int) posix.ftruncate.invokeExact(fd, bytes) == 0) {
                address = (long) posix.mmap.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0L);
            }
            if (address == -1) {
                int ignored = (int) posix.close.invokeExact(fd);
                throw new OutOfMemoryError("the host cannot map " + bytes + " bytes for " + name);
            }
            Arena arena = Arena.ofShared();
            long mapping = address;
            MemorySegment segment = MemorySegment.ofAddress(address)
                .reinterpret(bytes, arena, s -> unmap(posix, mapping, bytes, fd));
            return new HostMemory(segment, arena, posix, fd);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException("calling the C library failed", t);
        }
    }

    private static void unmap(Posix posix, long address, long bytes, int fd) {
        try {
            int ignored = (int) posix.munmap.invokeExact(address, bytes);
            int ignoredToo = (int) posix.close.invokeExact(fd);
        } catch (Throwable t) {
            throw new IllegalStateException("calling the C library failed", t);
        }
    }

    /** All of it. */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * The next offset, at or after the given one, that may hold something other than zeroes; the size if there is none.
     */
    public long nextData(long offset) {
        return seek(offset, SEEK_DATA, offset);
    }

    /** The next offset, at or after the given one, from which on all is zero for a while; at most the size. */
    public long nextHole(long offset) {
        return seek(offset, SEEK_HOLE, segment.byteSize());
    }

    private long seek(long offset, int whence, long unknown) {
        long size = segment.byteSize();
        if (offset >= size) {
            return size;
        }
        if (posix == null) {
            return unknown;
        }
        try {
            long found = (long) posix.lseek.invokeExact(fd, offset, whence);
            return found < 0 ? size : Math.min(found, size);
        } catch (Throwable t) {
            throw new IllegalStateException("calling the C library failed", t);
        }
    }

    /**
     * Gives the memory back.
     *
     * @throws IllegalStateException if some host I/O still uses it; nothing has changed then
     */
    @Override
    public void close() {
        arena.close();
    }
}
