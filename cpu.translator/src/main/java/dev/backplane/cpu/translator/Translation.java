package dev.backplane.cpu.translator;

import dev.backplane.cpu.interpreter.Block;
import dev.backplane.cpu.x86.Op;

/** The machine code of a block, for one vCPU and one way of looking at memory. */
final class Translation {
    static final int X87_OP = -1;

    final Block block;
    /** The number of the TLB table whose entries the code uses. */
    final int table;
    /** The {@link dev.backplane.cpu.x86.Mode} bits. */
    final int mode;
    /** How often the code memory had been emptied when this was made. */
    final int generation;
    /** One for each instruction. */
    Op[] ops;
    /** What of {@link SimdCode#XMM} and {@link SimdCode#X87} the op touches. */
    byte[] touches;
    /** Whether code of an instruction relies on the guest's XMM registers being in the host's. */
    boolean[] xmm;
    /** Likewise for the x87 state. */
    boolean[] x87;
    /**
     * For each instruction that the x87 unit remembers as its last, if machine code has executed it: its opcode of 11
     * bits, bit 15, and in bits 16 to 19 the segment of its memory operand and 1; {@link #X87_OP} if its op always does
     * it; else 0.
     */
    int[] x87Last;
    /** By which table of the TLB each instruction looks at memory. */
    byte[] tables;
    /** Where the code of each instruction begins, in executable memory. */
    long[] entries;
    /** Where the code lies that runs each instruction from the start of the block on: offsets, and one for the end. */
    int[] inline;
    /** Entry from elsewhere, with RIP in a register: sets the page base. And from blocks of the page. Executable. */
    long external;
    long internal;
    /** As {@link #external}, but polls first; 0: not made. */
    long polled;
    /** Behind what tells a tracer of the block. Executable. */
    long body;
    /** Where the code lies in writable memory. */
    long writable;
    int codeLength;
    /** For an instruction on two pages: where the constants of its guard are, in writable memory. */
    long guard;
    /** Another translation of the same block, or null. */
    Translation next;
    boolean stale;

    Translation(Block block, int table, int mode, int generation) {
        this.block = block;
        this.table = table;
        this.mode = mode;
        this.generation = generation;
    }

    int count() {
        return ops.length;
    }
}
