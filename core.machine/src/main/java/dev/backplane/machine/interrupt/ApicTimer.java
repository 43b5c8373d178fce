package dev.backplane.machine.interrupt;

import java.util.function.LongSupplier;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.board.TimerFactory;

/**
 * The timer of a local APIC (Intel SDM vol. 3, 11.5.4): one-shot, periodic and TSC-deadline. The count is computed
 * from the clock when it is read; the host is asked for a wake-up only where an interrupt is due, so an idle guest
 * costs nothing. A periodic timer that is late fires once, not once per period missed; one faster than
 * {@link #MIN_PERIOD_NANOS} is slowed to that.
 *
 * <p>Threading: registers on the vCPU's thread, {@link #expire} on the timer thread; one lock, under which only the
 * host timer is called.
 */
final class ApicTimer {
    static final long MIN_PERIOD_NANOS = 50_000;
    static final int ONE_SHOT = 0;
    static final int PERIODIC = 1;
    static final int TSC_DEADLINE = 2;
    private static final long NEVER = Long.MAX_VALUE;

    private final long apicHz;
    private final long tscHz;
    private final LongSupplier tsc;
    private final MachineClock clock;
    private final DeviceTimer wakeup;
    private final Runnable deliver;

    private int mode;
    private boolean masked = true;
    private int divideConfiguration;
    private long initialCount;
    /** The count at {@link #anchor}; from there it falls, and a periodic one starts again from the initial count. */
    private long anchorCount;
    private long anchor;
    private long deadlineTsc;
    private long dueAt = NEVER;

    /** @param deliver sends the interrupt of the timer's LVT entry, if that is not masked */
    ApicTimer(String name, long apicHz, long tscHz, LongSupplier tsc, MachineClock clock, TimerFactory timers,
            Runnable deliver) {
        this.apicHz = apicHz;
        this.tscHz = tscHz;
        this.tsc = tsc;
        this.clock = clock;
        this.deliver = deliver;
        wakeup = timers.timer(name, this::expire);
    }

    private int divisor() {
        int code = divideConfiguration & 3 | divideConfiguration >> 1 & 4;
        return code == 7 ? 1 : 2 << code;
    }

    /** Divided ticks since the anchor. */
    private long elapsed() {
        return elapsed(clock.nanoTime());
    }

    private long elapsed(long now) {
        return Ticks.scale(Math.max(0, now - anchor), apicHz, Ticks.NANOS) / divisor();
    }

    private long nanosOf(long ticks) {
        return Ticks.scaleUp(ticks * divisor(), Ticks.NANOS, apicHz);
    }

    synchronized int currentCount() {
        return (int) count(elapsed());
    }

    private long count(long elapsed) {
        if (mode == TSC_DEADLINE || initialCount == 0) {
            return 0;
        }
        if (elapsed < anchorCount) {
            return anchorCount - elapsed;
        }
        return mode == PERIODIC ? initialCount - (elapsed - anchorCount) % initialCount : 0;
    }

    synchronized int initialCount() {
        return (int) initialCount;
    }

    synchronized void initialCount(int value) {
        if (mode == TSC_DEADLINE) {
            return;
        }
        initialCount = value & 0xFFFFFFFFL;
        anchorCount = initialCount;
        anchor = clock.nanoTime();
        schedule(anchor);
    }

    synchronized int divideConfiguration() {
        return divideConfiguration;
    }

    synchronized void divideConfiguration(int value) {
        long now = clock.nanoTime();
        long left = count(elapsed());
        divideConfiguration = value & 0xB;
        if (left > 0) {
            anchorCount = left;
            anchor = now;
            schedule(now);
        }
    }

    /** The LVT timer entry was written: its mode and mask. */
    synchronized void configure(int newMode, boolean newMasked) {
        boolean unchanged = newMode == mode && newMasked == masked;
        forgetMaskedDeadline();
        if ((newMode == TSC_DEADLINE) != (mode == TSC_DEADLINE)) {
            initialCount = 0;
            anchorCount = 0;
            deadlineTsc = 0;
        } else if (newMode == PERIODIC && mode == ONE_SHOT && initialCount != 0 && count(elapsed()) == 0) {
            // A one-shot count that has run out stays at zero until it is written anew.
            initialCount = 0;
        }
        mode = newMode;
        masked = newMasked;
        if (!unchanged) {
            schedule(clock.nanoTime());
        }
    }

    synchronized long deadline() {
        forgetMaskedDeadline();
        return deadlineTsc;
    }

