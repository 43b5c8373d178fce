package dev.backplane.host.net.wire;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An address of either family: 128 bits, IPv4 as mapped address ({@code ::ffff:a.b.c.d}).
 *
 * @param hi the first 64 bits
 * @param lo the last 64 bits
 */
public record Ip(long hi, long lo) {
    private static final long MAPPED = 0xFFFF_0000_0000L;

    public static Ip v4(int address) {
        return new Ip(0, lo4(address));
    }

    /** The low half of an IPv4 address. */
    public static long lo4(int address) {
        return MAPPED | address & 0xFFFF_FFFFL;
    }

    /** Whether the halves are those of an IPv4 address. */
    public static boolean isV4(long hi, long lo) {
        return hi == 0 && lo >>> 32 == 0xFFFF;
    }

    public static Ip of(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 ? v4(Wire.get32(bytes, 0)) : new Ip(Wire.get64(bytes, 0), Wire.get64(bytes, 8));
    }

    public static Ip read(byte[] data, int at) {
        return new Ip(Wire.get64(data, at), Wire.get64(data, at + 8));
    }

    /**
     * Reads a literal; never asks a name server.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Ip parse(String text) {
        return of(InetAddress.ofLiteral(text));
    }

    public boolean isV4() {
        return isV4(hi, lo);
    }

    /** The last 32 bits: an IPv4 address. */
    public int v4() {
        return (int) lo;
    }

    public void write(byte[] data, int at) {
        Wire.put64(data, at, hi);
        Wire.put64(data, at + 8, lo);
    }

    public InetAddress toInet() {
        return toInet(hi, lo);
    }

    public static InetAddress toInet(long hi, long lo) {
        byte[] bytes = new byte[isV4(hi, lo) ? 4 : 16];
        if (bytes.length == 4) {
            Wire.put32(bytes, 0, (int) lo);
        } else {
            Wire.put64(bytes, 0, hi);
            Wire.put64(bytes, 8, lo);
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether it and {@code other} agree in the first {@code bits} of 128. */
    public boolean sharesPrefix(long otherHi, long otherLo, int bits) {
        long differentHi = hi ^ otherHi;
        long differentLo = lo ^ otherLo;
        if (bits <= 64) {
            return bits == 0 || differentHi >>> 64 - bits == 0;
        }
        return differentHi == 0 && differentLo >>> 128 - bits == 0;
    }

    /** As people write it: the first run of zeros in an IPv6 address is left out. */
    @Override
    public String toString() {
        String text = toInet().getHostAddress();
        return isV4() ? text : text.replaceFirst("(^|:)0(:0)+(:|$)", "::");
    }
}
