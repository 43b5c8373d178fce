package dev.backplane.shell.vm;

import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.machine.Processor;
import dev.backplane.shell.text.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** What vCPUs are busy with, found by looking at them for a while, a thousand times a second. */
final class PhaseMeter {

    private static final long PERIOD_NANOS = 1_000_000;
    private static final String INSTRUCTIONS = "instructions";

    private final List<Processor> processors;
    private final List<Map<VcpuPhase, Integer>> seen = new ArrayList<>();
    private final List<Double> rates = new ArrayList<>();
    private int looks;

    PhaseMeter(List<Processor> processors) {
        this.processors = processors;
        processors.forEach(p -> seen.add(new EnumMap<>(VcpuPhase.class)));
    }

    /** Looks at them for some time. */
    void measure(Duration time) throws InterruptedException {
        List<Long> before = processors.stream().map(PhaseMeter::instructions).toList();
        long begin = System.nanoTime();
        long next = begin;
        while (System.nanoTime() - begin < time.toNanos() || looks == 0) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (System.nanoTime() < next) {
                LockSupport.parkNanos(next - System.nanoTime());
                continue;
            }
            next = Math.max(next + PERIOD_NANOS, System.nanoTime());
            looks++;
            for (int n = 0; n < processors.size(); n++) {
                seen.get(n).merge(processors.get(n).phase(), 1, Integer::sum);
                // A vCPU counts what machine code did when it looks up, which this makes it do.
                processors.get(n).sample(sample -> { });
            }
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        for (int n = 0; n < processors.size(); n++) {
            rates.add(Math.max(0, instructions(processors.get(n)) - before.get(n)) / seconds);
        }
    }

    private static long instructions(Processor p) {
        return p.view().statistics().getOrDefault(INSTRUCTIONS, 0L);
    }

    /** A row for instructions and for each phase that was seen, a column for each vCPU. */
    String table() {
        Table table = new Table(Stream.concat(Stream.of("NOW"), processors.stream().map(p -> "CPU" + p.index()))
                .toArray(String[]::new));
        table.row(Stream.concat(Stream.of("million instructions/s"), rates.stream()
                .map(r -> String.format(Locale.ROOT, "%.1f", r / 1e6))).toArray(String[]::new));
        for (VcpuPhase phase : VcpuPhase.values()) {
            if (seen.stream().anyMatch(s -> s.containsKey(phase))) {
                table.row(Stream.concat(Stream.of(phase.text()), seen.stream().map(s -> String.format(Locale.ROOT,
                        "%.1f %%", 100.0 * s.getOrDefault(phase, 0) / looks))).toArray(String[]::new));
            }
        }
        return table.text();
    }
}
