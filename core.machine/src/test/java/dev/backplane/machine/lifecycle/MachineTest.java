package dev.backplane.machine.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.api.device.Placement;
import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.fake.FakeBackend;
import dev.backplane.machine.fake.FakeDevice;
import dev.backplane.machine.fake.FakeRegistrar;
import dev.backplane.machine.fake.Payload;
import dev.backplane.machine.manager.LiveCatalog;
import dev.backplane.machine.manager.Machines;
import dev.backplane.machine.memory.MemoryMap;

class MachineTest {
    private static final Provider TEST = new Provider("test", "1");

    @TempDir
    private Path folder;
    private final LiveCatalog catalog = new LiveCatalog();
    private final List<MachineEvent> events = new CopyOnWriteArrayList<>();
    private final FakeBackend backend = new FakeBackend("fake", (index, bus, count) -> null);
    private final FakeDevice.Type isa = new FakeDevice.Type("isa-fake", Placement.ISA, 1);
    private final FakeDevice.Type pci = new FakeDevice.Type("pci-fake", Placement.PCIE, 1);
    private Duration grace = Duration.ofMinutes(1);
    private Machines machines;

    @BeforeEach
    void open() {
        catalog.add(backend, TEST);
        catalog.add(isa, TEST);
        catalog.add(pci, TEST);
        machines = manager();
    }

    private Machines manager() {
        Machines m = new Machines(catalog, TEST, folder.resolve("machines"), grace, new FakeRegistrar(), events::add);
        m.load();
        return m;
    }

    @AfterEach
    void close() {
        machines.close();
        assertEquals(0, backend.sessions.get());
        assertEquals(isa.created.get(), isa.closed.get());
        assertEquals(pci.created.get(), pci.closed.get());
    }

    private MachineSpec spec(String name, int vcpus, CardSpec... cards) throws IOException {
        return new MachineSpec(name, vcpus, 64 << 20, null, null,
            new BootSpec(Payload.multiboot(folder), null, List.of(), "x"), List.of(cards));
    }

    private static CardSpec card(String type, Map<String, String> options) {
        return new CardSpec(null, type, null, options);
    }

