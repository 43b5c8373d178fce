package dev.backplane.machine.lifecycle;

import java.util.List;
import java.util.function.Consumer;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuSample;
import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.machine.VcpuView;

/** How others look at a vCPU. */
final class Lens implements Processor {
    private final VcpuThread thread;
    private final Stand stand;

    /** Does something while all vCPUs of the machine stand still. */
    interface Stand {
        List<CodeLine> look(Look look) throws MachineException;
    }

    /** What is done then. */
    interface Look {
        List<CodeLine> at();
    }

    Lens(VcpuThread thread, Stand stand) {
        this.thread = thread;
        this.stand = stand;
    }

    @Override
    public int index() {
        return thread.index();
    }

    @Override
    public VcpuView view() {
        return thread.view();
    }

    @Override
    public VcpuPhase phase() {
        return thread.phase();
    }

    @Override
    public void sample(Consumer<VcpuSample> then) {
        thread.sample(then);
    }

    @Override
    public void trace(VcpuTracer tracer) throws MachineException {
        if (!thread.trace(null, tracer)) {
            throw new MachineException("cpu" + index() + " is being traced already");
        }
    }

    @Override
    public void endTrace(VcpuTracer tracer) {
        thread.trace(tracer, null);
    }

    @Override
    public List<CodeLine> listing(long address, int count, int bits) throws MachineException {
        return stand.look(() -> thread.listing(address, count, bits));
    }
}
