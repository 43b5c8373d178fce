package dev.backplane.machine.clock;

import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.board.TimerFactory;

/**
 * The time of one machine: a clock that runs only between {@link #resume} and {@link #pause}, and while nobody holds
 * it, and one-shot timers on it. One daemon thread waits for the next deadline and runs the callbacks; with nothing
 * armed it uses no processor time.
 *
 * <p>Threading: any thread. Callbacks run on the timer thread with no lock of this class held.
 */
public final class MachineTime implements MachineClock, TimerFactory, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MachineTime.class);

    /**
     * What the clock shows; replaced as a whole.
     *
     * @param eased how it begins, or null if it goes at full rate from the beginning
     * @param base  the machine's time at its beginning
     * @param host  the host's monotonic time at its beginning; if it stands, how long the clock ran since that
     */
    private record Reading(boolean running, EasedStart eased, long base, long host) {
        long elapsed() {
            return running ? System.nanoTime() - host : host;
        }

        long now() {
            long elapsed = elapsed();
            return base + (eased == null ? elapsed : eased.passed(elapsed));
        }

        /** An eased start from here. */
        Reading slowly() {
            long behind = eased == null ? 0 : eased.behind(elapsed());
            return new Reading(running, new EasedStart(behind), now(), running ? System.nanoTime() : 0);
        }

        /** So much of the host's time that at most {@code nanos} of the machine's go by. */
        long atMost(long nanos) {
            return eased == null ? nanos : eased.atMost(nanos, elapsed());
        }

        Reading turned(boolean on) {
            return new Reading(on, eased, base, on ? System.nanoTime() - host : elapsed());
        }
    }

    private final String machine;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final PriorityQueue<Timer> queue = new PriorityQueue<>(
        Comparator.<Timer>comparingLong(t -> t.queuedFor).thenComparingLong(t -> t.sequence));
    private volatile Reading reading = new Reading(false, null, 0, 0);
    private boolean wanted;
    private int holds;
    private long sequence;
    private Thread thread;
    private boolean closed;

    /** A clock at 0 that stands still. */
    public MachineTime(String machine) {
        this.machine = Objects.requireNonNull(machine);
    }

    @Override
    public long nanoTime() {
        return reading.now();
    }

    @Override
    public Instant wallClock() {
        return Instant.now();
    }

    /** Whether the clock runs. */
    public boolean running() {
        return reading.running;
    }

    /** Lets the clock run on from where it stands. */
    public void resume() {
        lock.lock();
        try {
            wanted = true;
            follow();
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock: runs if it shall and may. */
    private void follow() {
        boolean run = wanted && holds == 0 && !closed;
        if (run != reading.running) {
            reading = reading.turned(run);
            changed.signalAll();
        }
    }

    /**
     * Lets the clock go slowly at first, for two seconds of the host's: what executes the guest is new to the host's
     * compiler, and a guest whose timers ran at full rate would find that its interrupts take too long. Afterwards it
     * goes a little faster until it has caught up.
     */
    public void ease() {
        lock.lock();
        try {
            reading = reading.slowly();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Keeps the clock where it is until {@link #release}, whatever else is asked of it; holds are counted. */
    public void hold() {
        lock.lock();
        try {
            holds++;
            follow();
        } finally {
            lock.unlock();
        }
    }

    /** Ends one {@link #hold}. */
    public void release() {
        lock.lock();
        try {
            holds--;
            follow();
        } finally {
            lock.unlock();
        }
    }

    /** Stops the clock. A callback that has begun goes on; none begins until {@link #resume}. */
    public void pause() {
        lock.lock();
        try {
            wanted = false;
            follow();
        } finally {
            lock.unlock();
        }
    }

    /** Sets a clock that stands still, to the saved time at a restore. Timers keep their deadlines. */
    public void set(long nanoTime) {
        lock.lock();
        try {
            if (wanted) {
                throw new IllegalStateException("the clock runs");
            }
            reading = new Reading(false, null, nanoTime, 0);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public DeviceTimer timer(String name, Runnable callback) {
        return new Timer(name, callback);
    }

    /** Ends the thread; nothing fires any more. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            queue.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void startThread() {
        if (thread == null && !closed) {
            thread = Thread.ofPlatform().daemon().name(machine + "/timer").start(this::serve);
        }
    }

    private void serve() {
        lock.lock();
        try {
            while (!closed) {
                Timer due = nextDue();
                if (due != null) {
                    run(due);
                }
            }
        } catch (InterruptedException e) {
            LOG.warn("{}: the timer thread was interrupted and ends", machine);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until something happens; gives a timer that is due, taken from the queue, or null. */
    private Timer nextDue() throws InterruptedException {
        Timer first = queue.peek();
        if (first == null || !reading.running) {
            changed.await();
            return null;
        }
        long wait = first.queuedFor - reading.now();
        if (wait > 0) {
            changed.awaitNanos(Math.min(reading.atMost(wait), TimeUnit.HOURS.toNanos(1)));
            return null;
        }
        queue.poll();
        first.queued = false;
        return first;
    }

    private void run(Timer timer) {
        lock.unlock();
        try {
            timer.callback.run();
        } catch (Throwable t) {
            LOG.error("{}: timer {} failed", machine, timer.name, t);
        } finally {
            lock.lock();
        }
    }

    private final class Timer implements DeviceTimer {
        private final String name;
        private final Runnable callback;
        private long queuedFor;
        private long sequence;
        private boolean queued;

        Timer(String name, Runnable callback) {
            this.name = Objects.requireNonNull(name);
            this.callback = Objects.requireNonNull(callback);
        }

        @Override
        public void armAt(long nanoTime) {
            lock.lock();
            try {
                if (queued) {
                    if (queuedFor == nanoTime) {
                        return;
                    }
                    queue.remove(this);
                }
                if (closed) {
                    return;
                }
                queuedFor = nanoTime;
                sequence = ++MachineTime.this.sequence;
                queued = true;
                queue.add(this);
                startThread();
                if (queue.peek() == this) {
                    changed.signal();
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void cancel() {
            lock.lock();
            try {
                if (queued) {
                    queue.remove(this);
                    queued = false;
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public boolean armed() {
            lock.lock();
            try {
                return queued;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public long deadline() {
            lock.lock();
            try {
                return queuedFor;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
