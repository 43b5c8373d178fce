package dev.backplane.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.backplane.api.console.ConsolePort;
import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;

class TestBenchTest {
    /** Port 0x300: a latch; writing arms a timer of that many microseconds, which pulses IRQ 5. */
    private static final class LatchType implements DeviceType {
        @Override
        public String name() {
            return "latch";
        }

        @Override
        public String description() {
            return "a latch with a timer";
        }

        @Override
        public Placement placement() {
            return Placement.ISA;
        }

        @Override
        public List<OptionSpec> options() {
            return List.of(OptionSpec.integer("first", 7, 0, 255, "what the latch holds at first"));
        }

        @Override
        public int stateVersion() {
            return 1;
        }

        @Override
        public Device create(DeviceContext context, Options options) throws DeviceException {
            return new Latch(context, (int) options.integer("first"));
        }
    }

    private static final class Latch implements Device, RegisterHandler {
        private final DeviceContext context;
        private final IrqLine irq;
        private final DeviceTimer timer;
        private final ConsolePort console;
        private int value;

        Latch(DeviceContext context, int first) throws DeviceException {
            this.context = context;
            value = first;
            irq = context.isaIrq(5);
            timer = context.timer("pulse", this::fire);
            console = context.console();
            console.onInput(() -> console.write(console.read()));
            context.ports(0x300, 1, this);
        }

        private void fire() {
            irq.pulse();
        }

        @Override
        public long read(long offset, int size) {
            return value;
        }

        @Override
        public void write(long offset, int size, long written) {
            value = (int) written;
            timer.armAt(context.clock().nanoTime() + written * 1000);
            context.execute(() -> context.counter("writes").increment());
        }

        @Override
        public void reset() {
            value = 0;
        }

        @Override
        public void save(StateWriter out) {
            out.putInt("value", value);
        }

        @Override
        public void restore(StateReader in) throws StateException {
            value = in.getInt("value", 0, 255);
        }

        @Override
        public void close() {
            value = -1;
        }
    }

    private final TestBench bench;

    TestBenchTest() throws DeviceException {
        bench = TestBench.of(new LatchType()).option("first", 0x12).plug();
    }

    @Test
    void portsLeadToTheHandlerAndValuesAreCutToTheirSize() {
        assertEquals(0x12, bench.in(0x300, 1));
        bench.out(0x300, 1, 0x1FF);
        assertEquals(0xFF, bench.in(0x300, 1));
        assertThrows(IllegalArgumentException.class, () -> bench.in(0x301, 1));
    }

    @Test
    void timersFireWhenTheClockPassesTheirDeadlineAndNotBefore() {
        bench.out(0x300, 1, 50);
        bench.advance(Duration.ofNanos(49_999));
        assertEquals(0, bench.irq(5).edges());
        bench.advance(Duration.ofNanos(1));
        assertEquals(1, bench.irq(5).edges());
        assertFalse(bench.irq(5).asserted());
    }

    @Test
    void workRunsWhenTheTestSaysSo() {
        bench.out(0x300, 1, 1);
        assertEquals(0, bench.counter("writes"));
        bench.settle();
        assertEquals(1, bench.counter("writes"));
    }

    @Test
    void aReplacedCardGoesOnWithStateAndTimers() throws Exception {
        bench.out(0x300, 1, 77);
        bench.replace();
        assertEquals(77, bench.in(0x300, 1));
        bench.advance(Duration.ofMillis(1));
        assertEquals(1, bench.irq(5).edges());
    }

    @Test
    void tamperedStateIsRefusedAsTheCoreRefusesIt() {
        TestState state = bench.save();
        state.fields().put("value", 256);
        assertThrows(StateException.class, () -> bench.replace(state));
    }

    @Test
    void typedTextReachesTheCard() {
        bench.type("x");
        assertEquals("x", bench.console().printed());
    }

    @Test
    void memoryOutsideRamReadsAsOnesAndTakesNoWrites() {
        TestMemory ram = new TestMemory(1 << 16, 1 << 12);
        ram.write64((1 << 16) - 4, 1);
        assertEquals(-1, ram.read64((1 << 16) - 4));
        assertEquals(0, ram.read32((1 << 16) - 4));
        assertFalse(ram.contains(-1, 2));
        assertFalse(ram.contains(Long.MAX_VALUE, Long.MAX_VALUE));
        assertTrue(ram.contains(TestMemory.HIGH_BASE, 4096));
        assertEquals(2, ram.refused());
    }

    @Test
    void aGuardSeesWritesThatTouchIt() {
        TestMemory ram = new TestMemory(1 << 16, 0);
        ram.guard(0x1000, 16);
        ram.write32(0xFFC, 5);
        assertEquals(0, ram.trespasses());
        ram.write32(0xFFD, 5);
        ram.writableSlice(0x100F, 1);
        assertEquals(2, ram.trespasses());
        assertArrayEquals(new byte[] {5, 0}, ram.bytes(0xFFD, 2));
    }
}