    /** A deadline that passes while the entry is masked disarms the timer and leaves nothing behind. */
    private void forgetMaskedDeadline() {
        if (masked && deadlineTsc != 0 && Long.compareUnsigned(tsc.getAsLong(), deadlineTsc) >= 0) {
            deadlineTsc = 0;
        }
    }

    /** IA32_TSC_DEADLINE; ignored outside TSC-deadline mode. */
    void deadline(long value) {
        boolean now;
        synchronized (this) {
            if (mode != TSC_DEADLINE) {
                return;
            }
            deadlineTsc = value;
            now = value != 0 && Long.compareUnsigned(tsc.getAsLong(), value) >= 0;
            if (now) {
                deadlineTsc = 0;
            }
            schedule(clock.nanoTime());
        }
        if (now) {
            deliver.run();
        }
    }

    /** The TSC jumped: a deadline is nearer or farther now. */
    synchronized void tscChanged() {
        if (deadlineTsc != 0) {
            schedule(clock.nanoTime());
        }
    }

    /** Arms the host timer for the next interrupt after a time, or disarms it. */
    private void schedule(long now) {
        dueAt = next(now);
        if (dueAt == NEVER) {
            if (wakeup.armed()) {
                wakeup.cancel();
            }
        } else {
            wakeup.armAt(dueAt);
        }
    }

    private long next(long now) {
        if (masked) {
            return NEVER;
        }
        if (mode == TSC_DEADLINE) {
            if (deadlineTsc == 0) {
                return NEVER;
            }
            long left = deadlineTsc - tsc.getAsLong();
            if (left < 0 && Long.compareUnsigned(tsc.getAsLong(), deadlineTsc) < 0) {
                return NEVER; // more than 2^63 cycles away
            }
            return Ticks.sum(now, Ticks.scaleUp(Math.max(0, left), Ticks.NANOS, tscHz));
        }
        if (initialCount == 0) {
            return NEVER;
        }
        long elapsed = elapsed(now);
        if (elapsed < anchorCount) {
            return Ticks.sum(anchor, nanosOf(anchorCount));
        }
        if (mode != PERIODIC) {
            return NEVER;
        }
        long periods = (elapsed - anchorCount) / initialCount + 1;
        // Moving the anchor to the last turn keeps the products small; it costs less than 1 ns of phase a turn.
        anchor = Ticks.sum(anchor, nanosOf(anchorCount + (periods - 1) * initialCount));
        anchorCount = initialCount;
        long period = nanosOf(initialCount);
        return Math.max(Ticks.sum(anchor, period), period < MIN_PERIOD_NANOS ? now + MIN_PERIOD_NANOS : now);
    }

    private void expire() {
        synchronized (this) {
            long now = clock.nanoTime();
            if (dueAt == NEVER) {
                return;
            }
            if (now < dueAt) {
                wakeup.armAt(dueAt);
                return;
            }
            if (mode == TSC_DEADLINE) {
                if (Long.compareUnsigned(tsc.getAsLong(), deadlineTsc) < 0) {
                    schedule(now + 1);
                    return;
                }
                deadlineTsc = 0;
            }
            schedule(now);
        }
        deliver.run();
    }

    synchronized void reset() {
        mode = ONE_SHOT;
        masked = true;
        divideConfiguration = 0;
        initialCount = 0;
        anchorCount = 0;
        anchor = 0;
        deadlineTsc = 0;
        schedule(0);
    }

    synchronized void save(StateWriter out) {
        out.putInt("divide-configuration", divideConfiguration).putLong("initial-count", initialCount)
            .putLong("anchor-count", anchorCount).putLong("anchor", anchor).putLong("deadline-tsc", deadlineTsc)
            .putLong("due-at", dueAt);
    }

    /** @param savedMode mode of the restored LVT entry */
    synchronized void restore(StateReader in, int savedMode, boolean savedMasked) throws StateException {
        divideConfiguration = in.getInt("divide-configuration", 0, 0xB) & 0xB;
        initialCount = in.getLong("initial-count") & 0xFFFFFFFFL;
        anchorCount = in.getLong("anchor-count") & 0xFFFFFFFFL;
        anchor = Math.min(Math.max(0, in.getLong("anchor")), clock.nanoTime());
        deadlineTsc = in.getLong("deadline-tsc");
        mode = savedMode;
        masked = savedMasked;
        dueAt = in.getLong("due-at");
        if (dueAt == NEVER || masked) {
            dueAt = NEVER;
            wakeup.cancel();
        } else {
            wakeup.armAt(dueAt);
        }
    }
}
