package dev.backplane.machine.lifecycle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.cpu.DebugEvent.Cause;
import dev.backplane.api.cpu.DebugPoint;
import dev.backplane.api.cpu.DebugPoint.Kind;
import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.DebugListener;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineDebugger;
import dev.backplane.api.machine.MachineDebugger.Go;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.fake.FakeBackend;
import dev.backplane.machine.fake.FakeRegistrar;
import dev.backplane.machine.fake.Payload;
import dev.backplane.machine.manager.LiveCatalog;
import dev.backplane.machine.manager.Machines;

class DebuggingTest {
    private static final Provider TEST = new Provider("test", "1");
    private static final List<Go> RUN = List.of(Go.RUN, Go.RUN);

    @TempDir
    private Path folder;
    private final LiveCatalog catalog = new LiveCatalog();
    private final FakeBackend backend = new FakeBackend("fake", (index, bus, count) -> null);
    private final Stops stops = new Stops();
    private Machines machines;
    private Machine m;

    /** What the debugger is told. */
    private static final class Stops implements DebugListener {
        private final BlockingQueue<Stop> all = new LinkedBlockingQueue<>();
        private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

        record Stop(int vcpu, DebugEvent event) {
        }

        @Override
        public void stopped(int vcpu, DebugEvent event) {
            all.add(new Stop(vcpu, event));
        }

        @Override
        public void ended(String why) {
            ends.add(why);
        }

        Stop next() throws InterruptedException {
            Stop s = all.poll(60, TimeUnit.SECONDS);
            assertTrue(s != null, "nothing stopped");
            return s;
        }
    }

    @BeforeEach
    void open() throws Exception {
        catalog.add(backend, TEST);
        machines = new Machines(catalog, TEST, folder.resolve("machines"), Duration.ofMinutes(1),
            new FakeRegistrar(), event -> { });
        m = machines.create(new MachineSpec("m", 2, 64 << 20, null, null,
            new BootSpec(Payload.multiboot(folder), null, List.of(), "x"), List.of()));
    }

    @AfterEach
    void close() {
        machines.close();
        assertEquals(0, backend.sessions.get());
    }

    private static DebugPoint at(long count) {
        return new DebugPoint(Kind.EXECUTE, count, 1);
    }

    private static long count(MachineDebugger d, int vcpu) throws MachineException {
        return d.state(vcpu).gpr(15);
    }

    /** Both vCPUs run: the second one is woken as a guest would. */
    private MachineDebugger attachedAtFirstInstruction() throws MachineException {
        m.startPaused();
        assertEquals(MachineState.PAUSED, m.state());
        MachineDebugger d = m.debug(stops);
        d.state(1, d.state(1).with(b -> b.activity(CpuState.Activity.ACTIVE)));
        assertEquals(0, count(d, 0));
        return d;
    }

    @Test
    void aDebuggerStopsTheMachineWhenItComesAndLetsItGoOnWhenItGoes() throws Exception {
        m.start();
        assertThrows(MachineException.class, m::startPaused);
        MachineDebugger d = m.debug(stops);
        assertEquals(MachineState.PAUSED, m.state());
        assertTrue(m.view().reason().contains("debugger"));
        assertTrue(assertThrows(MachineException.class, m::resume).getMessage().contains("debugger"));
        assertTrue(assertThrows(MachineException.class, () -> m.debug(stops)).getMessage().contains("already"));
        long stood = count(d, 0);
        assertEquals(stood, count(d, 0));
        d.resume(RUN);
        assertEquals(MachineState.RUNNING, m.state());
        assertThrows(MachineException.class, () -> d.state(0));
        d.stop();
        assertNull(stops.next().event());
        assertTrue(count(d, 0) >= stood);
        d.close();
        assertEquals(MachineState.RUNNING, m.state());
        assertThrows(MachineException.class, () -> d.state(0));
        d.close();
    }

    @Test
    void whatWasPausedBeforeStaysSoIfTheDebuggerOnlyLooked() throws Exception {
        m.startPaused();
        m.debug(stops).close();
        assertEquals(MachineState.PAUSED, m.state());
        MachineDebugger d = m.debug(stops);
        d.points(List.of(at(0)));
        d.resume(RUN);
        assertEquals(0, stops.next().vcpu());
        d.close();
        assertEquals(MachineState.RUNNING, m.state());
    }

