package dev.backplane.machine.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.machine.Provider;
import dev.backplane.api.net.Frame;
import dev.backplane.machine.fake.FakeBackend;
import dev.backplane.machine.fake.FakeHost;
import dev.backplane.machine.fake.FakeNic;
import dev.backplane.machine.fake.FakeRegistrar;
import dev.backplane.machine.fake.Payload;
import dev.backplane.machine.manager.LiveCatalog;
import dev.backplane.machine.manager.Machines;

/** What cards talk to on the host: chosen, waited for, saved, replaced while machines run. */
class HostBackendTest {
    private static final Provider TEST = new Provider("test", "1");

    @TempDir
    private Path folder;
    private final LiveCatalog catalog = new LiveCatalog();
    private final List<MachineEvent> events = new CopyOnWriteArrayList<>();
    private final FakeBackend backend = new FakeBackend("fake", (index, bus, count) -> null);
    private final FakeNic.Type nic = new FakeNic.Type();
    private final FakeHost host = new FakeHost(1);
    private Duration grace = Duration.ofMinutes(1);
    private Machines machines;

    @BeforeEach
    void open() {
        catalog.add(backend, TEST);
        catalog.add(nic, TEST);
        machines = manager();
    }

    private Machines manager() {
        return new Machines(catalog, TEST, null, grace, new FakeRegistrar(), events::add);
    }

    @AfterEach
    void close() {
        machines.close();
        host.opened.forEach(e -> assertEquals("close", e.calls.getLast()));
    }

