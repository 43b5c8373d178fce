package dev.backplane.machine.boot;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian numbers in a byte array; out of bounds, reads give 0, so that a damaged image is merely nonsense. */
final class Bytes {
    private static final VarHandle SHORT =
        MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Bytes() {
    }

    static boolean holds(byte[] b, long at, long length) {
        return at >= 0 && length >= 0 && at <= b.length - length;
    }

    static int get8(byte[] b, long at) {
        return holds(b, at, 1) ? b[(int) at] & 0xFF : 0;
    }

    static int get16(byte[] b, long at) {
        return holds(b, at, 2) ? (short) SHORT.get(b, (int) at) & 0xFFFF : 0;
    }

    static int get32(byte[] b, long at) {
        return holds(b, at, 4) ? (int) INT.get(b, (int) at) : 0;
    }

    static long unsigned32(byte[] b, long at) {
        return get32(b, at) & 0xFFFFFFFFL;
    }

    static long get64(byte[] b, long at) {
        return holds(b, at, 8) ? (long) LONG.get(b, (int) at) : 0;
    }

    static void put16(byte[] b, int at, int v) {
        SHORT.set(b, at, (short) v);
    }

    static void put32(byte[] b, int at, int v) {
        INT.set(b, at, v);
    }

    static void put64(byte[] b, int at, long v) {
        LONG.set(b, at, v);
    }
}
