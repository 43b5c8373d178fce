package dev.backplane.cpu.x86.fp;

/**
 * The environment of a floating-point operation: rounding, masks, modes, the exceptions it raises, and the scratch
 * values of the software arithmetic, so that no operation allocates. A processor owns two: one for SSE, which is its
 * MXCSR, and one for the x87 unit.
 *
 * <p>Exceptions are the low six bits of MXCSR and of the x87 status word (Intel SDM Vol. 1, 10.2.3 and 8.1.3): an
 * operation adds what it raises to {@link #flags}; {@link #commit()} makes them sticky and tells whether one of them is
 * unmasked.
 *
 * <p>Not safe for use by several threads.
 */
public final class FpEnv {
    /** Invalid operation. */
    public static final int IE = 1;
    /** Denormal operand. */
    public static final int DE = 2;
    /** Divide by zero. */
    public static final int ZE = 4;
    /** Overflow. */
    public static final int OE = 8;
    /** Underflow. */
    public static final int UE = 16;
    /** Inexact result (precision). */
    public static final int PE = 32;
    /** All six exceptions. */
    public static final int ALL = 63;

    /** Round to nearest, ties to even. */
    public static final int NEAREST = 0;
    /** Round towards minus infinity. */
    public static final int DOWN = 1;
    /** Round towards plus infinity. */
    public static final int UP = 2;
    /** Round towards zero. */
    public static final int CHOP = 3;

    /** Value of MXCSR after reset: everything masked, round to nearest. */
    public static final int MXCSR_RESET = 0x1F80;
    /** Bits of MXCSR that software may set; writing another one is #GP. */
    public static final int MXCSR_MASK = 0xFFFF;

    private static final int MXCSR_DAZ = 1 << 6;
    private static final int MXCSR_FTZ = 1 << 15;

    /** Rounding control, 0 to 3. */
    public int rc;
    /** Masked exceptions, as a set of the exception bits. */
    public int masked = ALL;
    /** Denormal operands count as zero. */
    public boolean daz;
    /** Tiny results become zero while underflow is masked. */
    public boolean ftz;
    /** Whether host arithmetic may be used: round to nearest, and an inexact result is no trap. */
    public boolean fast = true;
    /** Exceptions that are already sticky: {@link #fast} operations need not find an inexact result again. */
    public int sticky;
    /** Exceptions raised since the last {@link #commit()}. */
    public int flags;

    /** The instruction has another lane to compute: what this one raised waits for it. */
    public boolean held;

    /** Significand bits of x87 results: 24, 53 or 64. */
    public int precision = 64;
    /** Unmasked overflow and underflow deliver a result with a wrapped exponent (x87 only). */
    public boolean wrap;
    /** Sign and biased exponent of the 80-bit result whose significand was returned. */
    public int se;
    /** Whether the last rounding made the magnitude larger (C1 of the x87 unit). */
    public boolean roundedUp;

    final Unpacked a = new Unpacked();
    final Unpacked b = new Unpacked();
    final Unpacked c = new Unpacked();
    /** The result: before rounding with {@link #lo} as the lower half of the significand. */
    final Unpacked r = new Unpacked();
    long lo;
    final Elementary elementary = new Elementary();

    /** Value of MXCSR. */
    public int mxcsr() {
        return sticky | (daz ? MXCSR_DAZ : 0) | masked << 7 | rc << 13 | (ftz ? MXCSR_FTZ : 0);
    }

    /**
     * Sets everything that MXCSR holds.
     *
     * @param value new value, bits outside {@link #MXCSR_MASK} are ignored
     */
    public void mxcsr(int value) {
        sticky = value & ALL;
        daz = (value & MXCSR_DAZ) != 0;
        masked = value >> 7 & ALL;
        rc = value >> 13 & 3;
        ftz = (value & MXCSR_FTZ) != 0;
        fast = rc == NEAREST && (masked & PE) != 0;
        flags = 0;
    }

    /**
     * Sets everything that the x87 control word holds and starts an x87 operation.
     *
     * @param value control word; the reserved precision 1 counts as 64 bits
     */
    public void control(int value) {
        masked = value & ALL;
        rc = value >> 10 & 3;
        precision = switch (value >> 8 & 3) {
            case 0 -> 24;
            case 2 -> 53;
            default -> 64;
        };
        wrap = true;
        flags = 0;
        roundedUp = false;
    }

    /**
     * Ends an SSE instruction: makes the raised exceptions sticky.
     *
     * @return whether an unmasked one is among them, so that the destination must stay and #XM is due
     */
    public boolean commit() {
        int raised = flags;
        if (raised == 0 || held) {
            return false;
        }
        flags = 0;
        int unmasked = raised & ~masked;
        if ((unmasked & (IE | DE | ZE)) != 0) {
            // These are found before anything is computed: no lane gets as far as rounding.
            raised &= IE | DE | ZE;
        }
        sticky |= raised;
        return unmasked != 0;
    }
}
