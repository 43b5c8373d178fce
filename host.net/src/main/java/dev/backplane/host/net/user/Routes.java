package dev.backplane.host.net.user;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

import dev.backplane.api.net.Frame;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/** Where a guest's packets may go, and what it is told of those that may not. Belongs to the network's thread. */
final class Routes {
    private final UserNetwork network;

    Routes(UserNetwork network) {
        this.network = network;
    }

    /** Whether a packet is longer than the network's: then the guest is told (RFC 1191, RFC 8201). */
    boolean tooLong(Packet packet) {
        boolean segments = packet.frame.segmentation() != Frame.Segmentation.NONE;
        if (segments || packet.end - Wire.ETHERNET <= network.config().mtu()) {
            return false;
        }
        network.count("too-big");
        if (packet.v6) {
            network.icmp6().error(packet, Icmp6.TOO_BIG, 0, network.config().mtu());
        } else {
            network.icmp4().error(packet, Icmp4.UNREACHABLE, Icmp4.TOO_BIG, network.config().mtu());
        }
        return true;
    }

    boolean permits(Packet of, int protocol, int port) {
        boolean permitted = network.config().rules().permits(protocol, of.toHi, of.toLo, port);
        if (!permitted) {
            network.count("denied");
        }
        return permitted;
    }

    /**
     * Where on the host's side a guest's packet leads, if it may go there at all; else the guest is told why not.
     *
     * @return an address that sockets can connect to, or null
     */
    InetSocketAddress target(Packet of, int protocol, int port) {
        if (!permits(of, protocol, port)) {
            unreachable(of, Icmp4.PROHIBITED, Icmp6.PROHIBITED);
            return null;
        }
        boolean needsPort = protocol != Wire.ICMP;
        if (needsPort && port == 0) {
            return null;
        }
        if (network.config().isGateway(of.toHi, of.toLo)) {
            InetAddress loopback = of.v6 ? new Ip(0, 1).toInet() : Ip.v4(0x7F00_0001).toInet();
            return new InetSocketAddress(loopback, port);
        }
        if (network.config().isNameServer(of.toHi, of.toLo)) {
            List<InetSocketAddress> servers = network.resolvers().servers(network.now());
            if (port != Config.DNS_PORT) {
                unreachable(of, Icmp4.PORT, Icmp6.PORT);
                return null;
            }
            // with no server to ask, the socket leads nowhere and the host's own way to look names up is taken
            return servers.isEmpty() ? new InetSocketAddress(Ip.v4(0x7F00_0001).toInet(), Config.DNS_PORT)
                : servers.getFirst();
        }
        if (network.config().isLocal(of.toHi, of.toLo)) {
            unreachable(of, Icmp4.HOST, Icmp6.ADDRESS);
            return null;
        }
        if (!Config.isRoutable(of.toHi, of.toLo)) {
            network.count("not-routable");
            return null;
        }
        if (of.hops <= 1) {
            network.count("hops-exceeded");
            if (of.v6) {
                network.icmp6().error(of, Icmp6.TIME_EXCEEDED, 0, 0);
            } else {
                network.icmp4().error(of, Icmp4.TIME_EXCEEDED, 0, 0);
            }
            return null;
        }
        return new InetSocketAddress(Ip.toInet(of.toHi, of.toLo), port);
    }

    private void unreachable(Packet of, int code4, int code6) {
        if (of.v6) {
            network.icmp6().error(of, Icmp6.UNREACHABLE, code6, 0);
        } else {
            network.icmp4().error(of, Icmp4.UNREACHABLE, code4, 0);
        }
    }

    /** Tells the guest that a flow's other end, or its network, cannot be reached. */
    void unreachable(FlowKey key, long mac, boolean host) {
        if (key.v6()) {
            network.icmp6().error(key, mac, Wire.TCP, Icmp6.UNREACHABLE, host ? Icmp6.ADDRESS : Icmp6.NO_ROUTE);
        } else {
            network.icmp4().error(key, mac, Wire.TCP, Icmp4.UNREACHABLE, host ? Icmp4.HOST : Icmp4.NET);
        }
    }

    void portUnreachable(FlowKey key, long mac) {
        if (key.v6()) {
            network.icmp6().error(key, mac, Wire.UDP, Icmp6.UNREACHABLE, Icmp6.PORT);
        } else {
            network.icmp4().error(key, mac, Wire.UDP, Icmp4.UNREACHABLE, Icmp4.PORT);
        }
    }
}
