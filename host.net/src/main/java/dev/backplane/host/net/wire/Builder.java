package dev.backplane.host.net.wire;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;

/** Makes frames for a guest. Addresses are the halves of {@link Ip}. Stateless. */
public final class Builder {
    /** Below this many payload bytes the checksum is summed here; above, it is left to whoever needs it. */
    private static final int PARTIAL_FROM = 256;

    private Builder() {
    }

    /** Bytes before the transport header. */
    public static int headers(boolean v6) {
        return Wire.ETHERNET + (v6 ? 40 : 20);
    }

    /**
     * Writes Ethernet and IP headers of an unfragmented packet that fills {@code data}. IPv4 packets carry "do not
     * fragment" and identification 0 (RFC 6864).
     */
    public static void ip(byte[] data, long toMac, long fromMac, long fromHi, long fromLo, long toHi, long toLo,
            int protocol, int hops) {
        int at = Wire.ETHERNET;
        if (Ip.isV4(fromHi, fromLo)) {
            Wire.ethernet(data, toMac, fromMac, Wire.TYPE_IP4);
            data[at] = 0x45;
            Wire.put16(data, at + 2, data.length - at);
            Wire.put16(data, at + 6, 0x4000);
            data[at + 8] = (byte) hops;
            data[at + 9] = (byte) protocol;
            Wire.put32(data, at + 12, (int) fromLo);
            Wire.put32(data, at + 16, (int) toLo);
            Wire.put16(data, at + 10, Checksum.finish(Checksum.add(0, data, at, 20)));
        } else {
            Wire.ethernet(data, toMac, fromMac, Wire.TYPE_IP6);
            data[at] = 0x60;
            Wire.put16(data, at + 4, data.length - at - 40);
            data[at + 6] = (byte) protocol;
            data[at + 7] = (byte) hops;
            Wire.put64(data, at + 8, fromHi);
            Wire.put64(data, at + 16, fromLo);
            Wire.put64(data, at + 24, toHi);
            Wire.put64(data, at + 32, toLo);
        }
    }

    /**
     * Fills in the checksum of a transport packet whose headers are written, or leaves it half done if it is long.
     *
     * @param field    where the checksum goes, from the transport header
     * @param segments payload bytes of each segment if it is to be cut as TCP, else 0
     */
    public static Frame finish(byte[] data, int protocol, int field, int segments) {
        boolean v6 = Wire.get16(data, 12) == Wire.TYPE_IP6;
        int start = headers(v6);
        int length = data.length - start;
        long sum = protocol + length;
        sum = Checksum.add(sum, data, v6 ? Wire.ETHERNET + 8 : Wire.ETHERNET + 12, v6 ? 32 : 8);
        if (length < PARTIAL_FROM || protocol == Wire.ICMP6) {
            Wire.put16(data, start + field, 0);
            int checksum = Checksum.finish(Checksum.add(sum, data, start, length));
            Wire.put16(data, start + field, checksum == 0 ? 0xFFFF : checksum);
            return new Frame(data, -1, 0, Segmentation.NONE, 0, true);
        }
        Wire.put16(data, start + field, Checksum.fold(sum));
        Segmentation cut = segments == 0 ? Segmentation.NONE : v6 ? Segmentation.TCP6 : Segmentation.TCP4;
        return new Frame(data, start, field, cut, segments, true);
    }

    /** An empty UDP datagram of {@code length} bytes payload; the payload begins at {@code headers(v6) + 8}. */
    public static byte[] udp(long toMac, long fromMac, long fromHi, long fromLo, int fromPort, long toHi, long toLo,
            int toPort, int length) {
        boolean v6 = !Ip.isV4(fromHi, fromLo);
        int start = headers(v6);
        byte[] data = new byte[start + 8 + length];
        ip(data, toMac, fromMac, fromHi, fromLo, toHi, toLo, Wire.UDP, 64);
        Wire.put16(data, start, fromPort);
        Wire.put16(data, start + 2, toPort);
        Wire.put16(data, start + 4, 8 + length);
        return data;
    }
}
