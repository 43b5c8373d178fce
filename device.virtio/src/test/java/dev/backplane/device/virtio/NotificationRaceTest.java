package dev.backplane.device.virtio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.VirtioDriver;

/** A driver on a thread of its own, which sleeps until it is interrupted, as real ones do: no wake-up may be lost. */
class NotificationRaceTest {
    private static final int ROUNDS = 3_000;
    private static final long LIMIT_NANOS = 20_000_000_000L;

    @Test
    void noNotificationAndNoInterruptIsLostWithEventIndex() throws Exception {
        race(VirtioDriver.EVENT_IDX);
    }

    @Test
    void noNotificationAndNoInterruptIsLostWithoutEventIndex() throws Exception {
        race(0);
    }

    private void race(long features) throws Exception {
        try (TestBench bench = TestBench.of(new EchoType()).plug()) {
            VirtioDriver driver = new VirtioDriver(bench);
            driver.negotiate(features);
            DriverQueue queue = driver.queue(0, 16);
            driver.ready();
            long buffer = bench.allocate(4096, 4096);
            AtomicBoolean over = new AtomicBoolean();
            AtomicReference<String> failure = new AtomicReference<>();
            Thread guest = Thread.ofPlatform().start(() -> {
                try {
                    failure.set(guest(bench, queue, buffer, features != 0));
                } finally {
                    over.set(true);
                }
            });
            while (!over.get()) {
                bench.settle();
                Thread.yield();
            }
            guest.join();
            assertNull(failure.get());
            assertEquals(ROUNDS * 3L, bench.counter("chains"));
        }
    }

    /** Null if all went well. */
    private static String guest(TestBench bench, DriverQueue queue, long buffer, boolean eventIndex) {
        long interrupts = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < 3; i++) {
                bench.ram().write32(buffer + 64 * i, round * 3 + i);
                queue.add(Part.out(buffer + 64 * i, 4), Part.in(buffer + 2048 + 64 * i, 4));
                queue.kick();
            }
            for (int done = 0; done < 3;) {
                if (eventIndex) {
                    queue.wantInterruptAfter(1);
                }
                DriverQueue.Used used = queue.poll();
                if (used != null) {
                    done++;
                    continue;
                }
                long end = System.nanoTime() + LIMIT_NANOS;
                while (bench.pci().messages().raised(1) == interrupts) {
                    if (System.nanoTime() > end) {
                        return "round " + round + ": nothing came any more: " + bench.counters();
                    }
                    Thread.yield();
                }
                interrupts = bench.pci().messages().raised(1);
            }
            for (int i = 0; i < 3; i++) {
                int copied = bench.ram().read32(buffer + 2048 + 64 * i);
                if (copied != round * 3 + i) {
                    return "round " + round + ": buffer " + i + " has " + copied;
                }
            }
        }
        return null;
    }
}
