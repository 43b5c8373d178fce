package dev.backplane.device.net;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The Internet checksum (RFC 1071). Sums are of 16-bit words in network order, not yet folded. */
public final class InternetChecksum {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private InternetChecksum() {
    }

    /** The sum of {@code length} bytes; an odd one at the end counts as followed by a zero. */
    public static long sum(byte[] bytes, int offset, int length) {
        long sum = 0;
        int at = offset;
        int end = offset + length;
        for (; at + 4 <= end; at += 4) {
            sum += (int) INT.get(bytes, at) & 0xFFFF_FFFFL;
        }
        if (at + 2 <= end) {
            sum += (long) read16(bytes, at) << 16;
            at += 2;
        }
        if (at < end) {
            // Where the last whole word of four began an upper half, this is a lower one.
            sum += (long) (bytes[at] & 0xFF) << ((at - offset & 2) == 0 ? 24 : 8);
        }
        return sum;
    }

    /** A sum in 16 bits. */
    public static int fold(long sum) {
        long folded = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        return (int) ((folded & 0xFFFF) + (folded >>> 16));
    }

    public static int read16(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 8 | bytes[at + 1] & 0xFF;
    }

    public static void write16(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    /** Writes the checksum of a range into it; what stands there takes part in the sum. */
    public static void fill(byte[] bytes, int start, int end, int field) {
        int sum = ~fold(sum(bytes, start, end - start)) & 0xFFFF;
        write16(bytes, field, sum);
    }
}
