package dev.backplane.machine.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.MachineControl;
import dev.backplane.api.device.Placement;
import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.state.StateException;
import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.clock.MachineTime;
import dev.backplane.machine.fake.FakeDevice;
import dev.backplane.machine.memory.MachineRam;
import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.spec.OptionParser;
import dev.backplane.machine.state.StateTree;

class CardTest {
    private final AddressSpace memory = AddressSpace.memory();
    private final AddressSpace ports = AddressSpace.ports();
    private final MachineRam ram = new MachineRam("test", MemoryMap.of(16 << 20));
    private final MachineTime time = new MachineTime("test");
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final List<Card> cards = new ArrayList<>();
    private final FakeDevice.Type type = new FakeDevice.Type("fake", Placement.ISA, 2);

    private CardPlatform platform(Duration limit) {
        MachineControl control = new MachineControl() {
            @Override
            public void requestReset() {
                failures.add("reset");
            }

            @Override
            public void requestPowerOff() {
                failures.add("off");
            }

            @Override
            public void requestExit(int status) {
                failures.add("exit");
            }
        };
        return new CardPlatform("test", memory, ports, ram, time,
            (irq, owner) -> new CardPlatform.OwnedLine(on -> lines.add(irq + (on ? "+" : "-")),
                () -> lines.add(irq + " released")),
            control, new SplittableRandom(1), (id, why) -> failures.add(id + ": " + why), limit);
    }

    private Card card(String id, Map<String, String> options) throws MachineException {
        Card card = new Card(platform(Duration.ofSeconds(10)), id, type,
            OptionParser.parse(type, options, Path.of("")), null, new ConsoleChannel(id));
        cards.add(card);
        return card;
    }

