package dev.backplane.testkit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkCable;

/**
 * The backend's end of a cable whose other end is the test. It survives {@link HostBench#replace}, with the frames in
 * it. Threading: any thread; callbacks run with no lock held.
 */
public final class TestCable implements NetworkCable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final BooleanSupplier link;
    private final ArrayDeque<Frame> fromGuest = new ArrayDeque<>();
    private final ArrayDeque<Frame> toGuest = new ArrayDeque<>();
    private int capacity = 1024;
    private boolean foundNone = true;
    private boolean refused;
    private int linkChanges;
    private boolean linkUp;
    private Runnable onFrame = () -> { };
    private Runnable onRoom = () -> { };

    TestCable(BooleanSupplier link) {
        this.link = link;
    }

    synchronized void plugged() {
        onFrame = () -> { };
        onRoom = () -> { };
        foundNone = true;
        refused = true;
    }

    // ---- the backend's side

    @Override
    public synchronized Frame take() {
        Frame frame = fromGuest.poll();
        foundNone = frame == null;
        return frame;
    }

    @Override
    public synchronized void onFrame(Runnable callback) {
        onFrame = callback;
    }

    @Override
    public synchronized boolean deliver(Frame frame) {
        refused = toGuest.size() >= capacity;
        if (!refused) {
            toGuest.add(frame);
            notifyAll();
        }
        return !refused;
    }

    @Override
    public synchronized void onRoom(Runnable callback) {
        onRoom = callback;
    }

    @Override
    public void linkChanged() {
        boolean up = link.getAsBoolean();
        synchronized (this) {
            linkUp = up;
            linkChanges++;
            notifyAll();
        }
    }

    // ---- the guest's side

    /** The guest sends a frame. */
    public void send(Frame frame) {
        Runnable tell;
        synchronized (this) {
            fromGuest.add(frame);
            tell = foundNone ? onFrame : () -> { };
            foundNone = false;
        }
        tell.run();
    }

    /** The guest sends a complete frame. */
    public void send(byte[] data) {
        send(new Frame(data));
    }

    /** How many frames the backend has not taken. */
    public synchronized int untaken() {
        return fromGuest.size();
    }

    /** The next frame for the guest, or null; makes room for another. */
    public Frame receive() {
        Frame frame;
        Runnable tell = () -> { };
        synchronized (this) {
            frame = toGuest.poll();
            if (refused && toGuest.size() < capacity) {
                refused = false;
                tell = onRoom;
            }
        }
        tell.run();
        return frame;
    }

    /** All frames that came for the guest so far. */
    public List<Frame> receiveAll() {
        List<Frame> all = new ArrayList<>();
        for (Frame frame = receive(); frame != null; frame = receive()) {
            all.add(frame);
        }
        return all;
    }

    /** The next frame for the guest that is wanted; others before it are dropped. Fails after 20 seconds. */
    public Frame await(String what, Predicate<Frame> wanted) {
        Frame[] found = new Frame[1];
        await(what, LIMIT, () -> {
            for (Frame frame = receive(); frame != null; frame = receive()) {
                if (wanted.test(frame)) {
                    found[0] = frame;
                    return true;
                }
            }
            return false;
        });
        return found[0];
    }

    /** How many frames for the guest may wait; 1024 if not said. */
    public synchronized void capacity(int frames) {
        capacity = frames;
    }

    /** How often the backend said that its link changed. */
    public synchronized int linkChanges() {
        return linkChanges;
    }

    /** What the backend's link was when it last said that it changed. */
    public synchronized boolean linkUp() {
        return linkUp;
    }

    static void await(String what, Duration limit, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(what + ": did not happen within " + limit.toSeconds() + " s");
            }
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(what + ": interrupted", e);
            }
        }
    }
}
