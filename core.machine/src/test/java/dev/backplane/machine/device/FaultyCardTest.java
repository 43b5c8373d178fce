package dev.backplane.machine.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.Placement;
import dev.backplane.api.machine.CardState;
import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.clock.MachineTime;
import dev.backplane.machine.fake.FakeDevice;
import dev.backplane.machine.memory.MachineRam;
import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.spec.OptionParser;

/** Cards whose code hangs, floods, hoards or leaves threads behind. */
class FaultyCardTest {
    private final AddressSpace ports = AddressSpace.ports();
    private final MachineRam ram = new MachineRam("test", MemoryMap.of(16 << 20));
    private final MachineTime time = new MachineTime("test");
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private final AtomicInteger edges = new AtomicInteger();
    private final List<Card> cards = new ArrayList<>();
    private final FakeDevice.Type type = new FakeDevice.Type("fake", Placement.ISA, 1);

    private Card card(String trouble) throws Exception {
        CardPlatform.CardEvents events = new CardPlatform.CardEvents() {
            @Override
            public void failed(String card, String reason) {
                failures.add(card + ": " + reason);
            }

            @Override
            public void warned(String card, String what) {
                warnings.add(card + " " + what);
            }
        };
        CardPlatform platform = new CardPlatform("test", AddressSpace.memory(), ports, ram, time,
            (irq, owner) -> new CardPlatform.OwnedLine(on -> edges.addAndGet(on ? 1 : 0), () -> { }), null,
            new SplittableRandom(1), events, Duration.ofSeconds(1));
        Card card = new Card(platform, "c", type, OptionParser.parse(type, Map.of("trouble", trouble), Path.of("")),
            null, new ConsoleChannel("c"));
        cards.add(card);
        return card;
    }

    private Card live(String trouble) throws Exception {
        Card card = card(trouble);
        card.create();
        card.resume();
        return card;
    }

