package dev.backplane.host.net.user;

import dev.backplane.api.net.Frame;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/** Looks at what guests send and hands it to the protocol it is for. Belongs to the network's thread. */
final class Inbound {
    private final UserNetwork network;
    private final Packet packet = new Packet();

    Inbound(UserNetwork network) {
        this.network = network;
    }

    void input(Frame frame) {
        switch (packet.parse(frame)) {
            case ARP -> network.neighbours().arp(packet);
            case IP -> ip();
            case OTHER -> network.count("other-frames");
            case MALFORMED -> network.count("bad-frames");
        }
    }

    /** Whether the sender's address is one that a guest may have. */
    private boolean isGuests() {
        Config config = network.config();
        boolean linkLocal = packet.v6 && packet.fromHi >>> 54 == 0xFE80 >>> 6;
        return linkLocal ? !config.isGateway(packet.fromHi, packet.fromLo)
            : config.isLocal(packet.fromHi, packet.fromLo) && !config.isOurs(packet.fromHi, packet.fromLo);
    }

    private void ip() {
        boolean unspecified = packet.fromHi == 0 && (packet.fromLo == 0 || packet.fromLo == Ip.lo4(0));
        boolean forUs = packet.toMac == Config.MAC || (packet.toMac & Wire.GROUP) != 0;
        boolean v6Off = packet.v6 && network.config().network6() == null;
        if (!forUs || v6Off) {
            network.count("not-for-us");
            return;
        }
        if (!unspecified) {
            if (!isGuests()) {
                network.count("spoofed");
                return;
            }
            network.neighbours().learn(packet.fromHi, packet.fromLo, packet.fromMac);
        }
        if (network.routes().tooLong(packet)) {
            return;
        }
        if (packet.fragment) {
            Frame whole = network.fragments().join(packet);
            if (whole == null || packet.parse(whole) != Packet.Verdict.IP || packet.fragment) {
                return;
            }
        }
        switch (packet.protocol) {
            case Wire.TCP -> {
                if (!unspecified && (packet.toMac & Wire.GROUP) == 0) {
                    network.tcp().input(packet);
                }
            }
            case Wire.UDP -> network.udp().input(packet);
            case Wire.ICMP -> {
                if (!packet.v6 && !unspecified && (packet.toMac & Wire.GROUP) == 0) {
                    network.icmp4().input(packet);
                }
            }
            case Wire.ICMP6 -> {
                if (packet.v6) {
                    network.icmp6().input(packet);
                }
            }
            default -> {
                network.count("other-protocols");
                if (!packet.v6 && (packet.toMac & Wire.GROUP) == 0) {
                    network.icmp4().error(packet, Icmp4.UNREACHABLE, 2, 0);
                }
            }
        }
    }
}
