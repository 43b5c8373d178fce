package dev.backplane.machine.clock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.backplane.api.time.DeviceTimer;

class MachineTimeTest {
    private final MachineTime time = new MachineTime("test");

    @AfterEach
    void close() {
        time.close();
    }

    @Test
    void anEasedClockGoesSlowlyAtFirstAndNeverBack() {
        MachineTime time = new MachineTime("eased");
        time.set(5_000_000_000L);
        time.ease();
        assertEquals(5_000_000_000L, time.nanoTime());
        long host = System.nanoTime();
        time.resume();
        long last = time.nanoTime();
        while (System.nanoTime() - host < 100_000_000) {
            long now = time.nanoTime();
            assertTrue(now >= last && now - 5_000_000_000L <= System.nanoTime() - host);
            last = now;
        }
        time.hold();
        long held = time.nanoTime();
        assertTrue(held - 5_000_000_000L < (System.nanoTime() - host) / 2, "it ran " + (held - 5_000_000_000L));
        time.release();
        assertTrue(time.nanoTime() - held < 50_000_000);
        time.close();
    }

    @Test
    void aClockThatIsHeldStandsUntilTheLastHoldEnds() {
        MachineTime time = new MachineTime("held");
        time.hold();
        time.resume();
        assertFalse(time.running());
        time.hold();
        time.release();
        assertFalse(time.running());
        time.release();
        assertTrue(time.running());
        time.hold();
        time.pause();
        time.release();
        assertFalse(time.running());
        time.close();
    }

    @Test
    void theClockStandsStillUntilItIsResumedAndWhilePaused() {
        assertEquals(0, time.nanoTime());
        time.resume();
        long a = time.nanoTime();
        while (time.nanoTime() == a) {
            Thread.onSpinWait();
        }
        time.pause();
        long stopped = time.nanoTime();
        assertTrue(stopped > a);
        assertEquals(stopped, time.nanoTime());
        time.set(1_000_000_000_000L);
        time.resume();
        assertTrue(time.nanoTime() >= 1_000_000_000_000L && time.nanoTime() < 1_100_000_000_000L);
    }

    @Test
    void timersFireInTheOrderOfTheirDeadlines() throws InterruptedException {
        List<String> fired = new CopyOnWriteArrayList<>();
        CountDownLatch done = new CountDownLatch(3);
        for (String name : List.of("c", "a", "b")) {
            time.timer(name, () -> {
                fired.add(name);
                done.countDown();
            }).armAt(1_000_000L * name.charAt(0));
        }
        time.resume();
        assertTrue(done.await(10, TimeUnit.SECONDS));
        assertEquals(List.of("a", "b", "c"), fired);
    }

    @Test
    void nothingFiresWhilePausedEvenIfItsDeadlineHasPassed() throws InterruptedException {
        CountDownLatch fired = new CountDownLatch(1);
        time.set(1000);
        DeviceTimer timer = time.timer("t", fired::countDown);
        timer.armAt(10);
        assertFalse(fired.await(50, TimeUnit.MILLISECONDS));
        assertTrue(timer.armed());
        time.resume();
        assertTrue(fired.await(10, TimeUnit.SECONDS));
    }

    @Test
    void aCancelledTimerDoesNotFireAndARearmedOneFiresOnce() throws InterruptedException {
        AtomicReference<CountDownLatch> latch = new AtomicReference<>(new CountDownLatch(1));
        List<Long> fired = new CopyOnWriteArrayList<>();
        DeviceTimer timer = time.timer("t", () -> {
            fired.add(time.nanoTime());
            latch.get().countDown();
        });
        time.resume();
        timer.armAt(time.nanoTime() + 3_600_000_000_000L);
        timer.cancel();
        assertFalse(timer.armed());
        long deadline = time.nanoTime() + 2_000_000;
        timer.armAt(deadline + 3_600_000_000_000L);
        timer.armAt(deadline);
        assertTrue(latch.get().await(10, TimeUnit.SECONDS));
        assertEquals(1, fired.size());
        assertTrue(fired.getFirst() >= deadline);
        assertFalse(timer.armed());
    }

    @Test
    void aCallbackThatThrowsDoesNotStopTheOthers() throws InterruptedException {
        CountDownLatch fired = new CountDownLatch(1);
        time.timer("bad", () -> {
            throw new IllegalStateException("on purpose");
        }).armAt(1);
        time.timer("good", fired::countDown).armAt(2);
        time.resume();
        assertTrue(fired.await(10, TimeUnit.SECONDS));
    }
}
