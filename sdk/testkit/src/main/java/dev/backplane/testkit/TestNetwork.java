package dev.backplane.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkPort;
import dev.backplane.api.net.Offloads;

/**
 * The cable of the card under test; the test is the other end. It survives {@link TestBench#replace}, with the frames
 * in it. Callbacks of the card run at once, under its lock. Threading: the card under its lock, and the test's thread.
 */
public final class TestNetwork implements NetworkPort {
    private final TestBench bench;
    private final ArrayDeque<Frame> fromCard = new ArrayDeque<>();
    private final ArrayDeque<Frame> toCard = new ArrayDeque<>();
    private int capacity = 1024;
    private boolean refused;
    private boolean foundNone = true;
    private boolean linkUp = true;
    private boolean quiet;
    private Offloads accepted = Offloads.NONE;
    private Runnable onRoom = () -> { };
    private Runnable onReceive = () -> { };
    private Runnable onLinkChange = () -> { };

    TestNetwork(TestBench bench) {
        this.bench = bench;
    }

    /** An instance of the card claims it. */
    void claimed() {
        onRoom = () -> { };
        onReceive = () -> { };
        onLinkChange = () -> { };
        foundNone = true;
    }

    void quiesce() {
        quiet = true;
    }

    /** Tells of what came while the card rested. */
    void resume() {
        quiet = false;
        if (!toCard.isEmpty()) {
            wake();
        }
        if (refused && fromCard.size() < capacity) {
            refused = false;
            onRoom.run();
        }
    }

    void reset() {
        fromCard.clear();
        toCard.clear();
        accepted = Offloads.NONE;
        foundNone = true;
        refused = false;
    }

    private void wake() {
        if (foundNone && !quiet) {
            foundNone = false;
            onReceive.run();
        }
    }

    // ---- the card's side

    @Override
    public boolean send(Frame frame) {
        if (fromCard.size() >= capacity) {
            refused = true;
            return false;
        }
        fromCard.add(frame);
        return true;
    }

    @Override
    public void onRoom(Runnable callback) {
        onRoom = callback;
    }

    @Override
    public Frame receive() {
        Frame frame = toCard.poll();
        foundNone = frame == null;
        return frame;
    }

    @Override
    public void onReceive(Runnable callback) {
        onReceive = callback;
    }

    @Override
    public void accept(Offloads offloads) {
        accepted = offloads;
    }

    @Override
    public boolean linkUp() {
        return linkUp;
    }

    @Override
    public void onLinkChange(Runnable callback) {
        onLinkChange = callback;
    }

    // ---- the test's side

    /** The next frame that the card sent, or null; makes room for another. */
    public Frame take() {
        Frame[] frame = new Frame[1];
        bench.locked(() -> {
            frame[0] = fromCard.poll();
            if (frame[0] != null && refused && !quiet) {
                refused = false;
                onRoom.run();
            }
        });
        return frame[0];
    }

    /** All frames that the card sent. */
    public List<Frame> takeAll() {
        List<Frame> all = new ArrayList<>();
        for (Frame frame = take(); frame != null; frame = take()) {
            all.add(frame);
        }
        return all;
    }

    /** How many frames the card has sent that were not taken. */
    public int sent() {
        return fromCard.size();
    }

    /** How many frames from the card may wait; 1024 if not said. */
    public void capacity(int frames) {
        capacity = frames;
    }

    /** Sends a frame to the card. */
    public void deliver(Frame frame) {
        bench.locked(() -> {
            toCard.add(frame);
            wake();
        });
    }

    /** Sends a complete frame to the card. */
    public void deliver(byte[] data) {
        deliver(new Frame(data));
    }

    /** How many frames the card has not received yet. */
    public int waiting() {
        return toCard.size();
    }

    /** Takes the link up or down. */
    public void link(boolean up) {
        bench.locked(() -> {
            if (up != linkUp) {
                linkUp = up;
                onLinkChange.run();
            }
        });
    }

    /** What the card said that its driver takes unfinished. */
    public Offloads accepted() {
        return accepted;
    }
}
