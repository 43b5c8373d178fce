package dev.backplane.api.cpu;

import java.util.SequencedMap;

/**
 * One virtual processor.
 *
 * <p>Threading: {@link #run()}, {@link #save()} and {@link #load(CpuState)} are called from one thread at a time (the
 * core's vCPU thread, or while that thread is stopped). {@link #kick()}, {@link #attention()} and
 * {@link #statistics()} may be called from any thread at any time, also when the vCPU is not running.
 */
public interface Vcpu {

    /**
     * Runs until there is a reason to give control back, always at an instruction boundary. Pending interrupts that
     * can be taken are taken first (also by a vCPU whose activity state is {@link CpuState.Activity#HALTED}; if
     * nothing wakes it, {@link VcpuExit#HALTED} is returned at once).
     */
    VcpuExit run();

    /**
     * Makes a current or, if there is none, the next {@link #run()} return {@link VcpuExit#KICKED} soon (within a
     * bounded number of guest instructions; not before an access of the bus in progress has returned).
     */
    void kick();

    /**
     * Tells the vCPU that what {@link VcpuBus#pendingEvents()} reports may have changed. A running vCPU looks soon and
     * goes on without an exit; for one that is not running nothing need be done.
     */
    void attention();

    /** The whole state, as a value. The vCPU is not in {@link #run()}. */
    CpuState save();

    /** Replaces the whole state. The vCPU is not in {@link #run()}; all derived caches are dropped. */
    void load(CpuState state);

    /**
     * Counters for people, by name (for instance {@code instructions}, {@code tlb-misses}); values only grow.
     * Momentary, may lag.
     */
    SequencedMap<String, Long> statistics();
}