    private static void await(BooleanSupplier condition) {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < limit, "condition not met in time");
            Thread.onSpinWait();
        }
    }

    private Machine machine(Map<String, String> options) throws Exception {
        return machines.create(new MachineSpec("m", 1, 64 << 20, null, null,
            new BootSpec(Payload.multiboot(folder), null, List.of(), "x"),
            List.of(new CardSpec("nic0", "nic", null, options))));
    }

    private Machine running() throws Exception {
        came(host, TEST);
        Machine m = machine(Map.of("net", "echo", "net.forward", "80"));
        m.start();
        return m;
    }

    private void came(FakeHost backend, Provider by) {
        HostBackendView view = catalog.add(backend, by);
        machines.hostCame(view);
        machines.catalogChanged();
    }

    private void gone(FakeHost backend) {
        catalog.remove(backend);
        machines.hostGone(backend);
        machines.catalogChanged();
    }

    private static CardView card(Machine m) {
        return m.view().cards().getFirst();
    }

    private List<String> happened(MachineEvent.Kind kind) {
        return events.stream().filter(e -> e.kind() == kind).map(MachineEvent::detail).toList();
    }

    @Test
    void framesGoFromCardToBackendAndBack() throws Exception {
        Machine m = running();
        assertEquals(80, host.last().forward);
        assertEquals(TEST, card(m).hosts().get("net"));
        nic.last.send(3);
        await(() -> host.last().frames == 3);
        host.last().cable.deliver(new Frame(new byte[60]));
        await(() -> nic.last.received == 1);
        assertEquals(3, card(m).counters().get("net.frames"));
        assertEquals(3, card(m).counters().get("net.from-guest-frames"));
        assertEquals("nic0", m.networks().getFirst().card());
        m.networks().getFirst().plugged(false);
        assertFalse(m.networks().getFirst().linkUp());
    }

    @Test
    void whatIsKnownToBeWrongIsRefusedWithTheNearestThatIsRight() throws Exception {
        came(host, TEST);
        Map<String, String> options = new LinkedHashMap<>(Map.of("net", "echo"));
        options.put("net.forwrd", "1");
        assertEquals("net=echo has no option forwrd; did you mean forward?",
            assertThrows(MachineException.class, () -> machine(options)).getMessage());
        options.remove("net.forwrd");
        options.put("net.forward", "70000");
        assertTrue(assertThrows(MachineException.class, () -> machine(options)).getMessage().contains("70000"));
        options.remove("net.forward");
        options.put("second.forward", "1");
        assertEquals("nic: second.forward is of no use without second=NAME",
            assertThrows(MachineException.class, () -> machine(options)).getMessage());
        options.remove("second.forward");
        options.put("ney", "echo");
        assertEquals("nic has no option ney; did you mean net?",
            assertThrows(MachineException.class, () -> machine(options)).getMessage());
        assertEquals("nic needs the option net (what it is connected to)",
            assertThrows(MachineException.class, () -> machine(Map.of())).getMessage());
        host.throwsOnOpen = true;
        assertEquals("open refuses on purpose",
            assertThrows(MachineException.class, () -> machine(Map.of("net", "echo"))).getMessage());
    }

    @Test
    void aMachineWaitsForABackendThatIsNotThereAndSaysForWhich() throws Exception {
        Machine m = machine(Map.of("net", "echo", "net.forward", "1"));
        assertEquals(MachineState.WAITING, m.state());
        assertEquals("waits for the network backend echo", m.view().reason());
        assertEquals(CardState.WAITING, card(m).state());
        assertThrows(MachineException.class, m::start);
        came(host, TEST);
        assertEquals(MachineState.STOPPED, m.state());
        m.start();
        gone(host);
        m.stop();
        assertEquals(MachineState.WAITING, m.state());
        Machine typo = machines.create(new MachineSpec("typo", 1, 64 << 20, null, null, BootSpec.NONE,
            List.of(new CardSpec("nic0", "nic", null, Map.of("net", "ecko")))));
        came(new FakeHost(1), TEST);
        assertEquals("waits for the network backend ecko (there is echo)", typo.view().reason());
    }

    @Test
    void anEndpointStaysOpenWhenTheDeviceIsReplaced() throws Exception {
        running();
        FakeHost.Endpoint endpoint = host.last();
        FakeNic before = nic.last;
        machines.typeGone(nic);
        catalog.remove(nic);
        endpoint.cable.deliver(new Frame(new byte[60]));
        catalog.add(nic, TEST);
        machines.typeCame(new DeviceTypeView(nic, TEST));
        assertNotSame(before, nic.last);
        assertSame(endpoint, host.last());
        await(() -> nic.last.received == 1);
        assertFalse(endpoint.calls.contains("close"), endpoint.calls::toString);
        assertEquals(List.of("resume", "quiesce", "resume"), endpoint.calls.subList(endpoint.calls.size() - 3,
            endpoint.calls.size()));
    }

    @Test
    void aBackendThatGoesParksTheCardAndANewBuildTakesOverStateAndLivingThings() throws Exception {
        Machine m = running();
        FakeHost.Endpoint old = host.last();
        List<?> handed = old.handed;
        nic.last.send(5);
        await(() -> old.frames == 5);
        gone(host);
        assertEquals(CardState.PARKED, card(m).state());
        assertEquals("waits for the network backend echo", card(m).reason());
        assertEquals(List.of("quiesce", "save", "handOver", "close"),
            old.calls.subList(old.calls.size() - 4, old.calls.size()));
        assertThrows(MachineException.class, () -> m.save(folder.resolve("s"), Progress.NONE));
        FakeHost newer = new FakeHost(2);
        came(newer, TEST);
        assertEquals(CardState.LIVE, card(m).state());
        assertEquals(List.of("plug", "restore 1", "resume"), newer.last().calls);
        assertSame(handed, newer.last().handed);
        assertEquals(5, newer.last().frames);
        nic.last.send(1);
        await(() -> newer.last().frames == 6);
        await(() -> happened(MachineEvent.Kind.CARD_REPLACED).size() == 1);
        assertTrue(happened(MachineEvent.Kind.CARD_REPLACED).getFirst().startsWith("parked for"));
    }

    @Test
    void aNewerBuildBesideTheOldOneTakesOverAtOnceAndIfItRefusesTheOldOneGoesOn() throws Exception {
        Machine m = running();
        nic.last.send(2);
        await(() -> host.last().frames == 2);
        FakeHost refusing = new FakeHost(1);
        refusing.refusesState = true;
        came(refusing, new Provider("test", "2"));
        assertEquals(CardState.LIVE, card(m).state());
        assertEquals("1", card(m).hosts().get("net").version());
        await(() -> happened(MachineEvent.Kind.CARD_REFUSED).size() == 1);
        assertEquals("close", refusing.last().calls.getLast());
        nic.last.send(1);
        await(() -> host.last().frames == 3);
        gone(refusing);

        FakeHost newer = new FakeHost(1);
        came(newer, new Provider("test", "3"));
        gone(host);
        assertEquals(CardState.LIVE, card(m).state());
        assertEquals("3", card(m).hosts().get("net").version());
        assertEquals(3, newer.last().frames);
        assertEquals(1, newer.opened.size());
        FakeHost stranger = new FakeHost(1);
        came(stranger, new Provider("stranger", "9"));
        assertTrue(stranger.opened.isEmpty());
    }

    @Test
    void anOlderBuildRefusesByNameTheStateOfANewerOne() throws Exception {
        FakeHost newer = new FakeHost(7);
        came(newer, TEST);
        Machine m = machine(Map.of("net", "echo"));
        m.start();
        gone(newer);
        came(host, TEST);
        assertEquals(CardState.PARKED, card(m).state());
        assertEquals("nic0: the state of its network backend echo has version 7; this build reads 1 to 1",
            card(m).reason());
        FakeHost again = new FakeHost(7);
        came(again, TEST);
        assertEquals(CardState.LIVE, card(m).state());
    }

    @Test
    void aBackendThatDoesNotComeBackCostsTheCardAsIfItWerePulled() throws Exception {
        grace = Duration.ofMillis(20);
        machines.close();
        machines = manager();
        Machine m = running();
        gone(host);
        await(() -> card(m).state() == CardState.FAILED);
        assertEquals(MachineState.RUNNING, m.state());
        came(new FakeHost(1), TEST);
        assertEquals(CardState.LIVE, card(m).state());
    }

    @Test
    void aBackendThatThrowsCostsItsCardAlone() throws Exception {
        Machine m = running();
        host.throwsOnFrame = true;
        nic.last.send(1);
        await(() -> card(m).state() == CardState.FAILED);
        assertTrue(card(m).reason().contains("network backend echo"), card(m).reason());
        assertEquals(MachineState.RUNNING, m.state());
        host.throwsOnFrame = false;
        host.throwsOnSave = true;
        gone(host);
        FakeHost newer = new FakeHost(1);
        came(newer, TEST);
        assertEquals(CardState.LIVE, card(m).state());
        nic.last.send(1);
        await(() -> newer.last().frames == 1);
        newer.throwsOnSave = true;
        gone(newer);
        assertEquals(CardState.FAILED, card(m).state());
    }

    @Test
    void aPausedMachinesHostsRestAndAResetReachesThem() throws Exception {
        Machine m = running();
        m.pause();
        assertEquals("quiesce", host.last().calls.getLast());
        m.save(folder.resolve("s"), Progress.NONE);
        assertEquals("quiesce", host.last().calls.getLast());
        m.resume();
        assertEquals("resume", host.last().calls.getLast());
        m.reset();
        assertEquals("reset", host.last().calls.getLast());
    }

    @Test
    void endpointsAndTheFramesInCablesAreSavedInFiles() throws Exception {
        Machine m = running();
        nic.last.send(4);
        await(() -> host.last().frames == 4);
        m.pause();
        host.last().cable.deliver(new Frame(new byte[60]));
        nic.last.send(1);
        m.save(folder.resolve("s"), Progress.NONE);
        m.destroy();
        Machine back = machines.restore(folder.resolve("s"), null, Progress.NONE);
        assertEquals(List.of("plug", "restore 1"), host.last().calls.subList(0, 2));
        back.resume();
        await(() -> nic.last.received == 1);
        await(() -> host.last().frames == 5);
        assertEquals(80, host.last().forward);
    }
}
