package dev.backplane.host.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/** All TCP connections of a network. Belongs to the network's thread. */
final class TcpTable {
    /** Connections at once; beyond, a guest's are reset and the host's closed. */
    static final int MOST = 4096;
    private static final int BUCKETS = 4096;

    private final UserNetwork network;
    private final TcpConnection[] buckets = new TcpConnection[BUCKETS];
    private final List<TcpConnection> all = new ArrayList<>();
    private final TcpHeader header = new TcpHeader();
    private final int seed;
    private long lastId;

    TcpTable(UserNetwork network) {
        this.network = network;
        seed = network.random();
    }

    List<TcpConnection> all() {
        return all;
    }

    void input(Packet packet) {
        if (!header.parse(packet) || !packet.checksumRight()) {
            network.count("bad-frames");
            return;
        }
        TcpConnection connection = find(packet);
        boolean opens = (header.flags & (TcpHeader.SYN | TcpHeader.ACK | TcpHeader.RST)) == TcpHeader.SYN;
        if (connection != null && opens && connection.state() == TcpConnection.State.WAITING
                && header.sequence - connection.receiver().acknowledgment() > 0) {
            connection.close(false);
            connection = null;
        }
        if (connection != null) {
            connection.segment(packet, header);
        } else if (opens) {
            open(packet);
        } else if (!header.has(TcpHeader.RST)) {
            boolean acks = header.has(TcpHeader.ACK);
            refuse(FlowKey.of(packet, header.fromPort, header.toPort), packet.fromMac,
                acks ? header.acknowledgment : 0, header.sequence + header.space(), !acks);
        }
    }

    private TcpConnection find(Packet packet) {
        int hash = FlowKey.hash(seed, packet.fromLo, header.fromPort, packet.toHi, packet.toLo, header.toPort);
        TcpConnection at = buckets[hash & BUCKETS - 1];
        while (at != null && !at.key.matches(packet, header.fromPort, header.toPort)) {
            at = at.chained;
        }
        return at;
    }

    private boolean has(FlowKey key) {
        TcpConnection at = buckets[key.hash(seed) & BUCKETS - 1];
        while (at != null && !at.key.equals(key)) {
            at = at.chained;
        }
        return at != null;
    }

    private void open(Packet packet) {
        FlowKey key = FlowKey.of(packet, header.fromPort, header.toPort);
        InetSocketAddress to = network.routes().target(packet, Wire.TCP, header.toPort);
        if (to == null) {
            return;
        }
        if (!room()) {
            network.count("tcp-too-many");
            refuse(key, packet.fromMac, 0, header.sequence + 1, true);
            return;
        }
        TcpConnection connection = new TcpConnection(network, key, packet.fromMac);
        connection.opening(header);
        add(connection);
        try {
            connection.host.connect(to);
            network.count("tcp-opened");
        } catch (IOException | RuntimeException e) {
            // no descriptor left, or an address the host will not connect to
            network.count("tcp-refused");
            connection.hostBroke();
        }
    }

    /** A client of the host's wants to talk to the guest. */
    void accept(SocketChannel client, Ip guest, int port) {
        try {
            if (room()) {
                int from = ((InetSocketAddress) client.getRemoteAddress()).getPort();
                Ip gateway = guest.isV4() ? network.config().gateway4() : network.config().gateway6();
                FlowKey key = FlowKey.of(guest, port, gateway, from);
                for (int i = 0; i < 64 && has(key); i++) {
                    key = FlowKey.of(guest, port, gateway, 0x8000 | network.random() & 0x7FFF);
                }
                if (!has(key)) {
                    TcpConnection connection = new TcpConnection(network, key, 0);
                    add(connection);
                    connection.entering();
                    connection.host.adopt(client);
                    network.count("tcp-forwarded");
                    return;
                }
            }
            network.count("tcp-too-many");
            client.close();
        } catch (IOException e) {
            network.count("close-errors");
        }
    }

    /** Whether there is a place for one more; what only waits for latecomers gives way. */
    private boolean room() {
        if (all.size() < MOST) {
            return true;
        }
        for (TcpConnection connection : all) {
            if (connection.state() == TcpConnection.State.WAITING) {
                connection.close(false);
                return true;
            }
        }
        return false;
    }

    void add(TcpConnection connection) {
        connection.id = ++lastId;
        int bucket = connection.key.hash(seed) & BUCKETS - 1;
        connection.chained = buckets[bucket];
        buckets[bucket] = connection;
        connection.place = all.size();
        all.add(connection);
    }

    void remove(TcpConnection connection) {
        int bucket = connection.key.hash(seed) & BUCKETS - 1;
        if (buckets[bucket] == connection) {
            buckets[bucket] = connection.chained;
        } else {
            TcpConnection at = buckets[bucket];
            while (at != null && at.chained != connection) {
                at = at.chained;
            }
            if (at != null) {
                at.chained = connection.chained;
            }
        }
        TcpConnection last = all.removeLast();
        if (last != connection) {
            last.place = connection.place;
            all.set(last.place, last);
        }
    }

    /** Looks at those whose time has come; says when to look again. */
    long overdue(long now) {
        long next = Long.MAX_VALUE;
        for (int i = all.size() - 1; i >= 0; i--) {
            if (i >= all.size()) {
                continue;
            }
            TcpConnection connection = all.get(i);
            if (connection.deadline() <= now) {
                connection.overdue(now);
            }
            next = Math.min(next, connection.deadline());
        }
        return next;
    }

    void trim() {
        all.forEach(TcpConnection::trim);
    }

    /** A guest's address has become known: connections that waited for it go on. */
    void learned() {
        for (TcpConnection connection : all) {
            if (connection.mac == 0) {
                network.wants(connection);
            }
        }
    }

    /** Sends a reset (RFC 9293, 3.5.2). */
    void refuse(FlowKey key, long mac, int sequence, int acknowledgment, boolean acknowledges) {
        if (mac == 0) {
            return;
        }
        byte[] data = new byte[Builder.headers(key.v6()) + TcpHeader.LENGTH];
        Builder.ip(data, mac, Config.MAC, key.peerHi(), key.peerLo(), key.guestHi(), key.guestLo(), Wire.TCP, 64);
        TcpHeader.write(data, key.v6(), key.peerPort(), key.guestPort(), sequence, acknowledgment, TcpHeader.LENGTH,
            TcpHeader.RST | (acknowledges ? TcpHeader.ACK : 0), 0);
        network.emit(Builder.finish(data, Wire.TCP, TcpHeader.CHECKSUM, 0));
    }

    void closeAll() {
        for (TcpConnection connection : List.copyOf(all)) {
            connection.close(true);
        }
    }

    /**
     * Takes a connection up again.
     *
     * @param channel the host's half, or null if it is gone: then the guest gets a reset
     */
    void restore(StateReader in, SocketChannel channel) throws StateException {
        TcpConnection connection = TcpConnection.restore(network, in);
        if (has(connection.key) || all.size() >= MOST) {
            throw new StateException("TCP connections twice, or too many: " + connection);
        }
        add(connection);
        if (connection.state() == TcpConnection.State.WAITING) {
            return;
        }
        if (channel == null) {
            connection.hostBroke();
            return;
        }
        try {
            connection.host.takeOver(channel);
            network.wants(connection);
        } catch (IOException e) {
            connection.hostBroke();
        }
    }
}
