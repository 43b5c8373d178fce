package dev.backplane.cpu.x86;

import java.lang.reflect.Field;

import sun.misc.Unsafe;

/**
 * Host memory by absolute address. sun.misc.Unsafe and not a MemorySegment over everything: both are equal once C2 has
 * compiled them, but a boot runs mostly in C1 code, where the segment costs half as much again.
 *
 * <p>Plain accesses followed (loads) or preceded (stores) by a fence that costs nothing on x86 hosts give the ordering
 * that x86 guests expect: loads acquire, stores release.
 */
public final class Raw {
    private static final Unsafe U = unsafe();

    private Raw() {
    }

    private static Unsafe unsafe() {
        try {
            Field f = Unsafe.class.getDeclaredField("theUnsafe");
            f.setAccessible(true);
            return (Unsafe) f.get(null);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    public static byte get8(long a) {
        byte v = U.getByte(a);
        U.loadFence();
        return v;
    }

    public static short get16(long a) {
        short v = U.getShort(a);
        U.loadFence();
        return v;
    }

    public static int get32(long a) {
        int v = U.getInt(a);
        U.loadFence();
        return v;
    }

    public static long get64(long a) {
        long v = U.getLong(a);
        U.loadFence();
        return v;
    }

    public static void put8(long a, int v) {
        U.storeFence();
        U.putByte(a, (byte) v);
    }

    public static void put16(long a, int v) {
        U.storeFence();
        U.putShort(a, (short) v);
    }

    public static void put32(long a, int v) {
        U.storeFence();
        U.putInt(a, v);
    }

    public static void put64(long a, long v) {
        U.storeFence();
        U.putLong(a, v);
    }

    /** A load of memory that only this thread uses. */
    public static long plain64(long a) {
        return U.getLong(a);
    }

    /** A store to memory that only this thread uses. */
    public static void plainPut64(long a, long v) {
        U.putLong(a, v);
    }

    /** Compare and swap of an aligned dword; a full fence. */
    public static boolean cas32(long a, int expected, int v) {
        return U.compareAndSwapInt(null, a, expected, v);
    }

    /** Compare and swap of an aligned qword; a full fence. */
    public static boolean cas64(long a, long expected, long v) {
        return U.compareAndSwapLong(null, a, expected, v);
    }

    public static void copy(long from, long to, long length) {
        U.copyMemory(from, to, length);
    }

    public static void fill(long a, long length, int value) {
        U.setMemory(a, length, (byte) value);
    }

    /** Loads before and stores after stay in order with everything else, as MFENCE does. */
    public static void fullFence() {
        U.fullFence();
    }

    public static long allocate(long bytes) {
        return U.allocateMemory(bytes);
    }

    public static void free(long a) {
        U.freeMemory(a);
    }
}