    private static void await(BooleanSupplier condition) {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < limit, "condition not met in time");
            Thread.onSpinWait();
        }
    }

    private long count(int vcpu) {
        return backend.vcpus.get(vcpu).statistics().get("instructions");
    }

    @Test
    void aMachineRunsPausesResumesAndStops() throws Exception {
        Machine m = machines.create(spec("m", 1));
        assertEquals(MachineState.STOPPED, m.state());
        m.start();
        await(() -> count(0) > 100);
        m.pause();
        long stood = count(0);
        long time = m.view().uptime();
        assertEquals(stood, count(0));
        assertEquals(time, m.view().uptime());
        assertEquals("stopped", m.view().vcpus().getFirst().activity());
        m.resume();
        await(() -> count(0) > stood + 100);
        m.stop();
        assertEquals(MachineState.STOPPED, m.state());
        assertTrue(assertThrows(MachineException.class, m::stop).getMessage().endsWith("it is stopped"));
    }

    @Test
    void aHaltedProcessorSleepsUntilAnInterrupt() throws Exception {
        AtomicLong taken = new AtomicLong();
        AtomicLong halts = new AtomicLong();
        backend.program = (index, bus, count) -> {
            if (count == 1) {
                // Software-enable the local APIC, one-shot timer, vector 0x40.
                bus.mmioWrite(0xFEE000F0L, 4, 0x1FF);
                bus.mmioWrite(0xFEE00320L, 4, 0x40);
                bus.mmioWrite(0xFEE003E0L, 4, 0xB);
                bus.mmioWrite(0xFEE00380L, 4, 20_000_000);
            }
            if ((bus.pendingEvents() & VcpuBus.EVENT_INTERRUPT) != 0) {
                taken.set(bus.acknowledgeInterrupt());
                bus.mmioWrite(0xFEE000B0L, 4, 0);
                return null;
            }
            halts.incrementAndGet();
            return VcpuExit.HALTED;
        };
        Machine m = machines.create(spec("m", 1));
        m.start();
        await(() -> taken.get() == 0x40);
        await(() -> m.view().vcpus().getFirst().activity().equals("halted"));
        assertTrue(halts.get() < 10, "it spun " + halts.get() + " times");
        m.stop();
    }

    @Test
    void otherProcessorsWaitForTheStartUpInterrupt() throws Exception {
        AtomicLong started = new AtomicLong();
        backend.program = (index, bus, count) -> {
            if (index == 0 && count == 1) {
                bus.mmioWrite(0xFEE000F0L, 4, 0x1FF);
                bus.mmioWrite(0xFEE00310L, 4, 1L << 24);
                bus.mmioWrite(0xFEE00300L, 4, 0x4500);
                bus.mmioWrite(0xFEE00300L, 4, 0x4612);
            }
            if (index == 1) {
                started.incrementAndGet();
            }
            return VcpuExit.HALTED;
        };
        Machine m = machines.create(spec("m", 3));
        m.start();
        await(() -> started.get() > 0);
        await(() -> m.view().vcpus().get(2).activity().equals("wait-for-sipi"));
        m.pause();
        assertEquals(0x1200, backend.vcpus.get(1).save().segment(CpuState.Segment.CS).selector());
        m.stop();
    }

    @Test
    void aTripleFaultResetsTheMachine() throws Exception {
        AtomicLong runs = new AtomicLong();
        backend.program = (index, bus, count) -> {
            if (count == 1 && runs.incrementAndGet() == 1) {
                return VcpuExit.SHUTDOWN;
            }
            return null;
        };
        Machine m = machines.create(spec("m", 1, card("isa-fake", Map.of())));
        m.start();
        await(() -> runs.get() == 2);
        await(() -> events.stream().anyMatch(e -> e.kind() == MachineEvent.Kind.RESET
            && e.detail().contains("triple fault")));
        await(() -> isa.last.calls.size() == 2);
        m.stop();
    }

    @Test
    void aBackendThatFailsLeavesAFailedMachineThatCanBeStartedAgain() throws Exception {
        backend.program = (index, bus, count) -> VcpuExit.FAILED;
        Machine m = machines.create(spec("m", 1));
        m.start();
        assertEquals(MachineState.FAILED, m.await(List.of(MachineState.FAILED), Duration.ofSeconds(10)));
        assertTrue(m.view().reason().contains("vCPU 0"), m.view().reason());
        backend.program = (index, bus, count) -> {
            throw new IllegalStateException("a defect");
        };
        m.start();
        m.await(List.of(MachineState.FAILED), Duration.ofSeconds(10));
        assertTrue(m.view().reason().contains("a defect"), m.view().reason());
        backend.program = (index, bus, count) -> null;
        m.start();
        m.stop();
    }

    @Test
    void aCardCanTurnTheMachineOffWithAStatus() throws Exception {
        Machine m = machines.create(spec("m", 1, card("isa-fake", Map.of())));
        m.start();
        isa.last.context.control().requestExit(33);
        m.await(List.of(MachineState.STOPPED), Duration.ofSeconds(10));
        assertEquals(33, m.view().exitStatus());
    }

    @Test
    void theGuestTurnsTheMachineOffThroughAcpi() throws Exception {
        backend.program = (index, bus, count) -> {
            bus.portWrite(0x604, 2, 5 << 10 | 1 << 13);
            return VcpuExit.HALTED;
        };
        Machine m = machines.create(spec("m", 1));
        m.start();
        m.await(List.of(MachineState.STOPPED), Duration.ofSeconds(10));
    }

    @Test
    void cardsAreSeatedAtAddressesAndServeTheGuest() throws Exception {
        AtomicLong read = new AtomicLong();
        backend.program = (index, bus, count) -> {
            bus.portWrite(0x300, 4, 0x77);
            read.set(bus.portRead(0x304, 4));
            return VcpuExit.HALTED;
        };
        Machine m = machines.create(spec("m", 1, card("isa-fake", Map.of()), card("pci-fake", Map.of())));
        assertEquals(List.of("isa-fake0", "pci-fake0"), m.view().cards().stream().map(c -> c.id()).toList());
        assertEquals(CardState.SEATED, m.view().cards().getFirst().state());
        m.start();
        await(() -> read.get() == 0x77);
        assertEquals("01:00.0", m.view().cards().get(1).address());
        assertEquals("slot1", m.view().cards().get(1).slot());
        assertEquals("pci-fake0", m.view().slots().getFirst().card());
        assertEquals(CardState.LIVE, m.view().cards().get(1).state());
        assertEquals(1, m.consoles().size());
        m.stop();
    }

    @Test
    void aSecondCardOnTheSamePortsIsRefusedWhenItIsAdded() throws Exception {
        Machine m = machines.create(spec("m", 1, card("isa-fake", Map.of())));
        String message = assertThrows(MachineException.class, () -> m.add(card("isa-fake", Map.of()))).getMessage();
        assertTrue(message.contains("isa-fake0") && message.contains("isa-fake1"), message);
        assertEquals(1, m.view().cards().size());
        assertEquals("isa-fake1", m.add(card("isa-fake", Map.of("port", "0x400"))));
    }

    @Test
    void whatIsMisspeltIsAnsweredWithTheNearestRightName() throws Exception {
        Machine m = machines.create(spec("m", 1));
        String message = assertThrows(MachineException.class,
            () -> m.add(card("isa-fake", Map.of("prot", "1")))).getMessage();
        assertTrue(message.contains("did you mean port?"), message);
        assertTrue(assertThrows(MachineException.class, () -> m.add(card("isa-fake", Map.of("port", "x"))))
            .getMessage().contains("port=x"));
        assertTrue(assertThrows(MachineException.class, () -> m.remove("nothing", false)).getMessage()
            .contains("nothing"));
    }

    @Test
    void aMachineWaitsForATypeThatIsNotThereAndSaysSo() throws Exception {
        Machine m = machines.create(spec("m", 1, card("later", Map.of("a", "b"))));
        assertEquals(MachineState.WAITING, m.state());
        assertTrue(m.view().reason().contains("later"), m.view().reason());
        assertTrue(assertThrows(MachineException.class, m::start).getMessage().contains("later"));
        assertEquals(CardState.WAITING, m.view().cards().getFirst().state());
        m.remove("later0", false);
        assertEquals(MachineState.STOPPED, m.state());
        m.add(card("coming", Map.of()));
        FakeDevice.Type coming = new FakeDevice.Type("coming", Placement.PCIE, 1);
        catalog.add(coming, TEST);
        machines.catalogChanged();
        assertEquals(MachineState.STOPPED, m.await(List.of(MachineState.STOPPED), Duration.ofSeconds(10)));
        m.start();
        m.stop();
        assertEquals(coming.created.get(), coming.closed.get());
        catalog.remove(backend);
        machines.catalogChanged();
        m.await(List.of(MachineState.WAITING), Duration.ofSeconds(10));
        assertTrue(m.view().reason().contains("CPU backend"));
    }

    @Test
    void aStartThatFailsReleasesEverythingAndLeavesTheMachineStopped() throws Exception {
        Machine m = machines.create(spec("m", 1, card("isa-fake", Map.of()), card("pci-fake", Map.of())));
        Files.delete(folder.resolve("kernel"));
        String message = assertThrows(MachineException.class, m::start).getMessage();
        assertTrue(message.contains("kernel"), message);
        assertEquals(MachineState.STOPPED, m.state());
        assertEquals(isa.created.get(), isa.closed.get());
        Payload.multiboot(folder);
        m.start();
        m.stop();
    }

    @Test
    void definitionsSurviveTheRuntime() throws Exception {
        Machine m = machines.create(spec("m", 2, card("isa-fake", Map.of("port", "0x320", "image", "disk.img"))));
        MachineSpec before = m.view().spec();
        assertTrue(Path.of(before.cards().getFirst().options().get("image")).isAbsolute());
        m.start();
        machines.close();
        machines = manager();
        Machine again = machines.machine("m").orElseThrow();
        assertEquals(before, again.view().spec());
        assertEquals(MachineState.STOPPED, again.state());
        again.destroy();
        assertTrue(machines.machine("m").isEmpty());
        machines.close();
        machines = manager();
        assertTrue(machines.machines().isEmpty());
    }

    @Test
    void aMachineMovesToAnotherBackendAtAnInstructionBoundary() throws Exception {
        FakeBackend other = new FakeBackend("other", (index, bus, count) -> null);
        Machine m = machines.create(spec("m", 1));
        assertTrue(assertThrows(MachineException.class, () -> m.switchBackend("other")).getMessage()
            .contains("is stopped"));
        m.start();
        await(() -> count(0) > 1000);
        String message = assertThrows(MachineException.class, () -> m.switchBackend("fke")).getMessage();
        assertTrue(message.contains("fake"), message);
        assertThrows(MachineException.class, () -> m.switchBackend("fake"));
        catalog.add(other, new Provider("another", "2"));
        Duration stood = m.switchBackend("other");
        assertTrue(stood.isPositive() && stood.toSeconds() < 10, stood.toString());
        long moved = count(0);
        await(() -> other.vcpus.get(0).statistics().get("instructions") > moved);
        assertEquals(moved, count(0));
        assertEquals(0, backend.sessions.get());
        assertEquals("other", m.view().cpuBackend());
        assertEquals("another", m.view().backend().bundle());
        assertEquals("other", m.view().spec().cpuBackend());
        assertEquals(MachineState.RUNNING, m.state());
        await(() -> events.stream().anyMatch(e -> e.kind() == MachineEvent.Kind.VCPUS_REPLACED));
        m.stop();
        assertEquals(0, other.sessions.get());
    }

    @Test
    void aMachineIsSavedAndRestoredInANewRuntime() throws Exception {
        Machine m = machines.create(spec("m", 2, card("isa-fake", Map.of()), card("pci-fake", Map.of())));
        m.start();
        await(() -> count(0) > 1000);
        isa.last.context.memory().write64(0x200000, 0x1122334455667788L);
        isa.last.context.memory().write64((64 << 20) - 8, 99);
        isa.last.value = 17;
        pci.last.value = 18;
        Path file = folder.resolve("m.save");
        long uptime = m.view().uptime();
        m.save(file, Progress.NONE);
        assertEquals(MachineState.RUNNING, m.state());
        long saved = count(0);
        await(() -> count(0) > saved);
        m.destroy();
        assertTrue(Files.size(file) < 100_000, "it has " + Files.size(file) + " bytes");

        Machine r = machines.restore(file, "r", Progress.NONE);
        assertEquals("r", r.name());
        assertEquals(MachineState.RUNNING, r.state());
        await(() -> count(0) > 1000);
        assertTrue(r.view().uptime() > uptime);
        assertEquals(17, isa.last.value);
        assertEquals(18, pci.last.value);
        assertEquals(1, isa.last.resumed.get());
        assertEquals(0x1122334455667788L, isa.last.context.memory().read64(0x200000));
        assertEquals(99, isa.last.context.memory().read64((64 << 20) - 8));
        assertEquals("01:00.0", r.view().cards().get(1).address());
        r.stop();
    }

    @Test
    void aMachineThatIsOffAndUnchangedTakesItsSavedStateBack() throws Exception {
        Machine m = machines.create(spec("m", 1, card("isa-fake", Map.of())));
        m.start();
        isa.last.value = 17;
        Path file = folder.resolve("m.save");
        m.save(file, Progress.NONE);
        assertTrue(assertThrows(MachineException.class, () -> machines.restore(file, null, Progress.NONE)).getMessage()
            .contains("is RUNNING"));
        m.stop();
        isa.last.value = 0;
        assertSame(m, machines.restore(file, null, Progress.NONE));
        assertEquals(MachineState.RUNNING, m.state());
        assertEquals(17, isa.last.value);
        m.stop();
        m.add(card("pci-fake", Map.of()));
        assertTrue(assertThrows(MachineException.class, () -> machines.restore(file, null, Progress.NONE)).getMessage()
            .contains("has changed since it was saved"));
        assertEquals(List.of(m), machines.machines());
        assertEquals(MachineState.STOPPED, m.state());
    }

    @Test
    void aDamagedFileIsRefusedWithItsNameAndLeavesNothing() throws Exception {
        Machine m = machines.create(spec("m", 1, card("isa-fake", Map.of())));
        m.start();
        Path file = folder.resolve("m.save");
        m.save(file, Progress.NONE);
        m.destroy();
        byte[] good = Files.readAllBytes(file);
        SplittableRandom random = new SplittableRandom(3);
        Path bad = folder.resolve("bad.save");
        for (int i = 0; i < 300; i++) {
            byte[] bytes = i % 2 == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            if (i % 2 == 1) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(bad, bytes);
            MachineException e = assertThrows(MachineException.class,
                () -> machines.restore(bad, "x", Progress.NONE));
            assertTrue(e.getMessage().contains("bad.save"), e.getMessage());
            assertTrue(machines.machines().isEmpty());
        }
        byte[] version = good.clone();
        version[11] = 9;
        Files.write(bad, version);
        assertTrue(assertThrows(MachineException.class, () -> machines.restore(bad, "x", Progress.NONE)).getMessage()
            .contains("version 9"));
        Files.writeString(bad, "#!/bin/sh and so on", StandardCharsets.UTF_8);
        assertTrue(assertThrows(MachineException.class, () -> machines.restore(bad, "x", Progress.NONE)).getMessage()
            .contains("not a saved machine"));
    }

    @Test
    void aSaveThatFailsKeepsTheOldFileAndTheMachineRunning() throws Exception {
        Machine m = machines.create(spec("m", 1));
        m.start();
        Path file = folder.resolve("m.save");
        Files.writeString(file, "old");
        assertThrows(MachineException.class, () -> m.save(folder.resolve("nowhere/m.save"), Progress.NONE));
        assertThrows(IllegalStateException.class, () -> m.save(file, (done, total) -> {
            throw new IllegalStateException("on purpose");
        }));
        assertEquals("old", Files.readString(file));
        assertEquals(MachineState.RUNNING, m.state());
        long now = count(0);
        await(() -> count(0) > now);
        try (Stream<Path> files = Files.list(folder)) {
            assertFalse(files.anyMatch(f -> f.toString().endsWith(".tmp")));
        }
        m.stop();
    }

    @Test
    void aCardAddedToARunningMachineIsThereAndIsTakenOutByForce() throws Exception {
        Machine m = machines.create(spec("m", 1));
        m.start();
        String id = m.add(card("pci-fake", Map.of()));
        assertEquals(CardState.LIVE, m.view().cards().getFirst().state());
        assertEquals("slot1", m.view().cards().getFirst().slot());
        assertTrue(assertThrows(MachineException.class, () -> m.add(card("isa-fake", Map.of()))).getMessage()
            .contains("not a PCIe card"));
        assertTrue(assertThrows(MachineException.class, () -> m.remove(id, false)).getMessage()
            .contains("does not handle hot-plug"));
        m.remove(id, true);
        assertTrue(m.view().cards().isEmpty());
        assertEquals(pci.created.get(), pci.closed.get());
        m.stop();
    }

    @Test
    void whileTheGuestLetsGoOfACardASecondRequestIsRefusedAndOtherOperationsDoNotWait() throws Exception {
        AtomicBoolean pressed = new AtomicBoolean();
        AtomicBoolean letGo = new AtomicBoolean();
        long firstPort = MemoryMap.ECAM_BASE + (1L << 15);
        backend.program = (index, bus, count) -> {
            long express = firstPort + bus.mmioRead(firstPort + 0x34, 1);
            while (bus.mmioRead(express, 1) != 0x10) {
                express = firstPort + bus.mmioRead(express + 1, 1);
            }
            if (count == 1) {
                // Button and interrupt enabled, indicator on.
                bus.mmioWrite(express + 0x18, 2, 0x121);
            }
            if ((bus.mmioRead(express + 0x1A, 2) & 1) != 0) {
                pressed.set(true);
            }
            if (letGo.get()) {
                bus.mmioWrite(express + 0x18, 2, 0x221);
                bus.mmioWrite(express + 0x18, 2, 0x321);
            }
            return null;
        };
        Machine m = machines.create(spec("m", 1, new CardSpec("going", "pci-fake", "slot1", Map.of())));
        m.start();
        await(() -> count(0) > 10);
        CompletableFuture<Void> first = CompletableFuture.runAsync(() -> {
            try {
                m.remove("going", false);
            } catch (MachineException e) {
                throw new IllegalStateException(e);
            }
        });
        await(pressed::get);
        assertTrue(assertThrows(MachineException.class, () -> m.remove("going", false)).getMessage()
            .contains("already"));
        String other = m.add(card("pci-fake", Map.of()));
        m.remove(other, true);
        assertFalse(first.isDone());
        letGo.set(true);
        first.get(10, TimeUnit.SECONDS);
        assertTrue(m.view().cards().isEmpty());
        m.stop();
    }

    @Test
    void eventsComeInOrder() throws Exception {
        Machine m = machines.create(spec("m", 1));
        m.start();
        m.pause();
        m.resume();
        m.reset();
        m.stop();
        m.destroy();
        await(() -> events.stream().anyMatch(e -> e.kind() == MachineEvent.Kind.DESTROYED));
        assertEquals(List.of(MachineEvent.Kind.CREATED, MachineEvent.Kind.STARTED, MachineEvent.Kind.PAUSED,
            MachineEvent.Kind.RESUMED, MachineEvent.Kind.RESET, MachineEvent.Kind.STOPPED,
            MachineEvent.Kind.DESTROYED), events.stream().map(MachineEvent::kind).toList());
        assertSame(MachineState.DESTROYED, m.state());
        assertThrows(MachineException.class, m::start);
    }

    @Test
    void aTypeThatComesBackAsAnotherBuildServesTheSameCardWithoutTheGuestNoticing() throws Exception {
        AtomicLong wrong = new AtomicLong();
        AtomicLong reads = new AtomicLong();
        backend.program = (index, bus, count) -> {
            if (count == 1) {
                bus.portWrite(0x300, 4, 0x1234);
            }
            if (bus.portRead(0x300, 4) != 0x1234) {
                wrong.incrementAndGet();
            }
            reads.incrementAndGet();
            return null;
        };
        Machine m = machines.create(spec("m", 1, card("isa-fake", Map.of())));
        m.start();
        await(() -> reads.get() > 1000);
        FakeDevice.Type old = isa;
        FakeDevice.Type newer = new FakeDevice.Type("isa-fake", Placement.ISA, 1);
        for (int i = 0; i < 50; i++) {
            FakeDevice.Type from = i % 2 == 0 ? old : newer;
            FakeDevice.Type to = i % 2 == 0 ? newer : old;
            catalog.remove(from);
            machines.typeGone(from);
            assertEquals(CardState.PARKED, m.view().cards().getFirst().state());
            assertThrows(MachineException.class, () -> m.save(folder.resolve("x"), Progress.NONE));
            catalog.add(new FakeDevice.Type("isa-fake", Placement.ISA, 99), TEST);
            FakeDevice.Type refusing = (FakeDevice.Type) catalog.deviceType("isa-fake").orElseThrow().type();
            machines.typeCame(new DeviceTypeView(refusing, TEST));
            assertEquals(CardState.PARKED, m.view().cards().getFirst().state());
            catalog.remove(refusing);
            catalog.add(to, TEST);
            machines.typeCame(new DeviceTypeView(to, TEST));
            assertEquals(CardState.LIVE, m.view().cards().getFirst().state());
            long now = reads.get();
            await(() -> reads.get() > now + 10);
        }
        assertEquals(0, wrong.get());
        assertEquals(newer.created.get(), newer.closed.get());
        await(() -> events.stream().filter(e -> e.kind() == MachineEvent.Kind.CARD_REPLACED).count() == 50);
        m.stop();
    }

    @Test
    void aBackendThatComesBackAsAnotherBuildGoesOnWhereTheVcpusWere() throws Exception {
        Machine m = machines.create(spec("m", 2));
        m.start();
        await(() -> count(0) > 1000);
        catalog.remove(backend);
        machines.backendGone(backend);
        assertEquals(0, backend.sessions.get());
        long stood = count(0);
        assertThrows(MachineException.class, m::reset);
        m.pause();
        m.resume();
        FakeBackend newer = new FakeBackend("fake", (index, bus, count) -> null);
        CpuBackendView view = new CpuBackendView(newer, TEST);
        catalog.add(newer, TEST);
        machines.backendCame(view);
        await(() -> newer.vcpus.get(0).statistics().get("instructions") > stood);
        assertEquals(stood, count(0));
        await(() -> m.view().vcpus().get(1).activity().equals("wait-for-sipi"));
        m.stop();
        assertEquals(0, newer.sessions.get());
    }

    @Test
    void aBuildThatComesFromTheSameBundleTakesOverWhileTheOldOneIsStillThere() throws Exception {
        Machine m = machines.create(spec("m", 1, card("isa-fake", Map.of())));
        m.start();
        isa.last.value = 7;
        FakeDevice.Type newer = new FakeDevice.Type("isa-fake", Placement.ISA, 1);
        Provider build = new Provider("test", "2");
        catalog.add(newer, build);
        machines.typeCame(new DeviceTypeView(newer, build));
        assertEquals(7, newer.last.value);
        assertEquals(build, m.view().cards().getFirst().provider());
        catalog.remove(isa);
        machines.typeGone(isa);
        assertEquals(1, newer.created.get());
        FakeDevice.Type stranger = new FakeDevice.Type("isa-fake", Placement.ISA, 1);
        catalog.add(stranger, new Provider("stranger", "9"));
        machines.typeCame(new DeviceTypeView(stranger, new Provider("stranger", "9")));
        assertEquals(0, stranger.created.get());
        FakeDevice.Type refusing = new FakeDevice.Type("isa-fake", Placement.ISA, 99);
        catalog.add(refusing, new Provider("test", "3"));
        machines.typeCame(new DeviceTypeView(refusing, new Provider("test", "3")));
        assertEquals(CardState.LIVE, m.view().cards().getFirst().state());
        assertEquals(build, m.view().cards().getFirst().provider());
        assertEquals(7, newer.last.value);
        await(() -> events.stream().anyMatch(e -> e.kind() == MachineEvent.Kind.CARD_REFUSED));
        catalog.remove(refusing);
        machines.typeGone(refusing);
        catalog.remove(newer);
        machines.typeGone(newer);
        assertEquals(7, stranger.last.value);
        assertTrue(events.stream().noneMatch(e -> e.kind() == MachineEvent.Kind.CARD_PARKED));
        m.stop();
        assertEquals(stranger.created.get(), stranger.closed.get());
    }

    @Test
    void ofThreeMachinesOnlyThoseThatUseATypeHearOfItsReplacement() throws Exception {
        Machine first = machines.create(spec("first", 1, card("isa-fake", Map.of())));
        Machine second = machines.create(spec("second", 1, card("isa-fake", Map.of()), card("pci-fake", Map.of())));
        Machine third = machines.create(spec("third", 1, card("pci-fake", Map.of())));
        for (Machine m : List.of(first, second, third)) {
            m.start();
        }
        long thirdRan = third.view().uptime();
        FakeDevice.Type newer = new FakeDevice.Type("isa-fake", Placement.ISA, 1);
        catalog.add(newer, TEST);
        machines.typeCame(new DeviceTypeView(newer, TEST));
        catalog.remove(isa);
        machines.typeGone(isa);
        assertEquals(2, newer.created.get());
        await(() -> events.stream().filter(e -> e.kind() == MachineEvent.Kind.CARD_REPLACED).count() == 2);
        assertEquals(List.of(MachineEvent.Kind.CREATED, MachineEvent.Kind.STARTED),
            events.stream().filter(e -> e.machine().equals("third")).map(MachineEvent::kind).toList());
        await(() -> third.view().uptime() > thirdRan);
        for (Machine m : List.of(first, second, third)) {
            m.stop();
        }
        assertEquals(2, newer.closed.get());
    }

    @Test
    void aBackendsBuildThatDoesNotTakeTheVcpusLeavesThemOnTheOldOne() throws Exception {
        Machine m = machines.create(spec("m", 2));
        m.start();
        await(() -> count(0) > 1000);
        Provider build = new Provider("test", "2");
        FakeBackend throwing = new FakeBackend("fake", (index, bus, count) -> null);
        throwing.refusal = new IllegalStateException("open throws on purpose");
        FakeBackend otherModel = new FakeBackend("fake", (index, bus, count) -> null);
        otherModel.model = "grand";
        for (FakeBackend bad : List.of(throwing, otherModel)) {
            catalog.add(bad, build);
            machines.backendCame(new CpuBackendView(bad, build));
            long now = count(0);
            await(() -> count(0) > now + 1000);
            assertEquals(TEST, m.view().backend());
            assertEquals(0, bad.sessions.get());
            catalog.remove(bad);
            machines.backendGone(bad);
        }
        await(() -> events.stream().filter(e -> e.kind() == MachineEvent.Kind.VCPUS_REFUSED).count() == 2);
        assertTrue(events.stream().anyMatch(e -> e.detail().contains("open throws on purpose")), events.toString());
        FakeBackend good = new FakeBackend("fake", (index, bus, count) -> null);
        catalog.add(good, build);
        machines.backendCame(new CpuBackendView(good, build));
        assertEquals(build, m.view().backend());
        assertEquals(0, backend.sessions.get());
        catalog.remove(good);
        machines.backendGone(good);
        assertEquals(TEST, m.view().backend());
        m.stop();
    }

    @Test
    void aMachineWhoseBackendIsGoneStandsStillWithTheReasonAndTakesTheNextBuild() throws Exception {
        machines.close();
        grace = Duration.ofMillis(20);
        machines = manager();
        Machine m = machines.create(spec("m", 1));
        m.start();
        await(() -> count(0) > 1000);
        catalog.remove(backend);
        machines.backendGone(backend);
        long time = m.view().uptime();
        assertTrue(m.view().reason().contains("fake"), m.view().reason());
        FakeBackend bad = new FakeBackend("fake", (index, bus, count) -> null);
        bad.refusal = new IllegalStateException("open throws on purpose");
        catalog.add(bad, TEST);
        machines.backendCame(new CpuBackendView(bad, TEST));
        assertTrue(m.view().reason().contains("open throws on purpose"), m.view().reason());
        catalog.remove(bad);
        machines.backendGone(bad);
        assertEquals(time, m.view().uptime());
        FakeBackend other = new FakeBackend("other", (index, bus, count) -> null);
        catalog.add(other, TEST);
        m.switchBackend("other");
        await(() -> other.vcpus.get(0).statistics().get("instructions") > count(0));
        assertEquals("", m.view().reason());
        m.stop();
    }

    @Test
    void aTypeThatStaysAwayIsGivenUpAfterTheGraceTimeAndItsCardComesBackWithIt() throws Exception {
        AtomicLong read = new AtomicLong();
        backend.program = (index, bus, count) -> {
            read.set(bus.portRead(0x300, 4));
            return null;
        };
        machines.close();
        grace = Duration.ofMillis(300);
        machines = manager();
        Machine m = machines.create(spec("m", 1, card("isa-fake", Map.of()), card("pci-fake", Map.of())));
        m.start();
        pci.last.value = 5;
        catalog.remove(pci);
        machines.typeGone(pci);
        catalog.remove(isa);
        machines.typeGone(isa);
        await(() -> m.view().cards().getFirst().state() == CardState.FAILED);
        assertTrue(m.view().cards().getFirst().reason().contains("isa-fake"));
        await(() -> read.get() == -1);
        assertEquals(MachineState.RUNNING, m.state());
        await(() -> m.view().cards().get(1).state() == CardState.FAILED);
        String slot = m.view().cards().get(1).slot();
        CardSpec another = new CardSpec("another", "pci-fake", slot, Map.of());
        catalog.add(pci, TEST);
        assertTrue(assertThrows(MachineException.class, () -> m.add(another)).getMessage().contains(slot));
        machines.typeCame(new DeviceTypeView(pci, TEST));
        assertEquals(CardState.LIVE, m.view().cards().get(1).state());
        assertEquals(0, pci.last.value);
        catalog.add(isa, TEST);
        machines.typeCame(new DeviceTypeView(isa, TEST));
        await(() -> read.get() == 0);
        assertEquals(CardState.LIVE, m.view().cards().getFirst().state());
    }

    @Test
    void aDefinitionWrittenByHandIsTakenUpAndABadOneIsLeftOut() throws Exception {
        Files.createDirectories(folder.resolve("machines"));
        Files.writeString(folder.resolve("machines/hand.yaml"),
            "name: hand\ncards:\n- type: isa-fake\n- type: later\n- type: pci-fake\n");
        Files.writeString(folder.resolve("machines/bad.yaml"), "name: bad\nvcpus: 99\n");
        Files.writeString(folder.resolve("machines/worse.yaml"), "{");
        machines.close();
        machines = manager();
        assertEquals(List.of("hand"), machines.machines().stream().map(Machine::name).toList());
        String message = assertThrows(MachineException.class, () -> machines.create(spec("worse", 1))).getMessage();
        assertTrue(message.contains("worse.yaml"), message);
        assertEquals("{", Files.readString(folder.resolve("machines/worse.yaml")));
        Machine m = machines.machine("hand").orElseThrow();
        assertEquals(List.of("isa-fake0", "later0", "pci-fake0"),
            m.view().cards().stream().map(c -> c.id()).toList());
        FakeDevice.Type later = new FakeDevice.Type("later", Placement.PCIE, 1);
        catalog.add(later, TEST);
        machines.catalogChanged();
        m.await(List.of(MachineState.STOPPED), Duration.ofSeconds(10));
        m.configure(spec("hand", 1));
        m.start();
        assertEquals("01:00.0", m.view().cards().get(2).address());
        assertEquals("02:00.0", m.view().cards().get(1).address());
        assertEquals("slot2", m.view().cards().get(1).slot());
        m.stop();
    }

    @Test
    void optionsOfACardChangeWithoutItsLeavingItsPlace() throws Exception {
        Machine m = machines.create(spec("s", 1, card("isa-fake", Map.of("port", "0x300")),
            card("isa-fake", Map.of("port", "0x320"))));
        m.configure(withPort(m, "0x340"));
        assertEquals(List.of("isa-fake0", "isa-fake1"),
            m.view().spec().cards().stream().map(CardSpec::id).toList());
        assertEquals("0x340", m.view().spec().cards().getFirst().options().get("port"));
        assertThrows(MachineException.class, () -> m.configure(withPort(m, "0x320")));
        assertThrows(MachineException.class, () -> m.configure(withPort(m, "many")));
        assertEquals("0x340", m.view().spec().cards().getFirst().options().get("port"));
    }

    private static MachineSpec withPort(Machine m, String port) {
        MachineSpec s = m.view().spec();
        return new MachineSpec(s.name(), s.vcpus(), s.memory(), s.cpuModel(), s.cpuBackend(), s.boot(),
            List.of(new CardSpec("isa-fake0", "isa-fake", null, Map.of("port", port))));
    }
}
