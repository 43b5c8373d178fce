package dev.backplane.host.net.user;

import java.util.LinkedHashMap;
import java.util.Map;

import dev.backplane.api.net.Frame;
import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Checksum;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/**
 * Puts a guest's IP fragments together (RFC 791, RFC 8200; overlapping ones are dropped, RFC 5722) and cuts datagrams
 * for it. Belongs to the network's thread.
 */
final class Fragments {
    private static final int MOST = 16;
    private static final int PIECES = 64;
    private static final long PATIENCE = 30_000_000_000L;

    private final UserNetwork network;
    private final Map<Key, Partial> partials = new LinkedHashMap<>();
    private int lastId;

    Fragments(UserNetwork network) {
        this.network = network;
        lastId = network.random();
    }

    private record Key(long fromHi, long fromLo, long toHi, long toLo, int id, int protocol) {
    }

    private static final class Partial {
        final Ranges ranges = new Ranges(PIECES);
        byte[] data = new byte[4096];
        int total = -1;
        int bytes;
        long until;
    }

    /** Takes a fragment; gives the whole packet when this was the last piece, else null. */
    Frame join(Packet packet) {
        int from = packet.fragmentOffset;
        int to = from + packet.length();
        boolean right = packet.length() > 0 && to <= 0xFFFF - 60 && (!packet.moreFragments || packet.length() % 8 == 0);
        if (!right) {
            network.count("bad-fragments");
            return null;
        }
        Key key = new Key(packet.fromHi, packet.fromLo, packet.toHi, packet.toLo, packet.fragmentId, packet.protocol);
        long now = network.now();
        Partial partial = partials.get(key);
        if (partial == null) {
            makeRoom(now);
            partial = new Partial();
            partial.until = now + PATIENCE;
            partials.put(key, partial);
        }
        partial.bytes += to - from;
        boolean joins = partial.ranges.add(from, to);
        if (!packet.moreFragments && partial.total < 0) {
            partial.total = to;
        }
        boolean sane = joins && covered(partial.ranges) == partial.bytes
            && (partial.total < 0 || partial.ranges.top() <= partial.total);
        if (!sane) {
            network.count("bad-fragments");
            partials.remove(key);
            return null;
        }
        if (to > partial.data.length) {
            partial.data = java.util.Arrays.copyOf(partial.data, Math.max(to, partial.data.length * 2));
        }
        System.arraycopy(packet.data, packet.payload, partial.data, from, to - from);
        if (partial.total != partial.bytes) {
            return null;
        }
        partials.remove(key);
        return whole(packet, partial);
    }

    private static long covered(Ranges ranges) {
        long covered = 0;
        for (int i = 0; i < ranges.count(); i++) {
            covered += ranges.high(i) - ranges.low(i);
        }
        return covered;
    }

    private void makeRoom(long now) {
        partials.values().removeIf(partial -> partial.until <= now);
        if (partials.size() >= MOST) {
            network.count("fragments-dropped");
            partials.remove(partials.keySet().iterator().next());
        }
    }

    private static Frame whole(Packet packet, Partial partial) {
        int start = Builder.headers(packet.v6);
        byte[] data = new byte[start + partial.total];
        Builder.ip(data, packet.toMac, packet.fromMac, packet.fromHi, packet.fromLo, packet.toHi, packet.toLo,
            packet.protocol, packet.hops);
        System.arraycopy(partial.data, 0, data, start, partial.total);
        return new Frame(data);
    }

    /** Sends a datagram made by {@link Builder#udp}, in pieces if it is longer than the network's packets. */
    boolean send(byte[] data) {
        int mtu = network.config().mtu();
        if (data.length - Wire.ETHERNET <= mtu) {
            return network.emit(Builder.finish(data, Wire.UDP, 6, 0));
        }
        boolean v6 = Wire.get16(data, 12) == Wire.TYPE_IP6;
        int start = Builder.headers(v6);
        int length = data.length - start;
        long sum = Checksum.add(Wire.UDP + length, data, v6 ? 22 : 26, v6 ? 32 : 8);
        int checksum = Checksum.finish(Checksum.add(sum, data, start, length));
        Wire.put16(data, start + 6, checksum == 0 ? 0xFFFF : checksum);
        int extra = v6 ? 8 : 0;
        int most = (mtu - (start - Wire.ETHERNET) - extra) / 8 * 8;
        int id = ++lastId;
        for (int at = 0; at < length; at += most) {
            int piece = Math.min(most, length - at);
            byte[] out = new byte[start + extra + piece];
            System.arraycopy(data, 0, out, 0, start);
            System.arraycopy(data, start + at, out, start + extra, piece);
            int more = at + piece < length ? 1 : 0;
            if (v6) {
                Wire.put16(out, 18, piece + extra);
                out[20] = 44;
                out[start] = Wire.UDP;
                Wire.put16(out, start + 2, at | more);
                Wire.put32(out, start + 4, id);
            } else {
                Wire.put16(out, 16, 20 + piece);
                Wire.put16(out, 18, id);
                Wire.put16(out, 20, at >>> 3 | more << 13);
                Wire.put16(out, 24, 0);
                Wire.put16(out, 24, Checksum.finish(Checksum.add(0, out, 14, 20)));
            }
            if (!network.emit(new Frame(out))) {
                return false;
            }
        }
        return true;
    }
}
