package dev.backplane.shell.cpu;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuSample;
import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.machine.VcpuView;

/** A processor that is where a test says, sample after sample. */
final class FakeProcessor implements Processor {
    final List<VcpuSample> samples;
    volatile VcpuTracer tracer;
    private int next;

    FakeProcessor(VcpuSample... samples) {
        this.samples = List.of(samples);
    }

    @Override
    public int index() {
        return 0;
    }

    @Override
    public VcpuView view() {
        return new VcpuView(0, "running", new LinkedHashMap<>());
    }

    @Override
    public VcpuPhase phase() {
        return samples.isEmpty() ? VcpuPhase.HALTED : VcpuPhase.TRANSLATED;
    }

    @Override
    public void sample(Consumer<VcpuSample> then) {
        then.accept(samples.get(next++ % samples.size()));
    }

    @Override
    public void trace(VcpuTracer to) throws MachineException {
        if (tracer != null) {
            throw new MachineException("cpu0 is being traced already");
        }
        tracer = to;
    }

    @Override
    public void endTrace(VcpuTracer to) {
        if (tracer == to) {
            tracer = null;
        }
    }

    @Override
    public List<CodeLine> listing(long address, int count, int bits) {
        return address != 0x1010 ? List.of() : List.of(new CodeLine(address, "0f a2", "cpuid", "system.Cpuid",
            List.of("7f00: jmp 0x7f10")));
    }
}