    private Card live(String id, Map<String, String> options) throws MachineException, DeviceException {
        Card card = card(id, options);
        card.create();
        card.resume();
        return card;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < limit, "condition not met in time");
            Thread.onSpinWait();
        }
    }

    @AfterEach
    void release() {
        cards.forEach(Card::close);
        time.close();
        ram.close();
    }

    @Test
    void registersReachTheDevice() throws Exception {
        live("c", Map.of());
        ports.write(0x300, 4, 0x12345678);
        assertEquals(0x12345678, ports.read(0x304, 4));
    }

    @Test
    void aDeviceWhoseCreationThrowsLeavesNothingBehind() throws Exception {
        Card broken = card("broken", Map.of("trouble", "CREATE_CLAIMS_THEN_THROWS"));
        DeviceException e = assertThrows(DeviceException.class, broken::create);
        assertTrue(e.getMessage().contains("after its claims"), e.getMessage());
        assertEquals(0xFF, ports.read(0x300, 1));
        assertTrue(lines.contains("5 released"));
        Card bad = card("bad", Map.of("trouble", "CREATE_THROWS"));
        assertTrue(assertThrows(DeviceException.class, bad::create).getMessage().contains("on purpose"));
        live("good", Map.of());
        assertEquals(0, ports.read(0x300, 1));
    }

    @Test
    void twoCardsOnTheSamePortsAreRefusedByBothNames() throws Exception {
        live("first", Map.of());
        Card second = card("second", Map.of("port", "0x304"));
        String message = assertThrows(DeviceException.class, second::create).getMessage();
        assertTrue(message.contains("first") && message.contains("second"), message);
    }

    @Test
    void claimsAfterCreationAreRefused() throws Exception {
        live("c", Map.of());
        FakeDevice d = type.last;
        assertThrows(IllegalStateException.class, () -> d.context.ports(0x400, 1, null));
        assertThrows(IllegalStateException.class, () -> d.context.timer("late", () -> { }));
    }

    @Test
    void aDeviceThatThrowsFailsAloneAndReadsAllOnes() throws Exception {
        Card bad = live("bad", Map.of("trouble", "READ_THROWS"));
        live("good", Map.of("port", "0x400"));
        FakeDevice d = type.last;
        assertEquals(0xFFFFFFFFL, ports.read(0x300, 4));
        assertEquals(CardState.FAILED, bad.state());
        assertTrue(bad.reason().contains("read throws on purpose"), bad.reason());
        assertEquals(1, failures.size());
        ports.write(0x300, 1, 1);
        assertEquals(0xFF, ports.read(0x300, 1));
        assertEquals(1, failures.size());
        assertEquals("5-", lines.getLast());
        ports.write(0x400, 1, 9);
        assertEquals(9, d.value);
    }

    @Test
    void aFailedCardCanBeResetAndItsLineStaysLowUntilThen() throws Exception {
        Card bad = live("bad", Map.of("trouble", "READ_THROWS"));
        ports.read(0x300, 1);
        type.last.irq.set(true);
        assertEquals("5-", lines.getLast());
        bad.reset();
        bad.resume();
        assertEquals(CardState.LIVE, bad.state());
        assertEquals("", bad.reason());
        type.last.irq.set(true);
        assertEquals("5+", lines.getLast());
    }

    @Test
    void aFailedCardReachesNoMemory() throws Exception {
        live("bad", Map.of("trouble", "READ_THROWS"));
        FakeDevice d = type.last;
        d.context.memory().write32(0x1000, 5);
        assertEquals(5, d.context.memory().read32(0x1000));
        ports.read(0x300, 1);
        d.context.memory().write32(0x1000, 6);
        assertEquals(-1, d.context.memory().read32(0x1000));
    }

    @Test
    void tasksRunInOrderUnderTheLockAndTheirFailuresAreContained() throws Exception {
        Card card = live("c", Map.of());
        List<Integer> order = new CopyOnWriteArrayList<>();
        CountDownLatch done = new CountDownLatch(1);
        for (int i = 0; i < 1000; i++) {
            int n = i;
            type.last.context.execute(() -> order.add(n));
        }
        type.last.context.execute(done::countDown);
        assertTrue(done.await(10, TimeUnit.SECONDS));
        assertEquals(1000, order.size());
        assertEquals(999, order.getLast());
        type.last.context.execute(() -> {
            throw new StackOverflowError("on purpose");
        });
        await(() -> card.state() == CardState.FAILED);
    }

    @Test
    void aCallThatNeverReturnsIsCutOff() throws Exception {
        Card card = live("hanging", Map.of("trouble", "READ_HANGS"));
        CompletableFuture<Long> read = CompletableFuture.supplyAsync(() -> ports.read(0x300, 1));
        await(() -> card.host().inside() != null);
        CompletableFuture<Long> second = CompletableFuture.supplyAsync(() -> ports.read(0x301, 1));
        CardWatch watch = new CardWatch("test", 1, 3, () -> List.of(card));
        for (int i = 0; i < 3; i++) {
            watch.look();
            assertEquals(CardState.LIVE, card.state());
        }
        watch.look();
        assertEquals(CardState.FAILED, card.state());
        assertTrue(card.reason().contains("did not come back"), card.reason());
        assertEquals(0xFF, second.get(10, TimeUnit.SECONDS));
        read.get(10, TimeUnit.SECONDS);
    }

    @Test
    void timersFireOnMachineTimeAndNotWhileTheCardIsParked() throws Exception {
        Card card = live("c", Map.of());
        FakeDevice d = type.last;
        time.resume();
        d.context.execute(() -> d.timer.armAt(1));
        await(() -> d.fired.get() == 1);
        card.quiesce();
        CountDownLatch armed = new CountDownLatch(1);
        d.context.execute(() -> {
            d.timer.armAt(1);
            armed.countDown();
        });
        assertTrue(armed.await(10, TimeUnit.SECONDS));
        CountDownLatch later = new CountDownLatch(1);
        time.timer("later", later::countDown).armAt(time.nanoTime() + 20_000_000);
        assertTrue(later.await(10, TimeUnit.SECONDS));
        assertEquals(1, d.fired.get());
        card.resume();
        await(() -> d.fired.get() == 2);
        assertEquals(1, d.resumed.get());
    }

    @Test
    void stateIsSavedWithTimersAndRestored() throws Exception {
        Card card = live("c", Map.of());
        ports.write(0x300, 8, 77);
        type.last.timer.armAt(123456);
        card.quiesce();
        StateTree saved = new StateTree("c");
        card.save(saved);
        card.close();
        Card again = card("c", Map.of());
        again.create();
        again.restore(saved.reader(0));
        again.resume();
        assertEquals(77, ports.read(0x300, 8));
        assertTrue(type.last.timer.armed());
        assertEquals(123456, type.last.timer.deadline());
        assertEquals(1, type.last.resumed.get());
    }

    @Test
    void stateOfANewerVersionIsRefusedByName() throws Exception {
        StateTree saved = new StateTree("c");
        saved.putString("type", "fake").putInt("version", 3).putBoolean("failed", false).putString("reason", "")
            .section("state");
        Card card = card("c", Map.of());
        card.create();
        String message = assertThrows(StateException.class, () -> card.restore(saved.reader(0))).getMessage();
        assertTrue(message.contains("fake") && message.contains("3"), message);
    }

    @Test
    void aReplacementCarriesStateOverWhileAnAccessWaits() throws Exception {
        Card card = live("c", Map.of());
        FakeDevice old = type.last;
        ports.write(0x300, 4, 41);
        FakeDevice.Type newer = new FakeDevice.Type("fake", Placement.ISA, 3);
        CompletableFuture<Void> reads = CompletableFuture.runAsync(() -> {
            while (newer.last == null || newer.last.resumed.get() == 0) {
                assertEquals(41, ports.read(0x300, 4));
            }
        });
        card.replace(newer);
        reads.get(10, TimeUnit.SECONDS);
        assertTrue(old.calls.contains("close"));
        assertEquals(41, newer.last.value);
        assertEquals(41, ports.read(0x300, 4));
        old.context.execute(() -> failures.add("an old task ran"));
        ports.write(0x300, 4, 42);
        assertEquals(42, newer.last.value);
        CountDownLatch done = new CountDownLatch(1);
        newer.last.context.execute(done::countDown);
        assertTrue(done.await(10, TimeUnit.SECONDS));
        assertTrue(failures.isEmpty(), failures.toString());
    }

    @Test
    void theGuestReachesACardThatComesToRestBeforeItIsReplaced() throws Exception {
        Card card = live("c", Map.of());
        FakeDevice old = type.last;
        old.settled = new CompletableFuture<>();
        FakeDevice.Type newer = new FakeDevice.Type("fake", Placement.ISA, 3);
        long before = System.nanoTime();
        CompletableFuture<Void> replaced = CompletableFuture.runAsync(() -> {
            try {
                card.replace(newer);
            } catch (DeviceException e) {
                throw new AssertionError(e);
            }
        });
        await(() -> old.calls.contains("settle"));
        ports.write(0x300, 4, 41);
        assertEquals(41, old.value);
        assertEquals(CardState.LIVE, card.state());
        long settled = System.nanoTime();
        old.settled.complete(null);
        replaced.get(10, TimeUnit.SECONDS);
        assertEquals(41, newer.last.value);
        assertTrue(card.parkedSince() - settled >= 0 && settled - before >= 0);
    }

    @Test
    void aCardThatDoesNotComeToRestInTimeIsReplacedAllTheSame() throws Exception {
        Card card = live("c", Map.of());
        type.last.settled = new CompletableFuture<>();
        FakeDevice.Type newer = new FakeDevice.Type("fake", Placement.ISA, 3);
        card.replace(newer);
        assertEquals(1, newer.last.resumed.get());
    }

    @Test
    void machineTimeStandsWhileAnAccessWaitsForAParkedCard() throws Exception {
        Card card = live("c", Map.of());
        time.resume();
        await(() -> time.nanoTime() > 0);
        card.park();
        assertTrue(time.running());
        CompletableFuture<Long> read = CompletableFuture.supplyAsync(() -> ports.read(0x300, 4));
        await(() -> !time.running());
        long stood = time.nanoTime();
        card.seat(type);
        assertEquals(0, read.get(10, TimeUnit.SECONDS));
        await(time::running);
        await(() -> time.nanoTime() > stood);
        card.park();
        CompletableFuture<Long> lost = CompletableFuture.supplyAsync(() -> ports.read(0x300, 4));
        await(() -> !time.running());
        card.abandon("it stayed away");
        assertEquals(0xFFFFFFFFL, lost.get(10, TimeUnit.SECONDS));
        await(time::running);
    }

    @Test
    void aReplacementThatRefusesTheStateIsRolledBack() throws Exception {
        Card card = live("c", Map.of());
        ports.write(0x300, 4, 41);
        FakeDevice.Type newer = new FakeDevice.Type("fake", Placement.ISA, 99);
        String message = assertThrows(DeviceException.class, () -> card.replace(newer)).getMessage();
        assertTrue(message.contains("refused on purpose"), message);
        assertEquals(CardState.LIVE, card.state());
        assertEquals(41, ports.read(0x300, 4));
        assertEquals(1, newer.closed.get());
        assertEquals(2, type.created.get());
    }

    @Test
    void consoleOutputIsKeptAndInputReachesTheDevice() throws Exception {
        live("c", Map.of());
        ConsoleChannel console = cards.getFirst().console();
        AtomicInteger count = new AtomicInteger();
        AtomicInteger newest = new AtomicInteger();
        try (AutoCloseable attached = console.attach(bytes -> {
            newest.set(bytes[bytes.length - 1]);
            count.addAndGet(bytes.length);
        })) {
            for (int i = 0; i < 100_000; i++) {
                ports.write(0x300, 1, i);
            }
            await(() -> count.get() == 100_000);
        }
        assertEquals(100_000, console.position());
        assertEquals((byte) 99_999, newest.get());
        assertEquals(100_000, console.read(0).length);
        CountDownLatch input = new CountDownLatch(1);
        type.last.context.execute(() -> type.last.console.onInput(input::countDown));
        console.send(new byte[] {'x'});
        assertTrue(input.await(10, TimeUnit.SECONDS));
        assertEquals('x', type.last.console.read());
        assertEquals(-1, type.last.console.read());
        assertFalse(console.await(100_000, 1000) > 100_000);
    }
}
