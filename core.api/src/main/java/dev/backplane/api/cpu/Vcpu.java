package dev.backplane.api.cpu;

import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;

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
     * Says what a debugger wants, in place of what it wanted before. The vCPU is not in {@link #run()}. A point is in
     * force for every instruction from then on, the one at RIP among them, whatever memory holds there; the guest
     * cannot tell, and its own debug registers go on working. Accesses of the processor itself (page tables,
     * descriptor tables, the frames of interrupts) meet no point.
     *
     * <p>{@link #load} leaves this alone. A backend over hardware virtualization does it as KVM_SET_GUEST_DEBUG does:
     * steps by the trap flag, points by debug registers, and by INT3 where those are too few.
     *
     * @throws CpuException if the backend cannot do it; what was in force before stays
     */
    default void debug(DebugControl control) throws CpuException {
        if (!control.isNone()) {
            throw new CpuException("this CPU backend has no breakpoints and steps; choose another with vm:cpu");
        }
    }

    /** Why the last {@link #run()} returned {@link VcpuExit#DEBUG}. */
    default DebugEvent debugEvent() {
        throw new IllegalStateException("no debug exit has happened");
    }

    /**
     * Counters for people, by name (for instance {@code instructions}, {@code tlb-misses}); values only grow.
     * Momentary, may lag.
     */
    SequencedMap<String, Long> statistics();

    /** What it is busy with; momentary. Any thread; costs a vCPU that nobody asks next to nothing. */
    default VcpuPhase phase() {
        return VcpuPhase.CORE;
    }

    /**
     * Asks for a sample. It is given on the thread that is in {@link #run()}, at the next boundary of a block, at the
     * latest when the vCPU runs again; what is given must be quick and must not throw. A new request replaces one that
     * was not answered yet. Any thread.
     */
    default void sample(Consumer<VcpuSample> then) {
    }

    /** Makes it tell a tracer what it does; null ends that. Any thread; takes effect soon. */
    default void trace(VcpuTracer tracer) {
    }

    /**
     * Guest code at a linear address, and what this backend makes of it. Changes nothing of the guest. The vCPU is not
     * in {@link #run()}.
     *
     * @param address where the first instruction is
     * @param count   how many instructions at most; fewer if memory ends
     * @param bits    the size of the code: 16, 32 or 64; 0 for that of the code that the vCPU runs
     */
    default List<CodeLine> listing(long address, int count, int bits) {
        return List.of();
    }
}