    @Test
    void breakpointsStepsAndHeldVcpus() throws Exception {
        MachineDebugger d = attachedAtFirstInstruction();
        d.points(List.of(at(1000)));
        d.resume(List.of(Go.STAY, Go.RUN));
        Stops.Stop stop = stops.next();
        assertEquals(1, stop.vcpu());
        assertEquals(Cause.BREAKPOINT, stop.event().cause());
        assertEquals(1000, count(d, 1));
        assertEquals(0, count(d, 0));
        d.points(List.of());
        d.resume(List.of(Go.STAY, Go.STEP));
        assertEquals(Cause.STEP, stops.next().event().cause());
        assertEquals(1001, count(d, 1));
        assertEquals(0, count(d, 0));
        assertEquals("only " + FakeBackend.MOST_POINTS + " points", assertThrows(MachineException.class,
            () -> d.points(List.of(at(1), at(2), at(3), at(4), at(5)))).getMessage());
        d.close();
    }

    @Test
    void whatTwoVcpusMeetAtOnceIsToldOneAfterTheOther() throws Exception {
        MachineDebugger d = attachedAtFirstInstruction();
        // vCPU 0 accesses the first at 500, vCPU 1 the second at 500; one of them may run on before it is stopped.
        d.points(List.of(new DebugPoint(Kind.WRITE, 500, 1), new DebugPoint(Kind.WRITE, 500, 2)));
        d.resume(RUN);
        List<Integer> told = new ArrayList<>(List.of(stops.next().vcpu()));
        d.resume(RUN);
        told.add(stops.next().vcpu());
        assertEquals(List.of(0, 1), told.stream().sorted().toList());
        d.close();
    }

    @Test
    void memoryIsReachedThroughPageTablesOnlyWhereThereIsRam() throws Exception {
        MachineDebugger d = attachedAtFirstInstruction();
        byte[] eight = {1, 2, 3, 4, 5, 6, 7, 8};
        byte[] read = new byte[8];
        assertTrue(d.writePhysical(0x100FFC, eight));
        assertEquals(8, d.read(0, 0x100FFC, read));
        assertArrayEquals(eight, read);
        assertEquals(0, d.readPhysical(0xFEE00000L, read));
        assertFalse(d.writePhysical(0xFEE00000L, eight));
        assertEquals(4, d.readPhysical((64 << 20) - 4, read));
        assertFalse(d.writePhysical((64 << 20) - 4, eight));
        // Four levels to one page that maps 0x7F0000005000 to 0x101000, its neighbour is not there.
        long[][] entries = {{0x10000 + 0xFE * 8, 0x11003}, {0x11000, 0x12003}, {0x12000, 0x13003}, {0x13028, 0x101003}};
        for (long[] e : entries) {
            byte[] entry = new byte[8];
            for (int i = 0; i < 8; i++) {
                entry[i] = (byte) (e[1] >> 8 * i);
            }
            assertTrue(d.writePhysical(e[0], entry));
        }
        d.state(0, d.state(0).with(b -> b.cr0(0x80000011L).cr3(0x10000).cr4(0x20).msr(0xC0000080, 0x500)));
        assertEquals(4, d.read(0, 0x7F0000005FFCL, read));
        assertEquals(8, d.read(0, 0x7F0000005000L, read));
        assertEquals(5, read[0]);
        assertFalse(d.write(0, 0x7F0000005FFCL, eight));
        assertTrue(d.write(0, 0x7F0000005FF8L, eight));
        assertEquals(0, d.read(0, 0x8000000000000000L, read));
        d.close();
    }

    @Test
    void aPausePassesTheMachineToItsDebuggerAndAResetKeepsItStopped() throws Exception {
        MachineDebugger d = attachedAtFirstInstruction();
        d.resume(RUN);
        m.pause();
        assertNull(stops.next().event());
        assertThrows(MachineException.class, m::pause);
        m.save(folder.resolve("saved"), Progress.NONE);
        m.reset();
        assertEquals(MachineState.PAUSED, m.state());
        assertEquals(0, count(d, 0));
        d.resume(RUN);
        m.stop();
        assertEquals("", stops.ends.poll(60, TimeUnit.SECONDS));
        assertThrows(MachineException.class, d::stop);
        d.close();
        assertEquals(MachineState.STOPPED, m.state());
    }

    @Test
    void breakpointsMoveToAnotherBackendWithTheVcpus() throws Exception {
        FakeBackend other = new FakeBackend("other", (index, bus, count) -> null);
        catalog.add(other, TEST);
        MachineDebugger d = attachedAtFirstInstruction();
        d.points(List.of(at(5_000_000_000L)));
        d.resume(RUN);
        m.switchBackend("other");
        d.stop();
        assertNull(stops.next().event());
        d.state(1, d.state(1).with(b -> b.gpr(15, 4_999_999_990L)));
        d.resume(List.of(Go.STAY, Go.RUN));
        Stops.Stop stop = stops.next();
        assertEquals(1, stop.vcpu());
        assertEquals(5_000_000_000L, count(d, 1));
        d.close();
    }
}
