package dev.backplane.host.net;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** Functions of the host's C library. Each returns -1 on an error and leaves its number for {@link #errno}. */
public final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
        STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final MemorySegment state;

    /** @param arena where the error number is kept; one object for one thread */
    public Libc(Arena arena) {
        state = arena.allocate(STATE);
    }

    /** Whether the host is a Linux whose structures are laid out as expected here. */
    public static boolean isLinux() {
        return System.getProperty("os.name").equals("Linux") && ValueLayout.ADDRESS.byteSize() == 8;
    }

    /** A function of the C library by name, with {@code firstVariadic} as for variadic ones, or -1. */
    public static MethodHandle function(String name, int firstVariadic, MemoryLayout result,
            MemoryLayout... arguments) {
        FunctionDescriptor type = FunctionDescriptor.of(result, arguments);
        MemorySegment address = LINKER.defaultLookup().findOrThrow(name);
        Linker.Option errno = Linker.Option.captureCallState("errno");
        return firstVariadic < 0 ? LINKER.downcallHandle(address, type, errno)
            : LINKER.downcallHandle(address, type, errno, Linker.Option.firstVariadicArg(firstVariadic));
    }

    public MemorySegment state() {
        return state;
    }

    /** The number of the last error. */
    public int errno() {
        return (int) ERRNO.get(state, 0L);
    }

    /** {@code int f(int, int, int)}. */
    public static MethodHandle ints3(String name) {
        return function(name, -1, INT, INT, INT, INT);
    }

    /** {@code ssize_t f(int, void *, size_t)}: read, write. */
    public static MethodHandle transfer(String name) {
        return function(name, -1, LONG, INT, ValueLayout.ADDRESS, LONG);
    }
}
