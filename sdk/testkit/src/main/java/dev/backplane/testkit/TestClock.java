package dev.backplane.testkit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;

/** A clock that stands still until the test moves it ({@link TestBench#advance}). Threading: any thread may read it. */
public final class TestClock implements MachineClock {
    private static final Instant EPOCH = Instant.parse("2025-01-01T00:00:00Z");

    private final List<Timer> timers = new ArrayList<>();
    private volatile long now;

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public Instant wallClock() {
        return EPOCH.plusNanos(now);
    }

    DeviceTimer timer(String name, Runnable callback) {
        if (timers.stream().anyMatch(t -> t.name.equals(name))) {
            throw new IllegalArgumentException("timer " + name + " exists already");
        }
        Timer timer = new Timer(name, callback);
        timers.add(timer);
        return timer;
    }

    /** The earliest timer that is due at {@code until} at the latest, or null. */
    Timer due(long until) {
        Timer first = null;
        for (Timer timer : timers) {
            if (timer.armed && timer.deadline <= until && (first == null || timer.deadline < first.deadline)) {
                first = timer;
            }
        }
        return first;
    }

    void moveTo(long nanoTime) {
        now = Math.max(now, nanoTime);
    }

    List<Timer> timers() {
        return timers;
    }

    void forgetTimers() {
        timers.clear();
    }

    static final class Timer implements DeviceTimer {
        final String name;
        final Runnable callback;
        private boolean armed;
        private long deadline;

        Timer(String name, Runnable callback) {
            this.name = name;
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
