package dev.backplane.host.net.user;

import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/**
 * ICMPv6 (RFC 4443), neighbour discovery and router advertisements (RFC 4861, RFC 4862, RFC 8106). Belongs to the
 * network's thread.
 */
final class Icmp6 {
    static final int UNREACHABLE = 1;
    static final int TOO_BIG = 2;
    static final int TIME_EXCEEDED = 3;
    /** Codes of UNREACHABLE. */
    static final int NO_ROUTE = 0;
    static final int PROHIBITED = 1;
    static final int ADDRESS = 3;
    static final int PORT = 4;
    private static final int ROUTER_LIFETIME = 1800;
    private static final Ip ALL_NODES = Ip.parse("ff02::1");
    private static final long ALL_NODES_MAC = 0x3333_0000_0001L;
    private static final int QUOTE = 1232;

    private final UserNetwork network;

    Icmp6(UserNetwork network) {
        this.network = network;
    }

    void input(Packet packet) {
        if (packet.length() < 8 || !packet.checksumRight()) {
            network.count("bad-frames");
            return;
        }
        int type = Wire.get8(packet.data, packet.payload);
        switch (type) {
            case 128 -> echo(packet);
            case 133 -> {
                if (packet.hops == 255) {
                    boolean anonymous = packet.fromHi == 0 && packet.fromLo == 0;
                    advertise(anonymous ? ALL_NODES : new Ip(packet.fromHi, packet.fromLo),
                        anonymous ? ALL_NODES_MAC : packet.fromMac);
                }
            }
            case 135 -> solicited(packet);
            default -> {
                // advertisements of guests were learned from; the rest is not for us
            }
        }
    }

    private void echo(Packet packet) {
        byte[] echo = new byte[packet.length()];
        System.arraycopy(packet.data, packet.payload, echo, 0, echo.length);
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
        if (40 + echo.length > network.config().mtu()) {
            network.count("icmp-too-big");
            return;
        }
        echo[0] = (byte) 129;
        send(mac, key.peer(), key.guest(), echo, 64);
    }

    private void send(long mac, Ip from, Ip to, byte[] message, int hops) {
        int start = Builder.headers(true);
        byte[] data = new byte[start + message.length];
        Builder.ip(data, mac, Config.MAC, from.hi(), from.lo(), to.hi(), to.lo(), Wire.ICMP6, hops);
        System.arraycopy(message, 0, data, start, message.length);
        network.emit(Builder.finish(data, Wire.ICMP6, 2, 0));
    }

    private void solicited(Packet packet) {
        if (packet.length() < 24 || packet.hops != 255) {
            network.count("bad-frames");
            return;
        }
        Ip target = Ip.read(packet.data, packet.payload + 8);
        if (!network.config().isOurs(target.hi(), target.lo())) {
            return;
        }
        boolean anonymous = packet.fromHi == 0 && packet.fromLo == 0;
        byte[] message = new byte[32];
        message[0] = (byte) 136;
        message[4] = (byte) (anonymous ? 0xA0 : 0xE0);
        target.write(message, 8);
        message[24] = 2;
        message[25] = 1;
        Wire.put48(message, 26, Config.MAC);
        send(anonymous ? ALL_NODES_MAC : packet.fromMac, target,
            anonymous ? ALL_NODES : new Ip(packet.fromHi, packet.fromLo), message, 255);
    }

    /** Asks who has an address. */
    void solicit(Ip target) {
        byte[] message = new byte[32];
        message[0] = (byte) 135;
        target.write(message, 8);
        message[24] = 1;
        message[25] = 1;
        Wire.put48(message, 26, Config.MAC);
        Ip group = new Ip(0xFF02_0000_0000_0000L, 0x0000_0001_FF00_0000L | target.lo() & 0xFF_FFFF);
        send(0x3333_FF00_0000L | target.lo() & 0xFF_FFFF, Config.LINK_LOCAL, group, message, 255);
    }

    /** Tells all guests. */
    void advertise() {
        advertise(ALL_NODES, ALL_NODES_MAC);
    }

    private void advertise(Ip to, long mac) {
        Config config = network.config();
        if (config.network6() == null) {
            return;
        }
        byte[] message = new byte[16 + 8 + 8 + 32 + 24];
        message[0] = (byte) 134;
        message[4] = 64;
        message[5] = 0x40;
        Wire.put16(message, 6, ROUTER_LIFETIME);
        int at = 16;
        message[at] = 1;
        message[at + 1] = 1;
        Wire.put48(message, at + 2, Config.MAC);
        at += 8;
        message[at] = 5;
        message[at + 1] = 1;
        Wire.put32(message, at + 4, config.mtu());
        at += 8;
        message[at] = 3;
        message[at + 1] = 4;
        message[at + 2] = 64;
        message[at + 3] = (byte) 0xC0;
        Wire.put32(message, at + 4, 86_400);
        Wire.put32(message, at + 8, 14_400);
        config.network6().address().write(message, at + 16);
        at += 32;
        message[at] = 25;
        message[at + 1] = 3;
        Wire.put32(message, at + 4, ROUTER_LIFETIME);
        config.nameServer6().write(message, at + 8);
        send(mac, Config.LINK_LOCAL, to, message, 255);
    }

    /** Sends an error about a packet of the guest; {@code more} is the MTU for TOO_BIG. */
    void error(Packet packet, int type, int code, int more) {
        boolean about = packet.protocol == Wire.ICMP6 && packet.length() > 0 && packet.data[packet.payload] >= 0;
        if ((packet.toMac & Wire.GROUP) == 0 && !about && packet.fragmentOffset == 0) {
            error(packet.fromMac, new Ip(packet.fromHi, packet.fromLo), packet.data, packet.network,
                packet.end - packet.network, type, code, more);
        }
    }

    /** Sends an error about a flow whose packet is no longer there; it is told with a header made anew. */
    void error(FlowKey key, long mac, int protocol, int type, int code) {
        byte[] packet = new byte[Builder.headers(true) + 8];
        Builder.ip(packet, 0, mac, key.guestHi(), key.guestLo(), key.peerHi(), key.peerLo(), protocol, 64);
        Wire.put16(packet, 54, key.guestPort());
        Wire.put16(packet, 56, key.peerPort());
        error(mac, key.guest(), packet, Wire.ETHERNET, 48, type, code, 0);
    }

    private void error(long mac, Ip guest, byte[] about, int at, int length, int type, int code, int more) {
        int quote = Math.min(length, QUOTE - 48);
        byte[] message = new byte[8 + quote];
        message[0] = (byte) type;
        message[1] = (byte) code;
        Wire.put32(message, 4, more);
        System.arraycopy(about, at, message, 8, quote);
        send(mac, network.config().gateway6(), guest, message, 64);
    }
}
