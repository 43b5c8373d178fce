package dev.backplane.machine.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.concurrent.atomic.LongAdder;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkCable;
import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.net.NetworkPort;
import dev.backplane.api.net.Offloads;
import dev.backplane.api.net.Shape;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The cable of one network card. It is the card's: instances of the device and endpoints of the backend come and go at
 * its ends, and the frames in it stay. Threading: as the methods say; those of {@link NetworkConnection} on any thread.
 */
public final class Cable implements NetworkConnection {
    private static final Logger LOG = LoggerFactory.getLogger(Cable.class);

    private final CardLink card;
    private final String backend;
    private final Lane fromGuest;
    private final Lane toGuest;
    private final Finisher toHostEnd;
    private final Finisher toCardEnd;
    private final LongAdder unplugged = new LongAdder();
    private volatile List<FrameWatcher> watchers = List.of();
    private volatile boolean plugged = true;
    private volatile boolean hostUp;
    /** What the device was last told of the link; under the card's lock. */
    private boolean toldUp;
    private volatile CardEnd cardEnd;
    private volatile HostEnd hostEnd;
    private final Runnable roomTask = this::tellCardOfRoom;
    private final Runnable framesTask = this::tellCardOfFrames;

    /** Makes timers of the machine's clock. */
    @FunctionalInterface
    public interface Timers extends Lane.Timers {
    }

    /** @param backend the name of the backend */
    public Cable(CardLink card, String backend, Timers timers) {
        this.card = Objects.requireNonNull(card);
        this.backend = Objects.requireNonNull(backend);
        fromGuest = new Lane(card.card() + "/from-guest", card.clock()::nanoTime, timers);
        toGuest = new Lane(card.card() + "/to-guest", card.clock()::nanoTime, timers);
        toHostEnd = new Finisher(fromGuest);
        toCardEnd = new Finisher(toGuest);
        fromGuest.onRoom(() -> post(roomTask));
        toGuest.onFrame(() -> post(framesTask));
    }

    private void post(Runnable task) {
        if (!card.resting()) {
            card.post(task);
        }
    }

    private void tellCardOfRoom() {
        CardEnd end = cardEnd;
        if (end != null && !card.resting()) {
            end.onRoom.run();
        }
    }

    private void tellCardOfFrames() {
        CardEnd end = cardEnd;
        if (end != null && !card.resting()) {
            end.onReceive.run();
        }
    }

    private void tellCardOfLink() {
        CardEnd end = cardEnd;
        boolean up = linkUp();
        if (end != null && !card.resting() && up != toldUp) {
            toldUp = up;
            end.onLinkChange.run();
        }
    }

    // ---- the card's end

    /** An instance of the device takes its end; the one before has lost it. */
    public NetworkPort claim() {
        CardEnd end = new CardEnd();
        cardEnd = end;
        toldUp = linkUp();
        return end;
    }

    /** The instance is gone: nothing of it is called any more. */
    public void release() {
        cardEnd = null;
    }

    private final class CardEnd implements NetworkPort {
        private Runnable onRoom = () -> { };
        private Runnable onReceive = () -> { };
        private Runnable onLinkChange = () -> { };

        @Override
        public boolean send(Frame frame) {
            if (!plugged) {
                unplugged.increment();
                return true;
            }
            if (!fromGuest.offer(frame)) {
                return false;
            }
            watch(true, frame);
            return true;
        }

        @Override
        public void onRoom(Runnable callback) {
            onRoom = Objects.requireNonNull(callback);
        }

        @Override
        public Frame receive() {
            return toCardEnd.next();
        }

        @Override
        public void onReceive(Runnable callback) {
            onReceive = Objects.requireNonNull(callback);
        }

        @Override
        public void accept(Offloads offloads) {
            toCardEnd.accept(Objects.requireNonNull(offloads));
        }

        @Override
        public boolean linkUp() {
            return Cable.this.linkUp();
        }

        @Override
        public void onLinkChange(Runnable callback) {
            onLinkChange = Objects.requireNonNull(callback);
        }
    }

    // ---- the backend's end

    /** An endpoint takes its end; under the card's lock. */
    public void plug(NetworkEndpoint endpoint) {
        HostEnd end = new HostEnd(endpoint);
        hostEnd = end;
        endpoint.plug(end);
        toHostEnd.accept(Objects.requireNonNull(endpoint.accepts(), "accepts() is null"));
        hostUp = endpoint.linkUp();
    }

    /** The endpoint is gone: nothing of it is called any more, and it reaches nothing any more. */
    public void unplug() {
        HostEnd end = hostEnd;
        hostEnd = null;
        if (end != null) {
            end.gone = true;
        }
        fromGuest.onFrame(() -> { });
        toGuest.onRoom(() -> { });
    }

    private final class HostEnd implements NetworkCable {
        private final NetworkEndpoint endpoint;
        private volatile boolean gone;

        HostEnd(NetworkEndpoint endpoint) {
            this.endpoint = endpoint;
        }

        private Runnable contained(String what, Runnable callback) {
            Objects.requireNonNull(callback);
            return () -> {
                try {
                    if (!gone) {
                        callback.run();
                    }
                } catch (RuntimeException | LinkageError e) {
                    card.fail(what + " of the network backend " + backend, e);
                }
            };
        }

        @Override
        public Frame take() {
            return gone ? null : toHostEnd.next();
        }

