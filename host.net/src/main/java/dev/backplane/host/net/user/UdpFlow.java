package dev.backplane.host.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

import dev.backplane.api.state.StateWriter;
import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Wire;

/**
 * Datagrams between one port of a guest and one beyond. Its socket is connected, so that the host's kernel drops what
 * others send to it. One to the name server asks the next one when the first is silent, and the host itself in the end.
 * Belongs to the network's thread.
 */
final class UdpFlow implements Ready {
    private static final long SECOND = 1_000_000_000L;
    private static final long PATIENCE = 3 * SECOND / 2;
    private static final int QUERIES = 8;
    private static final int READS = 64;
    private static final int DNS_HEADER = 12;

    final UserNetwork network;
    final FlowKey key;
    final long mac;
    final boolean names;
    long id;
    /** The next one in the same place of the table. */
    UdpFlow chained;
    boolean frozen;
    /** Where a client of the host's is, for a forwarded port; else null. */
    final InetSocketAddress client;
    private final UdpForward forward;
    private DatagramChannel channel;
    private SelectionKey selection;
    private long usedAt;
    private boolean answered;
    private final ArrayDeque<Query> queries = new ArrayDeque<>();
    /** The name server that was asked last. */
    private InetSocketAddress server;

    private static final class Query {
        final byte[] bytes;
        long sentAt;
        int asked = 1;

        Query(byte[] bytes, long sentAt) {
            this.bytes = bytes;
            this.sentAt = sentAt;
        }
    }

    UdpFlow(UserNetwork network, FlowKey key, long mac, boolean names, UdpForward forward, InetSocketAddress client) {
        this.network = network;
        this.key = key;
        this.mac = mac;
        this.names = names;
        this.forward = forward;
        this.client = client;
        usedAt = network.now();
    }

    void connect(InetSocketAddress to) throws IOException {
        server = to;
        channel = DatagramChannel.open();
        try {
            channel.configureBlocking(false);
            channel.connect(to);
            selection = channel.register(network.selector(), SelectionKey.OP_READ, this);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    void takeOver(DatagramChannel former) throws IOException {
        channel = former;
        server = (InetSocketAddress) channel.getRemoteAddress();
        channel.configureBlocking(false);
        selection = channel.register(network.selector(), SelectionKey.OP_READ, this);
    }

    long usedAt() {
        return usedAt;
    }

    /** A datagram of the guest. */
    void send(byte[] data, int at, int length) {
        usedAt = network.now();
        if (names) {
            if (length < DNS_HEADER) {
                network.count("bad-frames");
                return;
            }
            byte[] query = Arrays.copyOfRange(data, at, at + length);
            queries.removeIf(old -> old.bytes[0] == query[0] && old.bytes[1] == query[1]);
            if (queries.size() >= QUERIES) {
                queries.removeFirst();
            }
            queries.add(new Query(query, usedAt));
            network.count("dns-queries");
        }
        try {
            if (forward != null) {
                forward.channel().send(ByteBuffer.wrap(data, at, length), client);
            } else {
                channel.write(ByteBuffer.wrap(data, at, length));
            }
        } catch (PortUnreachableException e) {
            refused();
        } catch (IOException e) {
            network.count("udp-send-errors");
        }
    }

    private void refused() {
        if (names) {
            queries.forEach(query -> query.sentAt = 0);
            network.soon(0);
        } else {
            network.routes().portUnreachable(key, mac);
        }
    }

    @Override
    public void ready(SelectionKey ready) {
        if (frozen) {
            ready.interestOps(0);
            return;
        }
        for (int i = 0; i < READS; i++) {
            if (network.isFull()) {
                ready.interestOps(0);
                network.stalled(ready);
                return;
            }
            ByteBuffer buffer = network.datagram();
            buffer.clear();
            try {
                if (channel.read(buffer) <= 0 && buffer.position() == 0) {
                    return;
                }
            } catch (PortUnreachableException e) {
                refused();
                return;
            } catch (IOException e) {
                network.count("udp-receive-errors");
                return;
            }
            buffer.flip();
            if (deliver(buffer) && names) {
                network.resolvers().answered(server);
            }
        }
    }

    /** Gives a datagram to the guest; false if that did not ask for it, or has no room. */
    boolean deliver(ByteBuffer datagram) {
        usedAt = network.now();
        answered = true;
        int length = datagram.remaining();
        if (names && (length < DNS_HEADER || !asked(datagram.getShort(datagram.position()) & 0xFFFF))) {
            network.count("dns-answers-unasked");
            return false;
        }
        byte[] data = Builder.udp(mac, Config.MAC, key.peerHi(), key.peerLo(), key.peerPort(), key.guestHi(),
            key.guestLo(), key.guestPort(), length);
        datagram.get(data, data.length - length, length);
        boolean given = network.fragments().send(data);
        if (!given) {
            network.count("udp-dropped");
        }
        return given;
    }

    /** Whether a query with this identification waits for its answer; from now on it does not. */
    private boolean asked(int id) {
        return queries.removeIf(query -> Wire.get16(query.bytes, 0) == id);
    }

    /** Asks the next name server about what got no answer. Returns when to be called again. */
    long overdue(long now) {
        if (!names || frozen || queries.isEmpty()) {
            return Long.MAX_VALUE;
        }
        boolean late = queries.stream().anyMatch(query -> now - query.sentAt >= PATIENCE);
        if (late) {
            ask(now);
        }
        return queries.isEmpty() ? Long.MAX_VALUE : now + PATIENCE / 2;
    }

    private void ask(long now) {
        int servers = network.resolvers().servers(now).size();
        InetSocketAddress next = network.resolvers().after(server, now);
        server = next;
        try {
            if (next != null && channel != null) {
                channel.disconnect();
                channel.connect(next);
            }
        } catch (IOException | RuntimeException e) {
            next = null;
        }
        for (Query query : List.copyOf(queries)) {
            if (query.asked++ < servers && next != null) {
                query.sentAt = now;
                try {
                    channel.write(ByteBuffer.wrap(query.bytes));
                } catch (IOException e) {
                    query.sentAt = now - PATIENCE;
                }
            } else {
                queries.remove(query);
                askHost(query.bytes);
            }
        }
    }

    private void askHost(byte[] query) {
        boolean begun = network.workers().run(() -> {
            byte[] answer = Resolvers.answer(query);
            if (answer != null) {
                network.execute(() -> {
                    queries.add(new Query(query, network.now()));
                    deliver(ByteBuffer.wrap(answer));
                });
            }
        });
        network.count(begun ? "dns-host-lookups" : "dns-dropped");
    }

    boolean expired(long now) {
        long limit = names ? 15 * SECOND : answered ? 180 * SECOND : 60 * SECOND;
        return !frozen && now - usedAt > limit;
    }

    void freeze(boolean stop) {
        frozen = stop;
        if (selection != null && selection.isValid()) {
            selection.interestOps(stop ? 0 : SelectionKey.OP_READ);
        }
    }

    DatagramChannel release() {
        DatagramChannel mine = channel;
        channel = null;
        if (selection != null) {
            selection.cancel();
            selection = null;
        }
        return mine;
    }

    void close() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                network.count("close-errors");
            }
        }
    }

    void save(StateWriter out) {
        key.save(out);
        out.putLong("id", id).putLong("mac", mac).putBoolean("names", names);
        if (client != null) {
            out.putString("client", client.getAddress().getHostAddress()).putInt("client-port", client.getPort())
                .putString("forward", forward.toString());
        }
    }
}
