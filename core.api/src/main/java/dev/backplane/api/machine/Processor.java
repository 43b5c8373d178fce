package dev.backplane.api.machine;

import java.util.List;
import java.util.function.Consumer;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuSample;
import dev.backplane.api.cpu.VcpuTracer;

/**
 * A vCPU of a machine that is on, to look at. It stays the same when the machine is moved to another CPU backend; after
 * the machine was switched off nothing happens any more. Threading: any thread.
 */
public interface Processor {
    /** 0 to vcpus-1. */
    int index();

    /** What it does and has counted. */
    VcpuView view();

    /** What it is busy with; momentary. */
    VcpuPhase phase();

    /** Asks for a sample; see {@link dev.backplane.api.cpu.Vcpu#sample}. */
    void sample(Consumer<VcpuSample> then);

    /**
     * Makes it tell a tracer what it does, also after a move to another backend.
     *
     * @throws MachineException if another tracer is there
     */
    void trace(VcpuTracer tracer) throws MachineException;

    /** Ends {@link #trace}; nothing happens if that tracer is not there. */
    void endTrace(VcpuTracer tracer);

    /**
     * Guest code at a linear address, and what the backend makes of it; the machine stands still for a moment.
     *
     * @param address where the first instruction is
     * @param count   how many instructions at most; fewer if memory ends
     * @param bits    the size of the code: 16, 32 or 64; 0 for that of the code that the vCPU runs
     */
    List<CodeLine> listing(long address, int count, int bits) throws MachineException;
}
