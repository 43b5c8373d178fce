package dev.backplane.machine.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.board.TimerFactory;
import dev.backplane.machine.interrupt.LocalApic;
import dev.backplane.machine.interrupt.MmioClaim;
import dev.backplane.machine.interrupt.PortClaim;

/** vCPUs, devices and the timer thread at the same time: nobody may end up waiting for somebody who waits for him. */
class ManyThreadsTest {
    private static final int ACTS = 40_000;

    /** The host's time, and timers that a thread fires in turn. */
    private static final class LiveClock implements MachineClock, TimerFactory {
        private final long start = System.nanoTime();
        private final List<LiveTimer> timers = new CopyOnWriteArrayList<>();

        @Override
        public long nanoTime() {
            return System.nanoTime() - start;
        }

        @Override
        public Instant wallClock() {
            return Instant.EPOCH.plusNanos(nanoTime());
        }

        @Override
        public DeviceTimer timer(String name, Runnable callback) {
            LiveTimer t = new LiveTimer(callback);
            timers.add(t);
            return t;
        }

        void fireDue() {
            for (LiveTimer t : timers) {
                if (t.take(nanoTime())) {
                    t.callback.run();
                }
            }
        }
    }

    private static final class LiveTimer implements DeviceTimer {
        private final Runnable callback;
        private boolean armed;
        private long deadline;

        LiveTimer(Runnable callback) {
            this.callback = callback;
        }

        synchronized boolean take(long now) {
            boolean due = armed && now >= deadline;
            armed &= !due;
            return due;
        }

        @Override
        public synchronized void armAt(long nanoTime) {
            armed = true;
            deadline = nanoTime;
        }

        @Override
        public synchronized void cancel() {
            armed = false;
        }

        @Override
        public synchronized boolean armed() {
            return armed;
        }

        @Override
        public synchronized long deadline() {
            return deadline;
        }
    }

    @Test
    void nothing_locks_up_or_throws() throws InterruptedException {
        LiveClock clock = new LiveClock();
        WholeBoard b = new WholeBoard(clock, clock);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < WholeBoard.VCPUS; i++) {
            LocalApic apic = b.apics[i];
            SplittableRandom r = new SplittableRandom(i);
            threads.add(new Thread(() -> guest(b, apic, r)));
        }
        SplittableRandom r = new SplittableRandom(99);
        threads.add(new Thread(() -> {
            for (int n = 0; n < ACTS; n++) {
                b.sources[r.nextInt(24)].set(r.nextBoolean());
                b.controllers.fabric().send(0xFEE00000L | r.nextInt(1 << 14), r.nextInt(1 << 16));
            }
        }));
        boolean[] stop = new boolean[1];
        Thread timers = new Thread(() -> {
            for (boolean on = true; on;) {
                clock.fireDue();
                synchronized (stop) {
                    on = !stop[0];
                }
            }
        });
        for (Thread t : threads) {
            t.setUncaughtExceptionHandler((who, what) -> failure.compareAndSet(null, what));
            t.start();
        }
        timers.setUncaughtExceptionHandler((who, what) -> failure.compareAndSet(null, what));
        timers.start();
        for (Thread t : threads) {
            t.join(20_000);
            assertTrue(!t.isAlive(), "a thread still waits: " + List.of(t.getStackTrace()));
        }
        synchronized (stop) {
            stop[0] = true;
        }
        timers.join(20_000);
        assertTrue(!timers.isAlive(), "the timer thread still waits");
        assertEquals(null, failure.get());
    }

    private static void guest(WholeBoard b, LocalApic apic, SplittableRandom r) {
        for (int n = 0; n < ACTS; n++) {
            switch (r.nextInt(5)) {
                case 0 -> {
                    PortClaim c = b.ports.get(r.nextInt(b.ports.size()));
                    WholeBoardTest.access(c.handler(), c.count(), 1 << r.nextInt(3), r);
                }
                case 1 -> {
                    MmioClaim c = b.mmio.get(r.nextInt(b.mmio.size()));
                    WholeBoardTest.access(c.handler(), c.size(), 4, r);
                }
                case 2 -> apic.mmioWrite(LocalApic.DEFAULT_ADDRESS + r.nextInt(0x40) * 16, 4, WholeBoardTest.value(r));
                case 3 -> apic.mmioWrite(LocalApic.DEFAULT_ADDRESS + 0xB0, 4, 0);
                default -> {
                    if (apic.interruptPending()) {
                        apic.acknowledge();
                    }
                }
            }
        }
    }
}
