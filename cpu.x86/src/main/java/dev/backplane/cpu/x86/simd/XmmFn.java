package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;

/** What an instruction does to XMM registers, once its source operand has been fetched. */
@FunctionalInterface
interface XmmFn {
    /**
     * Executes.
     *
     * @param x  the registers, two longs each
     * @param d  index in x of the low half of the destination register
     * @param lo the low half of the source operand; a narrower one is zero-extended, of a register all is given
     * @param hi the high half
     */
    void apply(Cpu c, long[] x, int d, long lo, long hi);
}
