package dev.backplane.machine.network;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The Internet checksum (RFC 1071). */
final class Checksums {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final long LOW = 0xFFFF_FFFFL;

    private Checksums() {
    }

    /** Adds the bytes of a range, which begins at an even place of what is summed, to a sum that is not folded. */
    static long add(long sum, byte[] data, int from, int to) {
        long total = sum;
        int at = from;
        while (at <= to - 8) {
            long word = (long) LONG.get(data, at);
            total += (word >>> 32) + (word & LOW);
            at += 8;
        }
        while (at <= to - 2) {
            total += get16(data, at);
            at += 2;
        }
        return at < to ? total + ((data[at] & 0xFF) << 8) : total;
    }

    /** The checksum of a sum: folded and inverted. */
    static int finish(long sum) {
        long s = sum;
        while (s >>> 16 != 0) {
            s = (s & 0xFFFF) + (s >>> 16);
        }
        return (int) (~s & 0xFFFF);
    }

    /** The same for a transport, where 0 means that there is none (RFC 768). */
    static int finishTransport(long sum) {
        int checksum = finish(sum);
        return checksum == 0 ? 0xFFFF : checksum;
    }

    static int get16(byte[] data, int at) {
        return (data[at] & 0xFF) << 8 | data[at + 1] & 0xFF;
    }

    static void put16(byte[] data, int at, int value) {
        data[at] = (byte) (value >> 8);
        data[at + 1] = (byte) value;
    }

    static int get32(byte[] data, int at) {
        return get16(data, at) << 16 | get16(data, at + 2);
    }

    static void put32(byte[] data, int at, int value) {
        put16(data, at, value >>> 16);
        put16(data, at + 2, value);
    }
}
