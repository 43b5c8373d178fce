package dev.backplane.cpu.x86;

/**
 * RFLAGS bits, and the lazy form of the arithmetic ones.
 *
 * <p>The lazy form is two longs. The <em>result</em> is the last result, sign-extended: ZF = (result == 0), SF = its
 * sign, PF = parity of its low byte. The <em>carry vector</em> holds, in bit 63, CF; in bit 62 the carry into the top
 * bit, so that OF = bit 63 ^ bit 62; in bit 3, AF; bit 0 set inverts SF, bit 1 set inverts PF (so that any combination
 * of flags has a lazy form). Its other bits mean nothing. Nothing depends on the operand size.
 */
public final class Flags {
    public static final int CF = 1;
    public static final int PF = 4;
    public static final int AF = 16;
    public static final int ZF = 64;
    public static final int SF = 128;
    public static final int TF = 256;
    public static final int IF = 512;
    public static final int DF = 1024;
    public static final int OF = 2048;
    public static final int IOPL = 0x3000;
    public static final int NT = 0x4000;
    public static final int RF = 0x10000;
    public static final int VM = 0x20000;
    public static final int AC = 0x40000;
    public static final int VIF = 0x80000;
    public static final int VIP = 0x100000;
    public static final int ID = 0x200000;
    /** CF, PF, AF, ZF, SF and OF. */
    public static final int ARITHMETIC = CF | PF | AF | ZF | SF | OF;

    private Flags() {
    }

    public static boolean cf(Cpu c) {
        return c.flagCarry < 0;
    }

    public static boolean zf(Cpu c) {
        return c.flagResult == 0;
    }

    public static boolean sf(Cpu c) {
        return (c.flagResult ^ c.flagCarry << 63) < 0;
    }

    public static boolean of(Cpu c) {
        return (c.flagCarry ^ c.flagCarry << 1) < 0;
    }

    /** SF != OF. */
    public static boolean less(Cpu c) {
        long v = c.flagCarry;
        return (c.flagResult ^ v << 63 ^ v ^ v << 1) < 0;
    }

    public static boolean pf(Cpu c) {
        return (Integer.bitCount((int) c.flagResult & 0xFF) + (int) (c.flagCarry >> 1) & 1) == 0;
    }

    public static boolean af(Cpu c) {
        return (c.flagCarry & 8) != 0;
    }

    /** CF as 0 or 1. */
    public static int carry(Cpu c) {
        return (int) (c.flagCarry >>> 63);
    }

    /** Evaluates a condition code, 0 (O) to 15 (NLE), as encoded in Jcc. */
    public static boolean condition(Cpu c, int code) {
        boolean v = switch (code >> 1) {
            case 0 -> of(c);
            case 1 -> cf(c);
            case 2 -> zf(c);
            case 3 -> cf(c) || zf(c);
            case 4 -> sf(c);
            case 5 -> pf(c);
            case 6 -> less(c);
            default -> zf(c) || less(c);
        };
        return v ^ (code & 1) != 0;
    }

    /** The arithmetic bits of EFLAGS for a lazy form. */
    public static int arithmetic(long result, long carry) {
        int f = (int) (carry >>> 63);
        f |= (int) (carry & 8) << 1;
        f |= (int) ((carry ^ carry << 1) >>> 63) << 11;
        f |= (int) ((result ^ carry << 63) >>> 63) << 7;
        if (result == 0) {
            f |= ZF;
        }
        if ((Integer.bitCount((int) result & 0xFF) + (int) (carry >> 1) & 1) == 0) {
            f |= PF;
        }
        return f;
    }

    /** A result for the lazy form of an EFLAGS image; goes with {@link #carryOf}. */
    static long resultOf(int image) {
        return (image & ZF) != 0 ? 0 : 1;
    }

    static long carryOf(int image) {
        long carry = (long) (image & CF) << 63 | (long) ((image ^ image >> 11) & 1) << 62 | (image & AF) >> 1;
        if ((image & SF) != 0) {
            carry |= 1;
        }
        // Parity of 0 is even, of 1 odd.
        boolean even = (image & ZF) != 0;
        if (even != ((image & PF) != 0)) {
            carry |= 2;
        }
        return carry;
    }
}