        @Override
        public void onFrame(Runnable callback) {
            if (!gone) {
                fromGuest.onFrame(contained("onFrame", callback));
            }
        }

        @Override
        public boolean deliver(Frame frame) {
            if (gone || !plugged) {
                unplugged.increment();
                return true;
            }
            if (!toGuest.offer(frame)) {
                return false;
            }
            watch(false, frame);
            return true;
        }

        @Override
        public void onRoom(Runnable callback) {
            if (!gone) {
                toGuest.onRoom(contained("onRoom", callback));
            }
        }

        @Override
        public void linkChanged() {
            card.post(() -> {
                if (!gone) {
                    hostUp = endpoint.linkUp();
                    tellCardOfLink();
                }
            });
        }
    }

    // ---- the core

    /** Both ends work again: each is told of what waits for it. Under the lock of a card that does not rest. */
    public void tellAnew() {
        toGuest.tellAnew();
        fromGuest.tellAnew();
        tellCardOfLink();
    }

    /** The machine was reset: what is in it is dropped. Under the card's lock. */
    public void reset() {
        fromGuest.clear();
        toHostEnd.clear();
        toGuest.clear();
        toCardEnd.clear();
        toCardEnd.accept(Offloads.NONE);
    }

    /** Writes what is in it; both ends rest. */
    public void save(StateWriter out) {
        Offloads taken = toCardEnd.accepted();
        out.putBoolean("plugged", plugged).putBoolean("checksum", taken.checksum()).putBoolean("tcp4", taken.tcp4())
            .putBoolean("tcp6", taken.tcp6());
        CableState.save(out.section("from-guest"), fromGuest, toHostEnd, card.clock().nanoTime());
        CableState.save(out.section("to-guest"), toGuest, toCardEnd, card.clock().nanoTime());
    }

    /** Takes over what {@link #save} wrote; it is new. */
    public void restore(StateReader in) throws StateException {
        plugged = in.getBoolean("plugged");
        toCardEnd.accept(new Offloads(in.getBoolean("checksum"), in.getBoolean("tcp4"), in.getBoolean("tcp6")));
        CableState.restore(in.section("from-guest"), fromGuest, toHostEnd, card.clock().nanoTime());
        CableState.restore(in.section("to-guest"), toGuest, toCardEnd, card.clock().nanoTime());
        toldUp = linkUp();
    }

    /** Ends it. */
    public void close() {
        release();
        unplug();
        fromGuest.close();
        toGuest.close();
        synchronized (this) {
            watchers = List.of();
        }
    }

    // ---- for people

    @Override
    public String card() {
        return card.card();
    }

    @Override
    public String backend() {
        return backend;
    }

    @Override
    public String peer() {
        HostEnd end = hostEnd;
        if (end == null) {
            return backend;
        }
        try {
            String said = end.endpoint.peer();
            return said == null || said.isEmpty() ? backend : said;
        } catch (RuntimeException | LinkageError e) {
            return backend;
        }
    }

    @Override
    public List<String> details() {
        HostEnd end = hostEnd;
        if (end == null) {
            return List.of("the backend is being replaced");
        }
        try {
            return List.copyOf(end.endpoint.details());
        } catch (RuntimeException | LinkageError e) {
            return List.of("the backend does not say more: " + e);
        }
    }

    @Override
    public SequencedMap<String, Long> counters() {
        SequencedMap<String, Long> all = new LinkedHashMap<>();
        fromGuest.counters("from-guest", all);
        all.put("from-guest-malformed", toHostEnd.malformed());
        toGuest.counters("to-guest", all);
        all.put("to-guest-malformed", toCardEnd.malformed());
        all.put("unplugged-dropped", unplugged.sum());
        return Collections.unmodifiableSequencedMap(all);
    }

    /** Adds what is counted to a card's counters. */
    public void counters(String prefix, Map<String, Long> out) {
        counters().forEach((name, value) -> out.put(prefix + "." + name, value));
    }

    @Override
    public Shape shape(boolean guestSends) {
        return (guestSends ? fromGuest : toGuest).shape();
    }

    @Override
    public synchronized void shape(boolean guestSends, Shape shape) {
        (guestSends ? fromGuest : toGuest).shape(shape);
    }

    @Override
    public boolean linkUp() {
        return plugged && hostUp;
    }

    @Override
    public boolean plugged() {
        return plugged;
    }

    @Override
    public void plugged(boolean in) {
        plugged = in;
        card.post(this::tellCardOfLink);
    }

    @Override
    public synchronized AutoCloseable watch(FrameWatcher watcher) {
        List<FrameWatcher> more = new ArrayList<>(watchers);
        more.add(Objects.requireNonNull(watcher));
        watchers = List.copyOf(more);
        return () -> unwatch(watcher);
    }

    private synchronized void unwatch(FrameWatcher watcher) {
        watchers = watchers.stream().filter(w -> w != watcher).toList();
    }

    private void watch(boolean fromGuest, Frame frame) {
        List<FrameWatcher> all = watchers;
        if (all.isEmpty()) {
            return;
        }
        var now = card.clock().wallClock();
        long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        for (FrameWatcher w : all) {
            try {
                w.frame(fromGuest, frame, nanos);
            } catch (RuntimeException | LinkageError e) {
                LOG.warn("{}: a watcher of its cable failed and is taken off: {}", card.card(), e.toString());
                unwatch(w);
            }
        }
    }
}
