package dev.backplane.cpu.interpreter;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.DebugControl;
import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuSample;
import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.cpu.x86.system.StateImage;

/** What the core sees of a vCPU. */
final class InterpreterVcpu implements Vcpu {
    private final VcpuCore core;

    InterpreterVcpu(VcpuCore core) {
        this.core = core;
    }

    @Override
    public VcpuExit run() {
        return core.run();
    }

    @Override
    public void kick() {
        core.kick();
    }

    @Override
    public void attention() {
        core.cpu().eventsWaiting = true;
        core.cpu().requestAttention();
    }

    @Override
    public CpuState save() {
        return StateImage.save(core.cpu());
    }

    @Override
    public void load(CpuState state) {
        StateImage.load(core.cpu(), state);
        core.stateLoaded();
    }

    @Override
    public void debug(DebugControl control) {
        core.debug(control);
    }

    @Override
    public DebugEvent debugEvent() {
        return core.debugEvent();
    }

    @Override
    public SequencedMap<String, Long> statistics() {
        SequencedMap<String, Long> m = new LinkedHashMap<>();
        m.put("instructions", core.cpu().instructions);
        m.put("tlb-misses", core.cpu().mem.slow().misses);
        m.put("blocks-decoded", core.decoded);
        m.put("code-writes", core.codeWrites);
        m.put("faults", core.faults);
        m.put("interrupts", core.interrupts);
        if (core.tier() != null) {
            core.tier().statistics(m);
        }
        return m;
    }

    @Override
    public VcpuPhase phase() {
        return core.window().phase();
    }

    @Override
    public void sample(Consumer<VcpuSample> then) {
        core.window().want(then);
    }

    @Override
    public List<CodeLine> listing(long address, int count, int bits) {
        return core.listing(address, count, bits);
    }

    @Override
    public void trace(VcpuTracer tracer) {
        core.trace(tracer);
    }
}
