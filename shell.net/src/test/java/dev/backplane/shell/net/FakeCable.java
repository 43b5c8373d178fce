package dev.backplane.shell.net;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.net.Shape;

/** A cable that the test sends frames over. */
final class FakeCable implements NetworkConnection {
    private final String card;
    private final String peer;
    private final List<String> details;
    final SequencedMap<String, Long> counters = new LinkedHashMap<>();
    final List<FrameWatcher> watchers = new ArrayList<>();
    private final Map<Boolean, Shape> shapes = new HashMap<>();
    private boolean plugged = true;

    FakeCable(String card, String peer, String... details) {
        this.card = card;
        this.peer = peer;
        this.details = List.of(details);
    }

    void send(boolean fromGuest, byte[] data, long epochNanos) {
        List.copyOf(watchers).forEach(w -> w.frame(fromGuest, new Frame(data), epochNanos));
    }

    @Override
    public String card() {
        return card;
    }

    @Override
    public String backend() {
        return "fake";
    }

    @Override
    public String peer() {
        return peer;
    }

    @Override
    public List<String> details() {
        return details;
    }

    @Override
    public boolean linkUp() {
        return plugged;
    }

    @Override
    public SequencedMap<String, Long> counters() {
        return counters;
    }

    @Override
    public Shape shape(boolean fromGuest) {
        return shapes.getOrDefault(fromGuest, Shape.NONE);
    }

    @Override
    public void shape(boolean fromGuest, Shape shape) {
        shapes.put(fromGuest, shape);
    }

    @Override
    public boolean plugged() {
        return plugged;
    }

    @Override
    public void plugged(boolean in) {
        plugged = in;
    }

    @Override
    public AutoCloseable watch(FrameWatcher watcher) {
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }
}
