package dev.backplane.host.net.user;

import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/**
 * Stateless DHCPv6 (RFC 8415, 18.3.6): tells the name server. Addresses come from router advertisements. Belongs to the
 * network's thread.
 */
final class Dhcp6 {
    private static final int SOLICIT = 1;
    private static final int ADVERTISE = 2;
    private static final int REPLY = 7;
    private static final int INFORMATION_REQUEST = 11;
    private static final int MAX_ID = 130;

    private final UserNetwork network;

    Dhcp6(UserNetwork network) {
        this.network = network;
    }

    void input(Packet packet) {
        byte[] data = packet.data;
        int at = packet.payload + 8;
        if (packet.end - at < 4 || network.config().network6() == null) {
            network.count("bad-frames");
            return;
        }
        int message = Wire.get8(data, at);
        if (message != SOLICIT && message != INFORMATION_REQUEST) {
            return;
        }
        int idAt = 0;
        int idLength = 0;
        for (int i = at + 4; i + 4 <= packet.end;) {
            int length = Wire.get16(data, i + 2);
            if (i + 4 + length > packet.end) {
                network.count("bad-frames");
                return;
            }
            if (Wire.get16(data, i) == 1 && length <= MAX_ID) {
                idAt = i;
                idLength = 4 + length;
            }
            i += 4 + length;
        }
        int status = message == SOLICIT ? 6 : 0;
        int size = 4 + idLength + 14 + 20 + status;
        Ip from = Config.LINK_LOCAL;
        byte[] out = Builder.udp(packet.fromMac, Config.MAC, from.hi(), from.lo(), 547, packet.fromHi, packet.fromLo,
            546, size);
        int o = out.length - size;
        Wire.put32(out, o, Wire.get32(data, at));
        out[o] = (byte) (message == SOLICIT ? ADVERTISE : REPLY);
        o += 4;
        System.arraycopy(data, idAt, out, o, idLength);
        o += idLength;
        Wire.put32(out, o, 2 << 16 | 10);
        Wire.put32(out, o + 4, 3 << 16 | 1);
        Wire.put48(out, o + 8, Config.MAC);
        o += 14;
        Wire.put32(out, o, 23 << 16 | 16);
        network.config().nameServer6().write(out, o + 4);
        o += 20;
        if (status > 0) {
            // NoAddrsAvail
            Wire.put32(out, o, 13 << 16 | 2);
            Wire.put16(out, o + 4, 2);
        }
        network.emit(Builder.finish(out, Wire.UDP, 6, 0));
    }
}
