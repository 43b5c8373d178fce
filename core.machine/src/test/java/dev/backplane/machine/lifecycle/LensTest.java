package dev.backplane.machine.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.fake.FakeBackend;
import dev.backplane.machine.fake.FakeRegistrar;
import dev.backplane.machine.fake.Payload;
import dev.backplane.machine.manager.LiveCatalog;
import dev.backplane.machine.manager.Machines;

/** Looking at the vCPUs of a machine. */
class LensTest {
    private static final Provider TEST = new Provider("test", "1");
    private static final int PORT = 0xEEE;

    @TempDir
    private Path folder;
    private final LiveCatalog catalog = new LiveCatalog();
    private final FakeBackend first = new FakeBackend("first", LensTest::step);
    private final FakeBackend second = new FakeBackend("second", LensTest::step);
    private Machines machines;
    private Machine m;

    private static VcpuExit step(int index, VcpuBus bus, long count) {
        bus.portWrite(PORT + index, 1, 0x5A);
        return null;
    }

    /** Hears of accesses. */
    private static final class Heard implements VcpuTracer {
        private final BlockingQueue<String> accesses = new LinkedBlockingQueue<>(100);

        @Override
        public boolean wantsBlocks() {
            return false;
        }

        @Override
        public void block(int vcpu, long address, int length, boolean translated) {
            throw new IllegalStateException("blocks were not asked for");
        }

        @Override
        public void exception(int vcpu, int vector, int error, long address, int cpl, long cr2, boolean software) {
            throw new IllegalStateException("the fake has no exceptions");
        }

        @Override
        public void interrupt(int vcpu, int vector, long address, int cpl) {
            throw new IllegalStateException("the fake takes no interrupts");
        }

        @Override
        public void access(int vcpu, boolean port, boolean write, long address, int size, long value) {
            accesses.offer("cpu%d %s %s %x %d %x".formatted(vcpu, port ? "port" : "memory", write ? "write" : "read",
                address, size, value));
        }

        String next() throws InterruptedException {
            accesses.clear();
            String access = accesses.poll(60, TimeUnit.SECONDS);
            assertTrue(access != null, "nothing was accessed");
            return access;
        }
    }

    @BeforeEach
    void open() throws Exception {
        catalog.add(first, TEST);
        catalog.add(second, TEST);
        machines = new Machines(catalog, TEST, folder.resolve("machines"), Duration.ofMinutes(1),
            new FakeRegistrar(), event -> { });
        m = machines.create(new MachineSpec("m", 2, 64 << 20, null, "first",
            new BootSpec(Payload.multiboot(folder), null, List.of(), "x"), List.of()));
    }

    @AfterEach
    void close() {
        machines.close();
    }

    @Test
    void aMachineThatIsOffHasNothingToLookAt() throws Exception {
        assertEquals(List.of(), m.processors());
        m.start();
        Processor p = m.processors().get(1);
        assertEquals(1, p.index());
        m.stop();
        assertEquals(List.of(), m.processors());
        assertThrows(MachineException.class, () -> p.listing(0, 1, 0));
    }

    @Test
    void aTracerStaysWhenTheMachineMovesToAnotherBackend() throws Exception {
        m.start();
        Processor p = m.processors().getFirst();
        Heard heard = new Heard();
        p.trace(heard);
        assertEquals("cpu0 port write eee 1 5a", heard.next());
        assertTrue(assertThrows(MachineException.class, () -> m.processors().getFirst().trace(new Heard()))
            .getMessage().contains("already"));
        m.switchBackend("second");
        assertSame(heard, second.vcpus.get(0).tracer);
        assertNull(second.vcpus.get(1).tracer);
        assertEquals("cpu0 port write eee 1 5a", heard.next());
        p.endTrace(new Heard());
        assertSame(heard, second.vcpus.get(0).tracer);
        p.endTrace(heard);
        assertNull(second.vcpus.get(0).tracer);
    }

    @Test
    void codeIsListedWhileTheMachineStandsStillAndItGoesOnAsBefore() throws Exception {
        m.start();
        Processor p = m.processors().getFirst();
        assertEquals(0x1234, p.listing(0x1234, 1, 0).getFirst().address());
        assertEquals(MachineState.RUNNING, m.state());
        m.pause();
        String paused = p.listing(0, 1, 0).getFirst().text();
        assertEquals(paused, p.listing(0, 1, 0).getFirst().text());
        assertEquals(VcpuPhase.CORE, p.phase());
        m.resume();
        Heard heard = new Heard();
        p.trace(heard);
        assertEquals("cpu0 port write eee 1 5a", heard.next());
        p.endTrace(heard);
    }
}
