package dev.backplane.machine.timer;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.board.TimerFactory;

/** A clock that moves only when told, with the timers on it. For one thread. */
public final class ManualClock implements MachineClock, TimerFactory {
    private final List<ManualTimer> timers = new ArrayList<>();
    private long now;
    private Instant wallStart = Instant.parse("2026-03-01T12:00:00Z");
    private long callbacks;

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public Instant wallClock() {
        return wallStart.plusNanos(now);
    }

    /** Moves the wall clock alone, as a pause does. */
    public void jumpWallClock(long seconds) {
        wallStart = wallStart.plusSeconds(seconds);
    }

    /** The wall clock at the present time. */
    public void wallClock(Instant at) {
        wallStart = at.minusNanos(now);
    }

    /** Sets the time without running anything: a restored machine's clock. */
    public void set(long nanos) {
        now = nanos;
    }

    /** Lets time pass and runs what is due, in order, each at its own time. */
    public void advance(long nanos) {
        long end = now + nanos;
        for (;;) {
            ManualTimer next = timers.stream().filter(t -> t.armed && t.deadline <= end)
                .min(Comparator.comparingLong(t -> t.deadline)).orElse(null);
            if (next == null) {
                now = end;
                return;
            }
            now = Math.max(now, next.deadline);
            next.armed = false;
            if (++callbacks > 20_000_000) {
                throw new AssertionError("timers storm");
            }
            next.callback.run();
        }
    }

    /** Lets time pass in one jump: everything due in it runs late, as on a host that was busy. */
    public void leap(long nanos) {
        now += nanos;
        advance(0);
    }

    /** How often a timer has fired. */
    public long callbacks() {
        return callbacks;
    }

    /** Whether any timer is armed: what would wake the host. */
    public boolean anyArmed() {
        return timers.stream().anyMatch(t -> t.armed);
    }

    @Override
    public DeviceTimer timer(String name, Runnable callback) {
        ManualTimer t = new ManualTimer(callback);
        timers.add(t);
        return t;
    }

    private static final class ManualTimer implements DeviceTimer {
        private final Runnable callback;
        private boolean armed;
        private long deadline;

        ManualTimer(Runnable callback) {
            this.callback = callback;
        }

        @Override
        public void armAt(long nanoTime) {
            armed = true;
            deadline = nanoTime;
        }

        @Override
        public void cancel() {
            armed = false;
        }

        @Override
        public boolean armed() {
            return armed;
        }

        @Override
        public long deadline() {
            return deadline;
        }
    }
}
