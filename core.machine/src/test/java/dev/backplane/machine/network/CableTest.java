package dev.backplane.machine.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.backplane.api.host.Handover;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkCable;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.net.NetworkPort;
import dev.backplane.api.net.Offloads;
import dev.backplane.api.net.Shape;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.state.StateTree;

class CableTest {

    /** A card whose tasks run when the test says so, and a clock that stands still. */
    private static final class Bench implements CardLink, MachineClock {
        final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        final List<Alarm> alarms = new ArrayList<>();
        final List<Throwable> failures = new ArrayList<>();
        volatile long now;
        boolean resting;

        final class Alarm implements DeviceTimer {
            private final Runnable callback;
            private long at = Long.MAX_VALUE;

            Alarm(Runnable callback) {
                this.callback = callback;
            }

            @Override
            public void armAt(long nanoTime) {
                at = nanoTime;
            }

            @Override
            public void cancel() {
                at = Long.MAX_VALUE;
            }

            @Override
            public boolean armed() {
                return at != Long.MAX_VALUE;
            }

            @Override
            public long deadline() {
                return at;
            }
        }

        DeviceTimer timer(String name, Runnable callback) {
            Alarm alarm = new Alarm(callback);
            alarms.add(alarm);
            return alarm;
        }

        void advance(Duration time) {
            now += time.toNanos();
            for (Alarm a : alarms) {
                if (a.at <= now) {
                    a.at = Long.MAX_VALUE;
                    a.callback.run();
                }
            }
            settle();
        }

        void settle() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }

        @Override
        public String card() {
            return "nic0";
        }

        @Override
        public MachineClock clock() {
            return this;
        }

        @Override
        public boolean resting() {
            return resting;
        }

        @Override
        public void post(Runnable task) {
            tasks.add(task);
        }