    private static void await(BooleanSupplier condition) {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < limit, "condition not met in time");
            Thread.onSpinWait();
        }
    }

    @BeforeEach
    void begin() {
        FakeDevice.released = false;
        time.resume();
    }

    @AfterEach
    void release() {
        FakeDevice.released = true;
        cards.forEach(Card::close);
        time.close();
        ram.close();
    }

    @Test
    void aCardThatIsNeverMadeClaimsNothing() throws Exception {
        Card card = card("CREATE_HANGS");
        String message = assertThrows(DeviceException.class, card::create).getMessage();
        assertTrue(message.contains("create did not return") && message.contains("FakeDevice"), message);
        Card good = live("NONE");
        ports.write(0x300, 4, 3);
        assertEquals(3, ports.read(0x300, 4));
        assertEquals(CardState.LIVE, good.state());
    }

    @Test
    void aNewBuildThatHangsWhileItIsMadeIsRolledBackAndTheGuestOnlyWaits() throws Exception {
        Card card = live("NONE");
        ports.write(0x300, 4, 41);
        CompletableFuture<Long> read = new CompletableFuture<>();
        FakeDevice.Type hangs = new FakeDevice.Type("fake", Placement.ISA, 98);
        Thread replacing = Thread.ofVirtual().start(() -> {
            String message = assertThrows(DeviceException.class, () -> card.replace(hangs)).getMessage();
            read.complete(message.contains("create did not return") ? ports.read(0x300, 4) : -1);
        });
        await(() -> card.state() == CardState.PARKED);
        assertEquals(41, ports.read(0x300, 4));
        assertEquals(41, read.get(10, TimeUnit.SECONDS));
        replacing.join();
        assertEquals(CardState.LIVE, card.state());
        assertTrue(failures.isEmpty(), failures.toString());
    }

    @Test
    void aCardThatHangsWhileItIsParkedFailsAndTheNextBuildBeginsAnew() throws Exception {
        for (String trouble : List.of("QUIESCE_HANGS", "SAVE_HANGS", "CLOSE_HANGS", "RESTORE_HANGS")) {
            Card card = live(trouble);
            ports.write(0x300, 4, 7);
            FakeDevice.Type newer = new FakeDevice.Type("fake", Placement.ISA, 1);
            if (trouble.equals("RESTORE_HANGS")) {
                assertThrows(DeviceException.class, () -> card.replace(newer));
                assertEquals(CardState.FAILED, card.state(), trouble);
                assertEquals(0xFF, ports.read(0x300, 1));
            } else {
                card.replace(newer);
                assertEquals(CardState.LIVE, card.state(), trouble);
                assertEquals(trouble.equals("CLOSE_HANGS") ? 7 : 0, ports.read(0x300, 4), trouble);
            }
            card.close();
            assertEquals(0xFF, ports.read(0x300, 1));
        }
    }

    @Test
    void aThreadThatCannotBeStoppedIsCutOffAndReported() throws Exception {
        Card card = live("SAVE_HANGS");
        FakeDevice.released = false;
        type.last.context.execute(() -> {
            while (!FakeDevice.released) {
                Thread.onSpinWait();
            }
        });
        await(() -> card.host().inside() != null);
        CardWatch watch = new CardWatch("test", 1, 2, () -> List.of(card));
        await(() -> {
            watch.look();
            return !warnings.isEmpty();
        });
        assertEquals(CardState.FAILED, card.state());
        assertEquals(1, warnings.size(), warnings.toString());
        assertTrue(warnings.getFirst().contains("cannot be stopped: thread test/c is still in"), warnings.toString());
        card.reset();
        card.resume();
        assertEquals(CardState.LIVE, card.state());
        ports.write(0x300, 4, 5);
        assertEquals(5, ports.read(0x300, 4));
        CompletableFuture<Boolean> ran = new CompletableFuture<>();
        type.last.context.execute(() -> ran.complete(true));
        assertTrue(ran.get(10, TimeUnit.SECONDS));
    }

    @Test
    void memoryThatACardHoardedIsGivenBackWhenItFails() throws Exception {
        Card card = live("READ_EXHAUSTS_MEMORY");
        WeakReference<FakeDevice> device = new WeakReference<>(type.last);
        type.last = null;
        assertEquals(0xFF, ports.read(0x300, 1));
        assertEquals(CardState.FAILED, card.state());
        assertTrue(card.reason().contains("OutOfMemoryError"), card.reason());
        card.dismantle();
        await(() -> {
            System.gc();
            return device.get() == null;
        });
        assertEquals(0xFF, ports.read(0x300, 1));
        card.reset();
        card.resume();
        assertEquals(CardState.LIVE, card.state());
        assertNotNull(type.last);
    }

    @Test
    void aStormOfInterruptsIsThrottledAndFailsTheCardIfItDoesNotEnd() throws Exception {
        Card card = live("NONE");
        FakeDevice device = type.last;
        CardWatch watch = new CardWatch("test", 1000, 2000, () -> List.of(card));
        long begin = System.nanoTime();
        int pulses = 0;
        watch.look();
        for (int period = 0; period < 2; period++) {
            for (int i = 0; i < 60 * InterruptLimit.BURST; i++) {
                device.irq.pulse();
                pulses++;
            }
            watch.look();
        }
        long millis = (System.nanoTime() - begin) / 1_000_000;
        assertTrue(edges.get() < InterruptLimit.BURST + 2 * millis + 10 || edges.get() < pulses / 2,
            edges + " of " + pulses + " in " + millis + " ms");
        int passed = edges.get();
        device.irq.pulse();
        await(() -> edges.get() > passed);
        await(() -> !warnings.isEmpty() || card.host().interrupts().bursts() < 100);
        while (card.state() == CardState.LIVE && card.host().interrupts().bursts() >= 100) {
            for (int i = 0; i < 60 * InterruptLimit.BURST; i++) {
                device.irq.pulse();
            }
            watch.look();
        }
        assertEquals(CardState.FAILED, card.state());
        assertTrue(card.reason().contains("interrupts a second"), card.reason());
        int end = edges.get();
        device.irq.pulse();
        assertEquals(end, edges.get());
    }

    @Test
    void threadsThatACardLeavesBehindAreInterruptedAndReportedByName() throws Exception {
        Card card = live("LEAVES_THREAD");
        await(() -> Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals("left behind")));
        card.close();
        await(() -> !warnings.isEmpty());
        assertTrue(warnings.getFirst().contains("left 1 thread running") && warnings.getFirst().contains(
            "left behind (goes on)"), warnings.toString());
    }
}
