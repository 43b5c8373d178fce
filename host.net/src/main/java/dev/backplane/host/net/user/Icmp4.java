package dev.backplane.host.net.user;

import dev.backplane.api.net.Frame;
import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Checksum;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/** ICMP (RFC 792, RFC 1191, RFC 1812). Belongs to the network's thread. */
final class Icmp4 {
    static final int UNREACHABLE = 3;
    static final int TIME_EXCEEDED = 11;
    /** Codes of UNREACHABLE. */
    static final int NET = 0;
    static final int HOST = 1;
    static final int PORT = 3;
    static final int TOO_BIG = 4;
    static final int PROHIBITED = 13;
    /** An error carries at most this many bytes of what it is about. */
    private static final int QUOTE = 548;

    private final UserNetwork network;

    Icmp4(UserNetwork network) {
        this.network = network;
    }

    void input(Packet packet) {
        int length = packet.length();
        boolean right = length >= 8
            && Checksum.fold(Checksum.add(0, packet.data, packet.payload, length)) == 0xFFFF;
        if (!right) {
            network.count("bad-frames");
            return;
        }
        if (Wire.get16(packet.data, packet.payload) != 0x0800) {
            return;
        }
        byte[] echo = new byte[length];
        System.arraycopy(packet.data, packet.payload, echo, 0, length);
        FlowKey key = FlowKey.of(packet, 1, 1);
        long mac = packet.fromMac;
        if (network.config().isOurs(packet.toHi, packet.toLo)) {
            if (network.routes().permits(packet, Wire.ICMP, 0)) {
                reply(key, mac, echo);
            }
        } else if (network.routes().target(packet, Wire.ICMP, 0) != null) {
            network.pinger().ping(key.peer(), () -> reply(key, mac, echo));
        }
    }

    private void reply(FlowKey key, long mac, byte[] echo) {
        int start = Builder.headers(false);
        if (start + echo.length > network.config().mtu() + Wire.ETHERNET) {
            network.count("icmp-too-big");
            return;
        }
        byte[] data = new byte[start + echo.length];
        Builder.ip(data, mac, Config.MAC, key.peerHi(), key.peerLo(), key.guestHi(), key.guestLo(), Wire.ICMP, 64);
        System.arraycopy(echo, 0, data, start, echo.length);
        data[start] = 0;
        Wire.put16(data, start + 2, 0);
        Wire.put16(data, start + 2, Checksum.finish(Checksum.add(0, data, start, echo.length)));
        network.emit(new Frame(data));
    }

    /**
     * Sends an error about a packet of the guest.
     *
     * @param more the second word of the header: the MTU for TOO_BIG
     */
    void error(Packet packet, int type, int code, int more) {
        boolean unicast = (packet.toMac & Wire.GROUP) == 0 && packet.fragmentOffset == 0;
        boolean about = packet.protocol == Wire.ICMP && packet.length() > 0
            && (packet.data[packet.payload] != 8);
        if (unicast && !about) {
            error(packet.fromMac, packet.fromLo, packet.data, packet.network, packet.end - packet.network, type, code,
                more);
        }
    }

    /** Sends an error about a flow whose packet is no longer there; it is told with a header made anew. */
    void error(FlowKey key, long mac, int protocol, int type, int code) {
        byte[] packet = new byte[Builder.headers(false) + 8];
        Builder.ip(packet, 0, mac, key.guestHi(), key.guestLo(), key.peerHi(), key.peerLo(), protocol, 64);
        Wire.put16(packet, 34, key.guestPort());
        Wire.put16(packet, 36, key.peerPort());
        error(mac, key.guestLo(), packet, Wire.ETHERNET, 28, type, code, 0);
    }

    private void error(long mac, long guestLo, byte[] about, int at, int length, int type, int code, int more) {
        int quote = Math.min(length, QUOTE);
        int start = Builder.headers(false);
        byte[] data = new byte[start + 8 + quote];
        Ip gateway = network.config().gateway4();
        Builder.ip(data, mac, Config.MAC, 0, gateway.lo(), 0, guestLo, Wire.ICMP, 64);
        data[start] = (byte) type;
        data[start + 1] = (byte) code;
        Wire.put32(data, start + 4, more);
        System.arraycopy(about, at, data, start + 8, quote);
        Wire.put16(data, start + 2, Checksum.finish(Checksum.add(0, data, start, 8 + quote)));
        network.emit(new Frame(data));
    }
}
