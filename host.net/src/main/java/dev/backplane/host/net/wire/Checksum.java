package dev.backplane.host.net.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The Internet checksum (RFC 1071). Sums are carried as longs and folded at the end. */
public final class Checksum {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private Checksum() {
    }

    /** Adds {@code length} bytes to a sum; an odd last byte counts as the high half of a word. */
    public static long add(long sum, byte[] data, int at, int length) {
        int end = at + length;
        int i = at;
        for (; i + 8 <= end; i += 8) {
            sum += ((int) INT.get(data, i) & 0xFFFF_FFFFL) + ((int) INT.get(data, i + 4) & 0xFFFF_FFFFL);
        }
        for (; i + 2 <= end; i += 2) {
            sum += Wire.get16(data, i);
        }
        return i < end ? sum + (Wire.get8(data, i) << 8) : sum;
    }

    /** Adds an address; the halves of {@link Ip}. */
    public static long add(long sum, long hi, long lo) {
        return sum + (hi >>> 32) + (hi & 0xFFFF_FFFFL) + (lo >>> 32) + (lo & 0xFFFF_FFFFL);
    }

    /** The sum folded to 16 bits, not inverted. */
    public static int fold(long sum) {
        sum = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        return (int) sum;
    }

    /** The sum of a TCP, UDP or ICMPv6 pseudo header. Of IPv4 addresses, which are mapped ones, only 32 bits count. */
    public static long pseudo(boolean v6, long fromHi, long fromLo, long toHi, long toLo, int protocol, int length) {
        long sum = v6 ? add(add(0, fromHi, fromLo), toHi, toLo) : (fromLo & 0xFFFF_FFFFL) + (toLo & 0xFFFF_FFFFL);
        return sum + protocol + length;
    }

    /** What goes into a header's checksum field when {@code sum} covers the rest. */
    public static int finish(long sum) {
        return ~fold(sum) & 0xFFFF;
    }
}