        @Override
        public void fail(String where, Throwable cause) {
            failures.add(cause);
        }

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public Instant wallClock() {
            return Instant.ofEpochSecond(1000, now);
        }
    }

    private static final class Host implements NetworkEndpoint {
        private final Offloads accepts;
        NetworkCable cable;
        boolean up = true;

        Host(Offloads accepts) {
            this.accepts = accepts;
        }

        @Override
        public void plug(NetworkCable plugged) {
            cable = plugged;
        }

        @Override
        public Offloads accepts() {
            return accepts;
        }

        @Override
        public boolean linkUp() {
            return up;
        }

        @Override
        public void save(StateWriter out) {
            out.putBoolean("up", up);
        }

        @Override
        public void restore(StateReader in, Handover from) throws StateException {
            up = in.getBoolean("up");
        }

        @Override
        public void close() {
            cable = null;
        }
    }

    private final Bench bench = new Bench();
    private final Cable cable = new Cable(bench, "test", bench::timer);
    private final Host host = new Host(Offloads.NONE);
    private final NetworkPort port = cable.claim();

    private void plug() {
        cable.plug(host);
    }

    private static Frame frame(int length, int mark) {
        byte[] data = new byte[length];
        data[0] = (byte) mark;
        return new Frame(data);
    }

    @Test
    void framesCrossInOrderAndEachReaderIsWokenOnceAfterItFoundNone() {
        plug();
        AtomicInteger host0 = new AtomicInteger();
        AtomicInteger card = new AtomicInteger();
        host.cable.onFrame(host0::incrementAndGet);
        port.onReceive(card::incrementAndGet);
        assertNull(host.cable.take());
        for (int i = 0; i < 10; i++) {
            assertTrue(port.send(frame(60, i)));
            assertTrue(host.cable.deliver(frame(60, i)));
        }
        bench.settle();
        assertEquals(1, host0.get());
        assertEquals(1, card.get());
        for (int i = 0; i < 10; i++) {
            assertEquals(i, host.cable.take().data()[0]);
            assertEquals(i, port.receive().data()[0]);
        }
        assertNull(host.cable.take());
        assertNull(port.receive());
        port.send(frame(60, 1));
        assertEquals(2, host0.get());
        assertEquals(11, cable.counters().get("from-guest-frames"));
        assertEquals(600, cable.counters().get("to-guest-bytes"));
    }

    @Test
    void aFullQueueRefusesAndItsWriterIsToldWhenHalfOfItIsFree() {
        plug();
        AtomicInteger room = new AtomicInteger();
        port.onRoom(room::incrementAndGet);
        int sent = 0;
        while (port.send(frame(60, 0))) {
            sent++;
        }
        assertEquals(Lane.MAX_FRAMES, sent);
        for (int i = 0; i < sent / 2 - 1; i++) {
            host.cable.take();
        }
        bench.settle();
        assertEquals(0, room.get());
        host.cable.take();
        bench.settle();
        assertEquals(1, room.get());
    }

    @Test
    void bytesAreBoundedToo() {
        plug();
        int sent = 0;
        while (host.cable.deliver(frame(Frame.MAX_LENGTH, 0))) {
            sent++;
        }
        assertEquals(Lane.MAX_BYTES / Frame.MAX_LENGTH, sent);
    }

    @Test
    @Timeout(30)
    void noWakeUpIsLostBetweenTwoThreads() throws Exception {
        plug();
        int total = 300_000;
        LinkedBlockingQueue<Boolean> frames = new LinkedBlockingQueue<>();
        LinkedBlockingQueue<Boolean> room = new LinkedBlockingQueue<>();
        Lane lane = new Lane("lane", () -> 0, bench::timer);
        lane.onFrame(() -> frames.add(true));
        lane.onRoom(() -> room.add(true));
        Thread reader = Thread.ofPlatform().start(() -> {
            int got = 0;
            while (got < total) {
                Frame f = lane.poll();
                if (f != null) {
                    got++;
                    continue;
                }
                try {
                    assertNotNull(frames.poll(10, TimeUnit.SECONDS), "a wake-up was lost");
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
        Frame frame = frame(60, 0);
        for (int i = 0; i < total; i++) {
            while (!lane.offer(frame)) {
                assertNotNull(room.poll(10, TimeUnit.SECONDS), "a wake-up was lost");
            }
        }
        reader.join();
        assertEquals(total, lane.ring().count());
        assertEquals(0, lane.ring().size());
    }

    @Test
    void delayAndRateHoldFramesBackOnTheMachinesClockAndNothingSticksWhenTheyGo() {
        plug();
        AtomicInteger woken = new AtomicInteger();
        host.cable.onFrame(woken::incrementAndGet);
        assertNull(host.cable.take());
        cable.shape(new Shape(8_000_000, Duration.ofMillis(50), 0));
        port.send(frame(1000, 1));
        port.send(frame(1000, 2));
        bench.advance(Duration.ofMillis(50));
        assertNull(host.cable.take(), "1000 bytes take 1 ms more");
        assertEquals(0, woken.get());
        bench.advance(Duration.ofMillis(1));
        assertEquals(1, woken.get());
        assertEquals(1, host.cable.take().data()[0]);
        assertNull(host.cable.take());
        bench.advance(Duration.ofMillis(1));
        assertEquals(2, woken.get());
        assertEquals(2, host.cable.take().data()[0]);
        assertNull(host.cable.take());

        port.send(frame(1000, 3));
        cable.shape(Shape.NONE);
        assertEquals(3, woken.get());
        assertEquals(3, host.cable.take().data()[0]);
        port.send(frame(1000, 4));
        assertEquals(4, host.cable.take().data()[0]);
    }

    @Test
    void aShareOfFramesIsLostAndCounted() {
        plug();
        cable.shape(new Shape(0, Duration.ZERO, 0.25));
        int got = 0;
        for (int i = 0; i < 10_000; i++) {
            assertTrue(port.send(frame(60, 0)));
            while (host.cable.take() != null) {
                got++;
            }
            bench.now += 10;
        }
        bench.advance(Duration.ofMillis(1));
        while (host.cable.take() != null) {
            got++;
        }
        assertEquals(10_000, got + cable.counters().get("from-guest-lost"));
        assertTrue(got > 7_000 && got < 8_000, got + " of 10000 came through");
    }

    @Test
    void oneDirectionCanBeWorseThanTheOther() {
        plug();
        cable.shape(false, new Shape(0, Duration.ZERO, 1));
        assertTrue(host.cable.deliver(frame(60, 1)));
        assertNull(port.receive());
        assertTrue(port.send(frame(60, 2)));
        assertEquals(2, host.cable.take().data()[0]);
        assertEquals(Shape.NONE, cable.shape(true));
        assertEquals(1, cable.counters().get("to-guest-lost"));
        assertEquals(0, cable.counters().get("from-guest-lost"));
    }

    @Test
    void aSlowCableRefusesSoonInsteadOfHoldingSecondsOfFrames() {
        plug();
        cable.shape(new Shape(10_000_000, Duration.ZERO, 0));
        int bytes = 0;
        while (port.send(frame(1500, 0))) {
            bytes += 1500;
        }
        assertTrue(bytes <= 250_000, bytes + " bytes at 10 Mbit/s");
    }

    @Test
    void aPulledCableLosesFramesAndTheGuestSeesTheLinkGo() {
        plug();
        List<Boolean> seen = new ArrayList<>();
        port.onLinkChange(() -> seen.add(port.linkUp()));
        cable.tellAnew();
        cable.plugged(false);
        bench.settle();
        assertTrue(port.send(frame(60, 1)));
        assertTrue(host.cable.deliver(frame(60, 1)));
        assertNull(host.cable.take());
        assertNull(port.receive());
        assertEquals(2, cable.counters().get("unplugged-dropped"));
        cable.plugged(true);
        host.up = false;
        host.cable.linkChanged();
        bench.settle();
        host.up = true;
        host.cable.linkChanged();
        bench.settle();
        assertEquals(List.of(true, false, true, false, true), seen);
        assertTrue(port.linkUp());
    }

    @Test
    void watchersSeeBothDirectionsAndOneThatThrowsIsTakenOff() throws Exception {
        plug();
        List<String> seen = new ArrayList<>();
        AutoCloseable watch = cable.watch((fromGuest, f, nanos) -> seen.add(fromGuest + " " + f.data().length + " "
            + nanos));
        cable.watch((fromGuest, f, nanos) -> {
            throw new IllegalStateException("on purpose");
        });
        bench.now = 5;
        port.send(frame(60, 0));
        host.cable.deliver(frame(61, 0));
        watch.close();
        port.send(frame(62, 0));
        assertEquals(List.of("true 60 1000000000005", "false 61 1000000000005"), seen);
    }

    @Test
    void framesOutliveBothEnds() {
        plug();
        port.send(frame(60, 1));
        host.cable.deliver(frame(60, 2));
        bench.settle();
        NetworkCable old = host.cable;
        cable.unplug();
        cable.release();
        bench.resting = true;
        assertNull(old.take());
        assertTrue(old.deliver(frame(60, 3)));

        Host next = new Host(Offloads.ALL);
        cable.plug(next);
        NetworkPort nextPort = cable.claim();
        List<String> told = new ArrayList<>();
        next.cable.onFrame(() -> told.add("host"));
        nextPort.onReceive(() -> told.add("card"));
        bench.resting = false;
        cable.tellAnew();
        bench.settle();
        assertEquals(List.of("card", "host"), told.stream().sorted().toList());
        assertEquals(1, next.cable.take().data()[0]);
        assertEquals(2, nextPort.receive().data()[0]);
        assertNull(nextPort.receive());
    }

    @Test
    void aBackendThatThrowsFailsTheCardAlone() {
        plug();
        host.cable.onFrame(() -> {
            throw new IllegalStateException("on purpose");
        });
        port.send(frame(60, 1));
        assertEquals(1, bench.failures.size());
    }

    @Test
    void whatIsInTheCableIsSavedAndRestored() throws Exception {
        plug();
        cable.shape(new Shape(1_000_000, Duration.ofMillis(20), 0));
        port.accept(new Offloads(true, false, true));
        port.send(frame(100, 1));
        host.cable.deliver(new Frame(frame(200, 2).data(), 34, 16, Frame.Segmentation.NONE, 0, true));
        StateTree state = new StateTree("cable");
        cable.save(state);

        Bench later = new Bench();
        later.now = 1_000_000_000L;
        Cable restored = new Cable(later, "test", later::timer);
        restored.restore(state.reader(1));
        Host next = new Host(Offloads.ALL);
        restored.plug(next);
        NetworkPort nextPort = restored.claim();
        assertEquals(Duration.ofMillis(20), restored.shape(false).delay());
        assertNull(next.cable.take(), "it is still on its way");
        later.advance(Duration.ofMillis(22));
        assertEquals(1, next.cable.take().data()[0]);
        Frame f = nextPort.receive();
        assertEquals(34, f.checksumStart());
        assertTrue(f.verified());
    }

    @Test
    void damagedStateIsRefused() {
        StateTree state = new StateTree("cable");
        state.putBoolean("plugged", true).putBoolean("checksum", true).putBoolean("tcp4", true)
            .putBoolean("tcp6", true);
        for (String lane : List.of("from-guest", "to-guest")) {
            state.section(lane).putLong("rate", 0).putLong("delay", 0).putLong("loss", 0).putInt("cut", -1)
                .putBytes("frames", new byte[] {0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        }
        assertThrows(StateException.class, () -> cable.restore(state.reader(1)));
    }

    @Test
    void aResetDropsWhatIsInTheCableAndWhatTheDriverSaid() {
        plug();
        port.accept(Offloads.ALL);
        port.send(frame(60, 1));
        host.cable.deliver(frame(60, 1));
        cable.reset();
        assertNull(host.cable.take());
        assertNull(port.receive());
        byte[] data = new byte[60];
        host.cable.deliver(new Frame(data, 34, 6, Frame.Segmentation.NONE, 0, false));
        Frame got = port.receive();
        assertTrue(got.complete());
        assertFalse(got.data() == data);
        assertArrayEquals(new byte[60], data);
    }
}
