package dev.backplane.host.net.user;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.device.Counter;
import dev.backplane.api.host.Handover;
import dev.backplane.api.net.Frame;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A network in user space, for one guest or for those of a switch. All its state belongs to its one thread, which waits
 * in a selector for the host's sockets and the guests' frames; what is public may be called from any thread. Guests are
 * told apart by their Ethernet addresses, so that the connections of some can be saved and moved.
 */
final class UserNetwork implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UserNetwork.class);
    private static final long SECOND = 1_000_000_000L;
    private static final int FRAMES = 128;
    private static final long BUDGET = 64L << 20;
    private static final long ADVERTISE = 200 * SECOND;

    private final String name;
    private final Config config;
    private final Uplink uplink;
    private final LongSupplier clock;
    private final RandomGenerator random;
    private final Function<String, Counter> counters;
    private final Map<String, Counter> counts = new HashMap<>();
    private final Selector selector;
    private final Thread thread;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<TcpConnection> outputs = new ArrayDeque<>();
    private final List<SelectionKey> stalled = new ArrayList<>();
    private final Inbound inbound = new Inbound(this);
    private final ByteBuffer datagram = ByteBuffer.allocateDirect(65_536);
    private final Budget budget = new Budget(BUDGET);
    private final Neighbours neighbours;
    private final TcpTable tcp;
    private final UdpTable udp;
    private final Icmp4 icmp4 = new Icmp4(this);
    private final Icmp6 icmp6 = new Icmp6(this);
    private final Dhcp4 dhcp4 = new Dhcp4(this);
    private final Dhcp6 dhcp6 = new Dhcp6(this);
    private final Routes routes = new Routes(this);
    private final Fragments fragments;
    private final Forwards forwards = new Forwards(this);
    private final GuestState guests = new GuestState(this);
    private final Resolvers resolvers;
    private final Workers workers;
    private final Pinger pinger;
    private volatile boolean full;
    private volatile boolean closed;
    private boolean paused;
    private long nextLook = Long.MAX_VALUE;
    private long advertiseAt;
    private long trimAt;

    /**
     * Opens the network; its thread runs from now on, {@link #pause paused}.
     *
     * @param name     for people
     * @param clock    nanoseconds
     * @param counters makes or finds a counter
     */
    UserNetwork(String name, Config config, Uplink uplink, LongSupplier clock, RandomGenerator random,
            Function<String, Counter> counters) throws IOException {
        this.name = name;
        this.config = config;
        this.uplink = uplink;
        long begin = clock.getAsLong();
        this.clock = () -> clock.getAsLong() - begin;
        this.random = random;
        this.counters = counters;
        selector = Selector.open();
        neighbours = new Neighbours(this);
        tcp = new TcpTable(this);
        udp = new UdpTable(this);
        fragments = new Fragments(this);
        resolvers = new Resolvers(config.resolvers());
        workers = new Workers("net " + name + " lookup");
        pinger = new Pinger(this, workers);
        paused = true;
        uplink.callbacks(selector::wakeup, () -> {
            full = false;
            selector.wakeup();
        });
        thread = Thread.ofPlatform().daemon().name("net " + name).start(this::run);
    }

    private void run() {
        try {
            while (!closed) {
                try {
                    boolean more = turn();
                    long wait = more ? 0 : Math.min(nextLook, advertiseAt) - now();
                    if (more || wait <= 0 && !paused) {
                        selector.selectNow(UserNetwork::ready);
                    } else {
                        selector.select(UserNetwork::ready, paused ? 0 : Math.clamp(wait / 1_000_000 + 1, 1, 60_000));
                    }
                } catch (IOException | RuntimeException e) {
                    // a defect of ours on one packet or socket: the others go on
                    count("defects");
                    LOG.error("{}: what came was dropped", name, e);
                }
            }
        } finally {
            shutDown();
        }
    }

    private static void ready(SelectionKey key) {
        if (key.isValid()) {
            ((Ready) key.attachment()).ready(key);
        }
    }

    private boolean turn() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
        if (paused) {
            return false;
        }
        boolean more = false;
        for (int i = 0; i < FRAMES; i++) {
            Frame frame = uplink.take();
            if (frame == null) {
                break;
            }
            inbound.input(frame);
            more = i == FRAMES - 1;
        }
        if (!full && !stalled.isEmpty()) {
            stalled.stream().filter(SelectionKey::isValid).forEach(key -> key.interestOps(SelectionKey.OP_READ));
            stalled.clear();
        }
        more |= outputs();
        long now = now();
        if (now >= nextLook) {
            nextLook = Long.MAX_VALUE;
            forwards.overdue();
            nextLook = Math.min(nextLook, Math.min(tcp.overdue(now), udp.overdue(now)));
            more |= !outputs.isEmpty() && !full;
            nextLook = Math.max(nextLook, now + 2_000_000);
        }
        if (now >= advertiseAt) {
            advertiseAt = now + ADVERTISE;
            icmp6.advertise();
        }
        if (now >= trimAt) {
            trimAt = now + 5 * SECOND;
            tcp.trim();
        }
        return more;
    }

    /** Lets connections send, each a little in turn. Returns whether there is more that could be done now. */
    private boolean outputs() {
        for (int i = outputs.size(); i > 0 && !full; i--) {
            TcpConnection connection = outputs.poll();
            connection.queued = false;
            if (!connection.output() && !connection.queued) {
                connection.queued = true;
                outputs.addFirst(connection);
                break;
            }
            nextLook = Math.min(nextLook, connection.deadline());
        }
        return !full && !outputs.isEmpty();
    }

    /** Gives a frame to the guests; false if their queue is full. */
    boolean emit(Frame frame) {
        if (uplink.deliver(frame)) {
            return true;
        }
        full = true;
        // room may have come between the two
        if (uplink.deliver(frame)) {
            full = false;
            return true;
        }
        count("full");
        return false;
    }

    boolean isFull() {
        return full || paused;
    }

    /** A socket that is read again when there is room. */
    void stalled(SelectionKey key) {
        stalled.add(key);
    }

    void wants(TcpConnection connection) {
        if (!connection.queued) {
            connection.queued = true;
            outputs.add(connection);
        }
    }

    /** Looks at timers in at most {@code nanos}. */
    void soon(long nanos) {
        nextLook = Math.min(nextLook, now() + nanos);
    }

    /** Runs work on the network's thread. */
    void execute(Runnable work) {
        tasks.add(work);
        selector.wakeup();
    }

    void count(String counter) {
        counts.computeIfAbsent(counter, counters).increment();
    }

    long now() {
        return clock.getAsLong();
    }

    int random() {
        return random.nextInt();
    }

    Selector selector() {
        return selector;
    }

    Config config() {
        return config;
    }

    Budget budget() {
        return budget;
    }

    Neighbours neighbours() {
        return neighbours;
    }

    TcpTable tcp() {
        return tcp;
    }

    UdpTable udp() {
        return udp;
    }

    Routes routes() {
        return routes;
    }

    Icmp4 icmp4() {
        return icmp4;
    }

    Icmp6 icmp6() {
        return icmp6;
    }

    Dhcp4 dhcp4() {
        return dhcp4;
    }

    Dhcp6 dhcp6() {
        return dhcp6;
    }

    Fragments fragments() {
        return fragments;
    }

    Forwards forwards() {
        return forwards;
    }

    Resolvers resolvers() {
        return resolvers;
    }

    Workers workers() {
        return workers;
    }

    Pinger pinger() {
        return pinger;
    }

    ByteBuffer datagram() {
        return datagram;
    }

    /** Runs work on the network's thread and waits for it. */
    private <T> T call(Callable<T> work) throws Exception {
        CompletableFuture<T> done = new CompletableFuture<>();
        execute(() -> {
            try {
                done.complete(work.call());
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        while (true) {
            try {
                return done.get(1, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            } catch (TimeoutException e) {
                if (!thread.isAlive() && !done.isDone()) {
                    throw new IllegalStateException("its thread has ended", e);
                }
            }
        }
    }

    /** Work that throws nothing that is checked. */
    private void await(Runnable work) {
        try {
            call(() -> {
                work.run();
                return null;
            });
        } catch (Exception e) {
            throw new IllegalStateException(name + ": " + e.getMessage(), e);
        }
    }

    /** Opens the ports that are forwarded; those that are open stay. */
    void openForwards(List<Forward> ports, Handover from) {
        await(() -> forwards.open(ports, from));
    }

    /** Closes ports that {@link #openForwards} opened and nobody took. */
    void closeForwards(List<Forward> ports) {
        await(() -> forwards.close(ports));
    }

    /** Takes no frames and touches no socket from when the future is done until {@link #resume}. */
    CompletableFuture<Void> pause() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        execute(() -> {
            paused = true;
            guests.freeze(mac -> true, true);
            done.complete(null);
        });
        return done;
    }

    void resume() {
        execute(() -> {
            paused = false;
            guests.freeze(mac -> true, false);
            nextLook = 0;
        });
    }

    /** Stops, or starts, the connections of some guests; the others go on. */
    CompletableFuture<Void> freeze(LongPredicate macs, boolean stop) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        execute(() -> {
            guests.freeze(macs, stop);
            nextLook = 0;
            done.complete(null);
        });
        return done;
    }

    /** Ends all connections: the guest begins anew. */
    void reset() {
        await(() -> {
            tcp.closeAll();
            udp.closeAll();
            advertiseAt = 0;
        });
    }

    /** Writes what belongs to some guests. */
    void save(StateWriter out, LongPredicate macs) {
        await(() -> guests.save(out, macs));
    }

    /** Gives away the sockets of some guests and some forwarded ports, and forgets them. */
    void handOver(Handover to, LongPredicate macs, List<Forward> ports) {
        await(() -> {
            guests.handOver(to, macs);
            forwards.handOver(ports, to);
            try {
                selector.selectNow(UserNetwork::ready);
            } catch (IOException e) {
                LOG.error("{}: sockets are still held", name, e);
            }
        });
    }

    /** Takes connections up again; those whose sockets are gone are reset when the network goes on. */
    void restore(StateReader in, Handover from) throws StateException {
        try {
            call(() -> {
                guests.restore(in, from);
                return null;
            });
        } catch (StateException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new StateException(name + ": " + e.getMessage(), e);
        }
    }

    /** Lines for people: the ports that are forwarded, and how much is open. Any thread. */
    List<String> details() {
        List<String> lines = new ArrayList<>();
        lines.add("network " + config.network4()
            + (config.network6() == null ? "" : ", " + config.network6()) + ", host " + config.gateway4());
        lines.addAll(forwards.lines());
        return lines;
    }

    private void shutDown() {
        workers.close();
        tcp.closeAll();
        udp.closeAll();
        forwards.closeAll();
        try {
            selector.selectNow(UserNetwork::ready);
            selector.close();
        } catch (IOException e) {
            LOG.error("{}: the selector stays open", name, e);
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join(5000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
