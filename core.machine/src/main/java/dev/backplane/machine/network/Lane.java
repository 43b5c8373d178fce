package dev.backplane.machine.network;

import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Shape;
import dev.backplane.api.time.DeviceTimer;

/**
 * One direction of a cable: a bounded queue that wakes its reader when a frame comes after none was found, and its
 * writer when there is room after it was refused. No signal is lost: each side says that it wants one, then looks
 * again. Threading: any thread; wakers run on the thread of the other side and must not block.
 */
final class Lane {
    static final int MAX_FRAMES = 1024;
    static final long MAX_BYTES = 4L << 20;
    /** A slow cable holds as much as it carries in this time, so that a sender notices. */
    private static final long QUEUE_MILLIS = 200;
    private static final long MIN_BYTES = 2L * Frame.MAX_LENGTH;

    private final FrameRing ring = new FrameRing(MAX_FRAMES);
    private final LongSupplier clock;
    private final DeviceTimer timer;
    private final AtomicLong bytesIn = new AtomicLong();
    private final AtomicLong bytesOut = new AtomicLong();
    private final LongAdder lost = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final AtomicBoolean readerWaits = new AtomicBoolean(true);
    private final AtomicBoolean writerWaits = new AtomicBoolean();
    private volatile Runnable wakeReader = () -> { };
    private volatile Runnable wakeWriter = () -> { };
    private volatile Shape shape = Shape.NONE;
    private volatile long maxBytes = MAX_BYTES;
    /** When the last frame will have left the sender; guarded by this. */
    private long busyUntil;

    /** Makes a timer of the machine. */
    @FunctionalInterface
    interface Timers {
        DeviceTimer timer(String name, Runnable callback);
    }

    /** @param clock machine time in nanoseconds */
    Lane(String name, LongSupplier clock, Timers timers) {
        this.clock = clock;
        timer = timers.timer(name, this::due);
    }

    void onFrame(Runnable waker) {
        wakeReader = waker;
    }

    void onRoom(Runnable waker) {
        wakeWriter = waker;
    }

    Shape shape() {
        return shape;
    }

    /** What waits now leaves at once; the new shape is for what comes. */
    void shape(Shape next) {
        synchronized (this) {
            shape = next.equals(Shape.NONE) ? Shape.NONE : next;
            busyUntil = 0;
            maxBytes = next.bitsPerSecond() == 0 ? MAX_BYTES
                : Math.clamp(next.bitsPerSecond() / 8 * QUEUE_MILLIS / 1000, MIN_BYTES, MAX_BYTES);
            ring.release();
        }
        due();
        tellWriter();
    }

    /** Puts a frame in; false if it is full. */
    boolean offer(Frame frame) {
        if (!tryOffer(frame)) {
            writerWaits.set(true);
            // Room may have come between the refusal and the wish.
            if (!tryOffer(frame)) {
                refused.increment();
                return false;
            }
        }
        tellReader();
        return true;
    }

    private boolean tryOffer(Frame frame) {
        int length = frame.data().length;
        long held = bytesIn.get() - bytesOut.get();
        if (held > 0 && held + length > maxBytes) {
            return false;
        }
        if (shape == Shape.NONE ? !ring.offer(frame, 0) : !offerShaped(frame)) {
            return false;
        }
        bytesIn.addAndGet(length);
        return true;
    }

    private synchronized boolean offerShaped(Frame frame) {
        Shape s = shape;
        if (s.loss() > 0 && ring.size() < MAX_FRAMES && ThreadLocalRandom.current().nextDouble() < s.loss()) {
            lost.increment();
            bytesOut.addAndGet(frame.data().length);
            return true;
        }
        long now = clock.getAsLong();
        long leaves = Math.max(now, busyUntil);
        if (s.bitsPerSecond() > 0) {
            leaves += (long) (frame.data().length * 8e9 / s.bitsPerSecond());
        }
        if (!ring.offer(frame, Math.max(1, leaves + s.delay().toNanos()))) {
            return false;
        }
        busyUntil = leaves;
        return true;
    }

    /** Puts a frame in as it was saved. */
    boolean restore(Frame frame, long when) {
        if (!ring.offer(frame, when)) {
            return false;
        }
        bytesIn.addAndGet(frame.data().length);
        return true;
    }

    /** Takes the oldest frame that may leave, or null; then the reader is told when there is one. */
    Frame poll() {
        Frame frame = tryPoll();
        if (frame == null) {
            readerWaits.set(true);
            frame = tryPoll();
            if (frame == null) {
                awaitDue();
                return null;
            }
            readerWaits.set(false);
        }
        bytesOut.addAndGet(frame.data().length);
        if (writerWaits.get()) {
            tellWriterOfRoom();
        }
        return frame;
    }

    private Frame tryPoll() {
        long next = ring.nextDue();
        if (next == FrameRing.NEVER) {
            return null;
        }
        return ring.poll(next == 0 ? 0 : clock.getAsLong());
    }

    private void awaitDue() {
        long next = ring.nextDue();
        if (next != FrameRing.NEVER) {
            timer.armAt(next);
        }
    }

    /** Half empty is room enough: a writer that is woken for each frame does nothing else. */
    private void tellWriterOfRoom() {
        if (ring.size() <= MAX_FRAMES / 2 && bytesIn.get() - bytesOut.get() <= maxBytes / 2) {
            tellWriter();
        }
    }

    private void tellWriter() {
        if (writerWaits.getAndSet(false)) {
            wakeWriter.run();
        }
    }

    private void tellReader() {
        if (readerWaits.get() && readable() && readerWaits.getAndSet(false)) {
            wakeReader.run();
        }
    }

    /** Whether a frame may leave; if one may later, the timer tells. */
    private boolean readable() {
        long next = ring.nextDue();
        if (next == FrameRing.NEVER) {
            return false;
        }
        if (next != 0 && next > clock.getAsLong()) {
            timer.armAt(next);
            return false;
        }
        return true;
    }

    /** The timer: the oldest frame may leave. */
    private void due() {
        tellReader();
    }

    /** Tells reader and writer of what there is, as if both had asked: other ones have taken their places. */
    void tellAnew() {
        readerWaits.set(true);
        tellReader();
        writerWaits.set(true);
        tellWriterOfRoom();
    }

    /** Drops all frames. */
    void clear() {
        synchronized (this) {
            ring.release();
            busyUntil = 0;
        }
        for (Frame f = ring.poll(0); f != null; f = ring.poll(0)) {
            bytesOut.addAndGet(f.data().length);
        }
        tellWriter();
    }

    FrameRing ring() {
        return ring;
    }

    void close() {
        timer.cancel();
        wakeReader = () -> { };
        wakeWriter = () -> { };
    }

    void counters(String prefix, Map<String, Long> out) {
        out.put(prefix + "-frames", ring.count());
        out.put(prefix + "-bytes", bytesIn.get());
        out.put(prefix + "-waiting", (long) ring.size());
        out.put(prefix + "-lost", lost.sum());
        out.put(prefix + "-refused", refused.sum());
    }
}
