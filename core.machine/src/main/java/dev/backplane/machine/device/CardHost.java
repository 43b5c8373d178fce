package dev.backplane.machine.device;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.machine.board.CardGuard;
import dev.backplane.machine.clock.MachineTime;

/**
 * The lock of one card, the worker that runs its tasks, and the containment of what its code does wrong. All code of a
 * card is entered here.
 *
 * <p>Threading: any thread. Lock order: a card's lock comes before every lock of the board.
 */
public final class CardHost implements CardGuard {
    private static final Logger LOG = LoggerFactory.getLogger(CardHost.class);
    private static final long LOCK_POLL_MILLIS = 50;

    /** What may enter the card's code. */
    enum Phase {
        /** The core alone: it is made, restored, exchanged or saved. Registers wait; tasks run. */
        PARKED,
        /** All. */
        LIVE,
        /** Nobody, it threw or hangs: reads are all ones. */
        FAILED,
        /** Nobody, it is gone. */
        CLOSED
    }

    private final String machine;
    private final String id;
    private final CardPlatform.CardEvents events;
    private final MachineTime time;
    private final InterruptLimit interrupts;
    private final Map<String, CardCounter> counters = new ConcurrentHashMap<>();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    /** The card's lock; another one after somebody who holds it was given up. */
    private volatile ReentrantLock lock = new ReentrantLock();
    /** Those who wait for the phase to change wait here, without the lock: who holds that may never come back. */
    private final Object phaseChange = new Object();
    private InstanceThreads threads;
    private Thread worker;
    private Runnable onFailure = () -> { };
    private volatile Phase phase = Phase.PARKED;
    private volatile String reason = "";
    /** Who is in the card's code, and how often it was entered: what the watch looks at. */
    private volatile Thread inside;
    private volatile long entries;

    CardHost(CardPlatform platform, String id) {
        machine = platform.machine();
        events = platform.events();
        time = platform.time();
        this.id = Objects.requireNonNull(id);
        interrupts = new InterruptLimit(this, time);
        threads = new InstanceThreads(machine + "/" + id);
    }

    InterruptLimit interrupts() {
        return interrupts;
    }

    /** A thread that runs the card's code. */
    Thread start(String what, Runnable work) {
        synchronized (tasks) {
            return threads.start(what, work);
        }
    }

    /**
     * An instance ends and another may begin: what runs in the card's code from now on belongs to that.
     *
     * @return the threads of the one that ends
     */
    InstanceThreads nextInstance() {
        synchronized (tasks) {
            InstanceThreads ended = threads;
            threads = new InstanceThreads(machine + "/" + id);
            worker = null;
            tasks.notifyAll();
            if (!tasks.isEmpty()) {
                startWorker();
            }
            return ended;
        }
    }

    /** Tells people of something that is not a failure. */
    void warn(String what) {
        LOG.warn("{}: card {} {}", machine, id, what);
        events.warned(id, what);
    }

    @Override
    public String owner() {
        return id;
    }

    @Override
    public RegisterHandler guarded(RegisterHandler handler) {
        return handler instanceof Gate g && g.host() == this ? handler : new Gate(this, "a register", handler);
    }

    @Override
    public Runnable guarded(Runnable callback) {
        return callback instanceof CallbackGate g && g.host() == this ? callback
            : new CallbackGate(this, "a callback", callback);
    }

    @Override
    public void count(String counter) {
        counter(counter).increment();
    }

    Counter counter(String name) {
        return counters.computeIfAbsent(name, n -> new CardCounter());
    }

    /** What was counted, in order of name, and then what others counted. */
    SequencedMap<String, Long> counters(Map<String, Long> others) {
        SequencedMap<String, Long> values = new LinkedHashMap<>();
        new TreeMap<>(counters).forEach((name, counter) -> values.put(name, counter.value()));
        values.putAll(others);
        return Collections.unmodifiableSequencedMap(values);
    }

    Phase phase() {
        return phase;
    }

    boolean parked() {
        return phase == Phase.PARKED;
    }

    /** Whether its DMA and interrupts are let through. */
    boolean connected() {
        Phase p = phase;
        return p == Phase.LIVE || p == Phase.PARKED;
    }

    /** Why it failed, or "". */
    String reason() {
        return reason;
    }

    /** Sets what runs when the card fails: deassert its lines. Runs on any thread, once. */
    void onFailure(Runnable action) {
        onFailure = action;
    }

    /**
     * Enters for a register access; waits while the card is parked; false if nobody may enter any more. Machine time
     * stands meanwhile: a guest whose timers ran on would notice that an access took so long.
     */
    boolean enterForRegister() {
        for (;;) {
            ReentrantLock l = lock;
            if (!l.tryLock()) {
                l = lockForRegister();
            }
            if (l == null) {
                return false;
            }
            if (phase == Phase.LIVE || l.getHoldCount() > 1 && connected()) {
                if (l.getHoldCount() == 1) {
                    inside = Thread.currentThread();
                    entries++;
                }
                return true;
            }
            boolean nested = l.getHoldCount() > 1;
            l.unlock();
            if (nested || !awaitLive()) {
                return false;
            }
        }
    }

    private ReentrantLock lockForRegister() {
        if (phase != Phase.PARKED) {
            return lockUnlessDead();
        }
        time.hold();
        try {
            return lockUnlessDead();
        } finally {
            time.release();
        }
    }

