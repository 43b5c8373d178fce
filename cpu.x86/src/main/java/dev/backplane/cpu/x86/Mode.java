package dev.backplane.cpu.x86;

/**
 * The part of the processor's mode that decoded code depends on, as bits of one int. Blocks are keyed by it.
 */
public final class Mode {
    /** 64-bit code segment (CS.L in long mode). */
    public static final int LONG = 1;
    /** 32-bit default operand and address size (CS.D). */
    public static final int CODE32 = 2;
    /** 32-bit stack pointer (SS.B). */
    public static final int STACK32 = 4;
    /** CS, DS, ES and SS are flat (base 0, limit 4 GiB, readable and writable as befits): no checks needed. */
    public static final int FLAT = 8;
    /** x87, MMX or SSE instructions may raise #NM or #UD now: they are decoded into ops that check. */
    public static final int FP_TRAP = 16;
    /** Real or virtual-8086 mode. */
    public static final int REAL = 32;
    /** VEX-encoded vector instructions raise #UD or #NM now: they are decoded into ops that check. */
    public static final int AVX_TRAP = 64;
    /** How many bits there are. */
    public static final int BITS = 7;

    private Mode() {
    }

    public static boolean checked(int mode, int seg) {
        if ((mode & LONG) != 0) {
            return false;
        }
        // CS can be read through its override, never written.
        return (mode & FLAT) == 0 || seg >= Cpu.FS || seg == Cpu.CS;
    }
}
