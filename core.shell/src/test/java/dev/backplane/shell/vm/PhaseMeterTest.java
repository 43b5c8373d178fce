package dev.backplane.shell.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuSample;
import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.machine.VcpuView;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PhaseMeterTest {

    /** Executes 1,000 instructions at each look, and waits for devices at every fourth. */
    private static final class Fake implements Processor {
        private int looks;
        private long instructions = 5_000_000;

        @Override
        public int index() {
            return 3;
        }

        @Override
        public VcpuView view() {
            return new VcpuView(3, "running", new LinkedHashMap<>(Map.of("instructions", instructions)));
        }

        @Override
        public VcpuPhase phase() {
            instructions += 1000;
            return looks++ % 4 == 0 ? VcpuPhase.BUS : VcpuPhase.TRANSLATED;
        }

        @Override
        public void sample(Consumer<VcpuSample> then) {
            then.accept(new VcpuSample(0, 0, 0, 0, 64, 0, List.of()));
        }

        @Override
        public void trace(VcpuTracer tracer) {
            throw new IllegalStateException("nothing is traced here");
        }

        @Override
        public void endTrace(VcpuTracer tracer) {
            throw new IllegalStateException("nothing is traced here");
        }

        @Override
        public List<CodeLine> listing(long address, int count, int bits) {
            throw new IllegalStateException("nothing is listed here");
        }
    }

    @Test
    void itTellsSharesOfTimeAndInstructionsPerSecond() throws Exception {
        Fake fake = new Fake();
        PhaseMeter meter = new PhaseMeter(List.of(fake));
        meter.measure(Duration.ofMillis(100));
        List<String> lines = meter.table().lines().map(line -> line.strip().replaceAll("\\s+", " ")).toList();
        assertEquals(4, lines.size(), lines::toString);
        assertEquals("NOW CPU3", lines.get(0));
        assertTrue(lines.get(1).matches("million instructions/s [0-9]+\\.[0-9]"), lines::toString);
        double bus = 100.0 * ((fake.looks + 3) / 4) / fake.looks;
        assertEquals("in devices %.1f %%".formatted(bus), lines.get(2));
        assertEquals("translated %.1f %%".formatted(100.0 * (fake.looks - (fake.looks + 3) / 4) / fake.looks),
                lines.get(3));
    }

    @Test
    void itLooksAtLeastOnce() throws Exception {
        PhaseMeter meter = new PhaseMeter(List.of(new Fake()));
        meter.measure(Duration.ZERO);
        assertTrue(meter.table().contains("100.0 %"), meter::table);
    }
}
