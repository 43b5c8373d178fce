package dev.backplane.device.net.virtio;

import java.util.Arrays;

/**
 * Automatic receive steering (virtio 1.2, 5.1.6.5.6.1): what comes for a flow goes to the pair of queues on which the
 * driver sent last for that flow. A flow is known by a hash that both directions share. Not thread-safe; used under the
 * device's lock.
 */
final class FlowTable {
    private static final int ENTRIES = 1024;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int TAG_8021Q = 0x8100;
    private static final int TCP = 6;
    private static final int UDP = 17;

    private final byte[] pairs = new byte[ENTRIES];

    void clear() {
        Arrays.fill(pairs, (byte) 0);
    }

    /** The driver sent a frame on that pair. */
    void sent(byte[] frame, int pair) {
        pairs[hash(frame)] = (byte) pair;
    }

    /** The pair for a frame to the driver, which uses {@code active} pairs. */
    int pairFor(byte[] frame, int active) {
        int pair = pairs[hash(frame)];
        return pair < active ? pair : 0;
    }

    /** The same for both directions of a flow; frames that are not IP are one flow. */
    static int hash(byte[] frame) {
        int at = 12;
        int type = read16(frame, at);
        if (type == TAG_8021Q) {
            at += 4;
            type = read16(frame, at);
        }
        at += 2;
        int mixed;
        int protocol;
        int ports;
        if (type == IPV4) {
            mixed = read32(frame, at + 12) ^ read32(frame, at + 16);
            protocol = read8(frame, at + 9);
            boolean fragment = (read16(frame, at + 6) & 0x3FFF) != 0;
            ports = fragment ? -1 : at + 4 * (read8(frame, at) & 15);
        } else if (type == IPV6) {
            mixed = 0;
            for (int i = 8; i < 40; i += 4) {
                mixed ^= read32(frame, at + i);
            }
            protocol = read8(frame, at + 6);
            ports = at + 40;
        } else {
            return 0;
        }
        if (ports >= 0 && (protocol == TCP || protocol == UDP)) {
            mixed ^= read16(frame, ports) ^ read16(frame, ports + 2);
        }
        mixed *= 0x9E3779B1;
        return mixed >>> 22;
    }

    private static int read8(byte[] frame, int at) {
        return at < frame.length ? frame[at] & 0xFF : 0;
    }

    private static int read16(byte[] frame, int at) {
        return read8(frame, at) << 8 | read8(frame, at + 1);
    }

    private static int read32(byte[] frame, int at) {
        return read16(frame, at) << 16 | read16(frame, at + 2);
    }
}
