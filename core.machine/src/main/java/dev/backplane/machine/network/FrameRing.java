package dev.backplane.machine.network;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BiConsumer;

import dev.backplane.api.net.Frame;

/**
 * A bounded queue of frames, each with the time from which on it may leave. No locks, no allocation: each place has a
 * sequence number that says whose turn it is (a place p is free for the writer when its number is p, holds a frame when
 * it is p + 1). Threading: any number of writers and readers.
 */
final class FrameRing {
    private static final VarHandle HEAD;
    private static final VarHandle TAIL;

    static {
        try {
            HEAD = MethodHandles.lookup().findVarHandle(FrameRing.class, "head", long.class);
            TAIL = MethodHandles.lookup().findVarHandle(FrameRing.class, "tail", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What {@link #nextDue()} gives if nothing waits. */
    static final long NEVER = Long.MAX_VALUE;

    private final int mask;
    private final Frame[] frames;
    private final long[] due;
    private final AtomicLongArray turns;
    private volatile long head;
    private volatile long tail;
    /** Frames before this place may leave whatever their time is. */
    private volatile long released;

    /** @param capacity a power of two */
    FrameRing(int capacity) {
        mask = capacity - 1;
        frames = new Frame[capacity];
        due = new long[capacity];
        turns = new AtomicLongArray(capacity);
        for (int i = 0; i < capacity; i++) {
            turns.setPlain(i, i);
        }
    }

    int capacity() {
        return mask + 1;
    }

    /** How many frames were ever put in. */
    long count() {
        return tail;
    }

    int size() {
        return (int) Math.clamp(tail - head, 0, mask + 1);
    }

    /**
     * Puts a frame in.
     *
     * @param when machine time from which on it may leave; 0 for at once
     * @return false if it is full
     */
    boolean offer(Frame frame, long when) {
        while (true) {
            long at = tail;
            int i = (int) at & mask;
            long turn = turns.get(i);
            if (turn == at) {
                if (TAIL.compareAndSet(this, at, at + 1)) {
                    frames[i] = frame;
                    due[i] = when;
                    turns.set(i, at + 1);
                    return true;
                }
            } else if (turn < at) {
                return false;
            }
        }
    }

    /** Takes the oldest frame if it may leave at the given time; else null. */
    Frame poll(long now) {
        while (true) {
            long at = head;
            int i = (int) at & mask;
            long turn = turns.get(i);
            if (turn == at + 1) {
                Frame frame = frames[i];
                if (due[i] > now && at >= released) {
                    return null;
                }
                if (HEAD.compareAndSet(this, at, at + 1)) {
                    frames[i] = null;
                    turns.set(i, at + mask + 1);
                    return frame;
                }
            } else if (turn < at + 1) {
                return null;
            }
        }
    }

    /** When the oldest frame may leave: 0 at once, {@link #NEVER} if there is none. */
    long nextDue() {
        while (true) {
            long at = head;
            int i = (int) at & mask;
            long turn = turns.get(i);
            if (turn < at + 1) {
                return NEVER;
            }
            long when = due[i];
            if (turn == at + 1 && head == at) {
                return at < released ? 0 : when;
            }
        }
    }

    /** Lets all frames that are in it now leave at once. */
    void release() {
        released = tail;
    }

    /** Shows all frames and their times, oldest first; nobody else uses it meanwhile. */
    void forEach(BiConsumer<Frame, Long> visitor) {
        long last = tail;
        for (long at = head; at < last; at++) {
            int i = (int) at & mask;
            visitor.accept(frames[i], at < released ? 0 : due[i]);
        }
    }
}
