package dev.backplane.host.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/** All datagram flows of a network. Belongs to the network's thread. */
final class UdpTable {
    /** Flows at once; beyond, the one that was used longest ago is closed. */
    static final int MOST = 1024;
    private static final int BUCKETS = 1024;

    private final UserNetwork network;
    private final UdpFlow[] buckets = new UdpFlow[BUCKETS];
    private final Map<FlowKey, UdpFlow> all = new HashMap<>();
    private final int seed;
    private long lastId;

    UdpTable(UserNetwork network) {
        this.network = network;
        seed = network.random();
    }

    Iterable<UdpFlow> all() {
        return List.copyOf(all.values());
    }

    int size() {
        return all.size();
    }

    void input(Packet packet) {
        byte[] data = packet.data;
        int at = packet.payload;
        int length = packet.length() < 8 ? 0 : Wire.get16(data, at + 4);
        if (length < 8 || length > packet.length()
                || Wire.get16(data, at + 6) != 0 && !packet.checksumRight()) {
            network.count("bad-frames");
            return;
        }
        int fromPort = Wire.get16(data, at);
        int toPort = Wire.get16(data, at + 2);
        if (toPort == 67 && !packet.v6) {
            network.dhcp4().input(packet);
        } else if (toPort == 547 && packet.v6) {
            network.dhcp6().input(packet);
        } else if (fromPort != 0 && toPort != 0 && (packet.toMac & Wire.GROUP) == 0) {
            UdpFlow flow = find(packet, fromPort, toPort);
            if (flow == null) {
                flow = open(packet, fromPort, toPort);
            }
            if (flow != null) {
                flow.send(data, at + 8, length - 8);
            }
        }
    }

    private UdpFlow find(Packet packet, int fromPort, int toPort) {
        int hash = FlowKey.hash(seed, packet.fromLo, fromPort, packet.toHi, packet.toLo, toPort);
        UdpFlow at = buckets[hash & BUCKETS - 1];
        while (at != null && !at.key.matches(packet, fromPort, toPort)) {
            at = at.chained;
        }
        return at;
    }

    private UdpFlow open(Packet packet, int fromPort, int toPort) {
        InetSocketAddress to = network.routes().target(packet, Wire.UDP, toPort);
        if (to == null) {
            return null;
        }
        makeRoom();
        FlowKey key = FlowKey.of(packet, fromPort, toPort);
        boolean names = network.config().isNameServer(packet.toHi, packet.toLo);
        UdpFlow flow = new UdpFlow(network, key, packet.fromMac, names, null, null);
        try {
            flow.connect(to);
        } catch (IOException | RuntimeException e) {
            network.count("udp-refused");
            network.routes().unreachable(key, packet.fromMac, true);
            return null;
        }
        add(flow);
        network.count("udp-flows");
        network.soon(1_000_000_000L);
        return flow;
    }

    private void makeRoom() {
        if (all.size() >= MOST) {
            all.values().stream().min((a, b) -> Long.compare(a.usedAt(), b.usedAt())).ifPresent(this::remove);
            network.count("udp-evicted");
        }
    }

    private void add(UdpFlow flow) {
        flow.id = ++lastId;
        int bucket = flow.key.hash(seed) & BUCKETS - 1;
        flow.chained = buckets[bucket];
        buckets[bucket] = flow;
        all.put(flow.key, flow);
    }

    void forget(UdpFlow flow) {
        if (all.remove(flow.key) != null) {
            int bucket = flow.key.hash(seed) & BUCKETS - 1;
            if (buckets[bucket] == flow) {
                buckets[bucket] = flow.chained;
            } else {
                UdpFlow at = buckets[bucket];
                while (at.chained != flow) {
                    at = at.chained;
                }
                at.chained = flow.chained;
            }
        }
    }

    private void remove(UdpFlow flow) {
        forget(flow);
        flow.close();
    }

    /** A datagram of a client of the host's for a port that is forwarded. */
    void forwarded(UdpForward forward, InetSocketAddress client, ByteBuffer datagram) {
        Ip guest = forward.guest();
        Ip gateway = guest.isV4() ? network.config().gateway4() : network.config().gateway6();
        UdpFlow flow = forward.flow(client);
        if (flow == null || !all.containsKey(flow.key)) {
            long mac = network.neighbours().macOf(guest);
            if (mac == 0) {
                network.count("udp-no-guest");
                return;
            }
            makeRoom();
            FlowKey key = FlowKey.of(guest, forward.port(), gateway, client.getPort());
            for (int i = 0; i < 64 && all.containsKey(key); i++) {
                key = FlowKey.of(guest, forward.port(), gateway, 0x8000 | network.random() & 0x7FFF);
            }
            if (all.containsKey(key)) {
                return;
            }
            flow = new UdpFlow(network, key, mac, false, forward, client);
            add(flow);
            forward.remember(client, flow);
            network.count("udp-forwarded");
        }
        flow.deliver(datagram);
    }

    /** Closes what nobody uses; says when to look again. */
    long overdue(long now) {
        long next = Long.MAX_VALUE;
        if (!all.isEmpty()) {
            next = now + 5_000_000_000L;
            for (UdpFlow flow : all()) {
                if (flow.expired(now)) {
                    remove(flow);
                } else {
                    next = Math.min(next, flow.overdue(now));
                }
            }
        }
        return next;
    }

    void closeAll() {
        for (UdpFlow flow : all()) {
            remove(flow);
        }
    }

    /** Takes a flow up again; one whose socket is gone begins anew with the guest's next datagram. */
    void restore(StateReader in, DatagramChannel channel, Map<String, UdpForward> forwards) throws StateException {
        FlowKey key = FlowKey.restore(in);
        UdpForward forward = in.has("forward") ? forwards.get(in.getString("forward")) : null;
        boolean known = all.containsKey(key) || all.size() >= MOST;
        if (known || channel == null && forward == null) {
            return;
        }
        InetSocketAddress client = null;
        if (forward != null) {
            try {
                client = new InetSocketAddress(Ip.parse(in.getString("client")).toInet(),
                    in.getInt("client-port", 1, 0xFFFF));
            } catch (IllegalArgumentException e) {
                throw new StateException("a datagram flow's client " + in.getString("client") + " is no address");
            }
        }
        UdpFlow flow = new UdpFlow(network, key, in.getLong("mac"), in.getBoolean("names"), forward, client);
        if (forward != null) {
            forward.remember(client, flow);
        } else {
            try {
                flow.takeOver(channel);
            } catch (IOException e) {
                network.count("udp-refused");
                return;
            }
        }
        add(flow);
    }
}
