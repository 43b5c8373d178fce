package dev.backplane.cpu.interpreter;

import java.util.List;
import java.util.SequencedMap;

/**
 * A faster way to run blocks than the interpreter's loop, for a backend that embeds the interpreter's classes. One for
 * each vCPU; called on the vCPU's thread unless a method says otherwise.
 */
public interface Tier {
    /** Makes the tier of a vCPU. */
    @FunctionalInterface
    interface Factory {
        Tier create(VcpuCore core);
    }

    /** Runs code from RIP on until {@link dev.backplane.cpu.x86.Cpu#attention} is set. */
    void execute();

    /** The bytes of a block have changed: what was made of it is not run again. */
    void dropped(Block block);

    /** Linear addresses may mean other physical ones now. */
    void mappingsChanged();

    /** Linear addresses may mean other physical ones now, but not those of global pages. */
    void localMappingsChanged();

    /** As {@link #localMappingsChanged}: another address space; {@code kept}: as it was when it was left. */
    default void spaceChanged(boolean kept) {
        localMappingsChanged();
    }

    /** One linear page may mean another physical one now. */
    void mappingChanged(long linear);

    /** The core is called, which may change what the time-stamp counter shows. */
    default void busEntered() {
    }

    /** It may have changed whether writes to RAM are tracked. */
    default void writesTracked() {
    }

    /** Everything that was made of guest code goes. */
    void flush();

    /**
     * The machine code made of an instruction of a block, as text; nothing runs meanwhile.
     *
     * @param pos offset of the instruction from the start of the block
     */
    default List<String> made(Block block, int pos) {
        return List.of();
    }

    /** Makes now what it would make of a block if that ran often; nothing runs meanwhile. */
    default void make(Block block) {
    }

    /** Adds its counters; any thread. */
    void statistics(SequencedMap<String, Long> counters);

    /** The vCPU does not run again. */
    void close();
}
