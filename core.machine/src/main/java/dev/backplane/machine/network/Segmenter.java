package dev.backplane.machine.network;

import java.util.Arrays;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;

/**
 * Cuts one frame into frames of the link's size, one at a time, with all checksums (RFC 9293, RFC 768, RFC 8200). What
 * does not look like what it says it is, or would become too many, is refused. Not thread-safe.
 */
final class Segmenter {
    /** 64 KiB in the smallest segments that Linux makes are fewer. */
    static final int MAX_SEGMENTS = 2048;

    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int ETHERTYPE_IPV6 = 0x86DD;
    private static final int ETHERTYPE_VLAN = 0x8100;
    private static final int ETHERTYPE_SERVICE_VLAN = 0x88A8;
    private static final int MAX_TAGS = 2;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int MAX_EXTENSIONS = 8;
    private static final int FLAG_FIN = 0x01;
    private static final int FLAG_PSH = 0x08;
    private static final int FLAG_CWR = 0x80;

    private final Frame frame;
    private final byte[] data;
    private final boolean tcp;
    private boolean ipv6;
    private int network;
    private int transport;
    private int payload;
    private int count;
    private int next;

    private Segmenter(Frame frame) {
        this.frame = frame;
        data = frame.data();
        tcp = frame.segmentation() != Segmentation.UDP;
    }

    /** Begins; null if the frame is malformed. */
    static Segmenter of(Frame frame) {
        Segmenter s = new Segmenter(frame);
        return s.findNetwork() && s.findTransport() && s.findPayload() ? s : null;
    }

    private boolean findNetwork() {
        int at = 12;
        for (int tags = 0; tags < MAX_TAGS && at + 6 <= data.length; tags++) {
            int type = Checksums.get16(data, at);
            if (type != ETHERTYPE_VLAN && type != ETHERTYPE_SERVICE_VLAN) {
                break;
            }
            at += 4;
        }
        network = at + 2;
        int type = Checksums.get16(data, at);
        ipv6 = type == ETHERTYPE_IPV6;
        Segmentation s = frame.segmentation();
        return ipv6 && s != Segmentation.TCP4 || type == ETHERTYPE_IPV4 && s != Segmentation.TCP6;
    }

    private boolean findTransport() {
        int protocol = ipv6 ? skipIpv6() : skipIpv4();
        return protocol == (tcp ? TCP : UDP) && (frame.checksumStart() < 0 || frame.checksumStart() == transport);
    }

    /** Gives the protocol of the transport, or -1. */
    private int skipIpv4() {
        if (network + 20 > data.length || (data[network] & 0xF0) != 0x40) {
            return -1;
        }
        int length = (data[network] & 0x0F) * 4;
        boolean fragment = (Checksums.get16(data, network + 6) & 0x3FFF) != 0;
        if (length < 20 || fragment || network + length > data.length) {
            return -1;
        }
        transport = network + length;
        return data[network + 9] & 0xFF;
    }

    private int skipIpv6() {
        if (network + 40 > data.length || (data[network] & 0xF0) != 0x60) {
            return -1;
        }
        int protocol = data[network + 6] & 0xFF;
        transport = network + 40;
        for (int i = 0; i < MAX_EXTENSIONS; i++) {
            boolean extension = protocol == 0 || protocol == 43 || protocol == 60;
            if (!extension) {
                return protocol;
            }
            if (transport + 8 > data.length) {
                return -1;
            }
            protocol = data[transport] & 0xFF;
            transport += ((data[transport + 1] & 0xFF) + 1) * 8;
        }
        return -1;
    }

    private boolean findPayload() {
        if (transport + (tcp ? 20 : 8) > data.length) {
            return false;
        }
        int header = tcp ? (data[transport + 12] >> 4 & 0x0F) * 4 : 8;
        payload = transport + header;
        if (tcp && header < 20 || payload > data.length) {
            return false;
        }
        count = Math.max(1, Math.ceilDiv(data.length - payload, frame.segmentSize()));
        return count <= MAX_SEGMENTS;
    }

    Frame frame() {
        return frame;
    }

    /** How many segments were given. */
    int given() {
        return next;
    }

    /** Goes on after that many segments. */
    void skip(int segments) {
        next = Math.clamp(segments, 0, count);
    }

    boolean done() {
        return next == count;
    }

    /** The next segment, a complete frame. */
    Frame next() {
        int from = payload + next * frame.segmentSize();
        int chunk = Math.min(frame.segmentSize(), data.length - from);
        byte[] out = Arrays.copyOf(data, payload + chunk);
        System.arraycopy(data, from, out, payload, chunk);
        if (ipv6) {
            Checksums.put16(out, network + 4, out.length - network - 40);
        } else {
            finishIpv4(out);
        }
        if (tcp) {
            finishTcp(out);
        } else {
            Checksums.put16(out, transport + 4, out.length - transport);
        }
        finishTransport(out, transport + (tcp ? 16 : 6));
        next++;
        return new Frame(out, -1, 0, Segmentation.NONE, 0, frame.verified());
    }

    private void finishIpv4(byte[] out) {
        Checksums.put16(out, network + 2, out.length - network);
        Checksums.put16(out, network + 4, Checksums.get16(data, network + 4) + next);
        Checksums.put16(out, network + 10, 0);
        Checksums.put16(out, network + 10, Checksums.finish(Checksums.add(0, out, network, transport)));
    }

    private void finishTcp(byte[] out) {
        Checksums.put32(out, transport + 4, Checksums.get32(data, transport + 4) + next * frame.segmentSize());
        if (next < count - 1) {
            out[transport + 13] &= (byte) ~(FLAG_FIN | FLAG_PSH);
        }
        if (next > 0) {
            out[transport + 13] &= (byte) ~FLAG_CWR;
        }
    }

    private void finishTransport(byte[] out, int field) {
        int addresses = ipv6 ? network + 8 : network + 12;
        long sum = Checksums.add(0, out, addresses, addresses + (ipv6 ? 32 : 8));
        sum += (tcp ? TCP : UDP) + (out.length - transport);
        Checksums.put16(out, field, 0);
        Checksums.put16(out, field, Checksums.finishTransport(Checksums.add(sum, out, transport, out.length)));
    }
}