    /** Waits while it is parked; false if nobody may enter any more. */
    private boolean awaitLive() {
        boolean interrupted = false;
        time.hold();
        synchronized (phaseChange) {
            while (phase == Phase.PARKED) {
                try {
                    phaseChange.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        time.release();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return connected();
    }

    /** Enters for the core or a task, also while the card is parked; false if nobody may enter any more. */
    boolean enterForCore() {
        ReentrantLock l = lock;
        if (!l.tryLock()) {
            l = lockUnlessDead();
        }
        if (l == null) {
            return false;
        }
        if (!connected()) {
            l.unlock();
            return false;
        }
        inside = Thread.currentThread();
        entries++;
        return true;
    }

    /** Takes the lock; gives up, with null, when a card whose code never comes back was declared failed. */
    private ReentrantLock lockUnlessDead() {
        boolean interrupted = false;
        try {
            while (connected()) {
                try {
                    ReentrantLock l = lock;
                    if (l.tryLock(LOCK_POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                        return l;
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return null;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void leave() {
        ReentrantLock l = lock;
        if (!l.isHeldByCurrentThread()) {
            // It was given up while it was in the card's code, and comes back after all.
            return;
        }
        if (l.getHoldCount() == 1) {
            inside = null;
        }
        l.unlock();
    }

    /** Somebody who is in the card's code does not come back: the others go on without, under another lock. */
    void disown() {
        synchronized (tasks) {
            if (lock.isLocked() && !lock.isHeldByCurrentThread()) {
                lock = new ReentrantLock();
                if (worker == inside) {
                    worker = null;
                }
                inside = null;
            }
        }
    }

    /** Lets registers in, or keeps them out. Nothing changes for a card that failed or is gone. */
    void park(boolean parked) {
        ReentrantLock l = lock;
        if (!l.tryLock()) {
            l = lockUnlessDead();
        }
        if (l == null) {
            return;
        }
        try {
            if (connected()) {
                phase = parked ? Phase.PARKED : Phase.LIVE;
                signalChange();
            }
        } finally {
            l.unlock();
        }
    }

    /** A failed card begins anew, parked. */
    void revive() {
        synchronized (tasks) {
            if (phase == Phase.FAILED) {
                disown();
                phase = Phase.PARKED;
                reason = "";
            }
        }
    }

    /**
     * The card's code did something wrong: nobody enters it any more.
     *
     * @param where what the core had called
     */
    void fail(String where, Throwable cause) {
        String what = cause.getMessage() == null ? cause.getClass().getSimpleName()
            : cause.getClass().getSimpleName() + ": " + cause.getMessage();
        if (failed(where + ": " + what)) {
            LOG.error("{}: card {} failed in {}", machine, id, where, cause);
        }
    }

    /** The same for what is not an exception. */
    void fail(String why) {
        if (failed(why)) {
            LOG.error("{}: card {} failed: {}", machine, id, why);
        }
    }

    /** False if it had failed or was closed before. */
    private boolean failed(String why) {
        synchronized (tasks) {
            if (!connected()) {
                return false;
            }
            reason = why;
            phase = Phase.FAILED;
        }
        signalChange();
        onFailure.run();
        events.failed(id, why);
        return true;
    }

    private void signalChange() {
        synchronized (phaseChange) {
            phaseChange.notifyAll();
        }
    }

    /** The card is gone: nobody enters it any more, the worker ends. */
    void close() {
        synchronized (tasks) {
            phase = Phase.CLOSED;
            tasks.clear();
            tasks.notifyAll();
        }
        signalChange();
    }

    /** Runs a task on the card's worker, under the lock, in order; dropped once the card failed or is gone. */
    void post(Runnable task) {
        synchronized (tasks) {
            if (phase == Phase.CLOSED) {
                return;
            }
            tasks.add(task);
            if (worker == null) {
                startWorker();
            } else {
                tasks.notifyAll();
            }
        }
    }

    private void startWorker() {
        worker = threads.start("", this::work);
    }

    private void work() {
        for (Runnable task = nextTask(); task != null; task = nextTask()) {
            if (!enterForCore()) {
                continue;
            }
            try {
                task.run();
            } catch (Throwable t) {
                fail("a task", t);
            } finally {
                leave();
            }
        }
    }

    private Runnable nextTask() {
        synchronized (tasks) {
            while (tasks.isEmpty() && phase != Phase.CLOSED && worker == Thread.currentThread()) {
                try {
                    tasks.wait();
                } catch (InterruptedException e) {
                    LOG.debug("{}: the worker of {} was interrupted", machine, id);
                }
            }
            return worker == Thread.currentThread() ? tasks.poll() : null;
        }
    }

    /**
     * Calls the card's code for the last time, also that of a card that failed: on a thread of its own, for a bounded
     * time, without the lock if somebody hangs in it. What it throws is logged.
     */
    void attemptAlways(String what, Duration limit, Callable<Void> call) {
        Thread thread = start(" " + what, () -> {
            ReentrantLock l = lockBriefly();
            try {
                call.call();
            } catch (Throwable t) {
                LOG.error("{}: {} of card {} failed", machine, what, id, t);
            } finally {
                if (l != null) {
                    l.unlock();
                }
            }
        });
        try {
            if (!thread.join(limit)) {
                LOG.error("{}: {} of card {} did not return within {} s", machine, what, id, limit.toSeconds());
                thread.interrupt();
                disown();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ReentrantLock lockBriefly() {
        ReentrantLock l = lockUnlessDead();
        if (l != null) {
            return l;
        }
        l = lock;
        try {
            return l.tryLock(LOCK_POLL_MILLIS, TimeUnit.MILLISECONDS) ? l : null;
        } catch (InterruptedException e) {
            return null;
        }
    }

    /** How often the card's code was entered; see {@link #inside()}. */
    long entries() {
        return entries;
    }

    /** The thread that is in the card's code now, or null. */
    Thread inside() {
        return inside;
    }
}
