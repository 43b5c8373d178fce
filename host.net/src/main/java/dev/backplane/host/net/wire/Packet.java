package dev.backplane.host.net.wire;

import dev.backplane.api.net.Frame;

/**
 * The headers of one frame from a guest, checked: every field lies within the frame. One object is used for frame after
 * frame, so that looking at a frame allocates nothing. Not thread-safe.
 */
public final class Packet {
    /** What became of a frame. */
    public enum Verdict {
        IP, ARP, OTHER, MALFORMED
    }

    private static final int MAX_EXTENSIONS = 8;

    public Frame frame;
    public byte[] data;
    public long toMac;
    public long fromMac;
    public boolean v6;
    public long fromHi;
    public long fromLo;
    public long toHi;
    public long toLo;
    /** Where the IP header begins, and where the packet ends (padding of the link left out). */
    public int network;
    public int end;
    /** The protocol of the payload and where it begins. */
    public int protocol;
    public int payload;
    public int hops;
    public boolean dontFragment;
    /** Whether it is a piece of a packet: then its offset, identification and whether more follow. */
    public boolean fragment;
    public int fragmentOffset;
    public int fragmentId;
    public boolean moreFragments;

    /** Looks at the Ethernet and IP headers. */
    public Verdict parse(Frame from) {
        frame = from;
        data = from.data();
        toMac = Wire.get48(data, 0);
        fromMac = Wire.get48(data, 6);
        network = Wire.ETHERNET;
        if ((fromMac & Wire.GROUP) != 0) {
            return Verdict.MALFORMED;
        }
        return switch (Wire.get16(data, 12)) {
            case Wire.TYPE_IP4 -> parse4() ? Verdict.IP : Verdict.MALFORMED;
            case Wire.TYPE_IP6 -> parse6() ? Verdict.IP : Verdict.MALFORMED;
            case Wire.TYPE_ARP -> data.length >= Wire.ETHERNET + 28 ? Verdict.ARP : Verdict.MALFORMED;
            default -> Verdict.OTHER;
        };
    }

    private boolean parse4() {
        if (data.length < network + 20 || data[network] >>> 4 != 4) {
            return false;
        }
        int header = (data[network] & 15) * 4;
        int total = Wire.get16(data, network + 2);
        if (header < 20 || total < header || network + total > data.length
                || Checksum.fold(Checksum.add(0, data, network, header)) != 0xFFFF) {
            return false;
        }
        v6 = false;
        end = network + total;
        payload = network + header;
        protocol = Wire.get8(data, network + 9);
        hops = Wire.get8(data, network + 8);
        int flags = Wire.get16(data, network + 6);
        dontFragment = (flags & 0x4000) != 0;
        moreFragments = (flags & 0x2000) != 0;
        fragmentOffset = (flags & 0x1FFF) * 8;
        fragment = moreFragments || fragmentOffset != 0;
        fragmentId = Wire.get16(data, network + 4);
        fromHi = 0;
        fromLo = Ip.lo4(Wire.get32(data, network + 12));
        toHi = 0;
        toLo = Ip.lo4(Wire.get32(data, network + 16));
        return true;
    }

    private boolean parse6() {
        if (data.length < network + 40 || (data[network] >>> 4 & 15) != 6) {
            return false;
        }
        int length = Wire.get16(data, network + 4);
        if (network + 40 + length > data.length) {
            return false;
        }
        v6 = true;
        end = network + 40 + length;
        payload = network + 40;
        hops = Wire.get8(data, network + 7);
        dontFragment = true;
        fragment = false;
        moreFragments = false;
        fragmentOffset = 0;
        fragmentId = 0;
        fromHi = Wire.get64(data, network + 8);
        fromLo = Wire.get64(data, network + 16);
        toHi = Wire.get64(data, network + 24);
        toLo = Wire.get64(data, network + 32);
        boolean mapped = Ip.isV4(fromHi, fromLo) || Ip.isV4(toHi, toLo);
        return !mapped && extensions(Wire.get8(data, network + 6));
    }

    /** RFC 8200, section 4. */
    private boolean extensions(int next) {
        for (int i = 0; i < MAX_EXTENSIONS; i++) {
            switch (next) {
                case 0, 43, 60 -> {
                    if (payload + 8 > end) {
                        return false;
                    }
                    next = Wire.get8(data, payload);
                    payload += 8 + Wire.get8(data, payload + 1) * 8;
                    if (payload > end) {
                        return false;
                    }
                }
                case 44 -> {
                    if (fragment || payload + 8 > end) {
                        return false;
                    }
                    fragment = true;
                    int field = Wire.get16(data, payload + 2);
                    fragmentOffset = field & 0xFFF8;
                    moreFragments = (field & 1) != 0;
                    fragmentId = Wire.get32(data, payload + 4);
                    next = Wire.get8(data, payload);
                    payload += 8;
                    if (fragmentOffset != 0) {
                        protocol = next;
                        return true;
                    }
                }
                default -> {
                    protocol = next;
                    return true;
                }
            }
        }
        return false;
    }

    public int length() {
        return end - payload;
    }

    /** Whether the payload's checksum (TCP, UDP, ICMPv6 with pseudo header) is right, or known to be. */
    public boolean checksumRight() {
        if (frame.verified() || frame.checksumStart() >= 0) {
            return true;
        }
        long sum = Checksum.pseudo(v6, fromHi, fromLo, toHi, toLo, protocol, length());
        return Checksum.fold(Checksum.add(sum, data, payload, length())) == 0xFFFF;
    }
}
