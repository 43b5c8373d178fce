package dev.backplane.cpu.x86.fp;

import dev.backplane.cpu.x86.FpuState;

/** Data transfer of the x87 unit: loads, stores, constants, exchange (Intel SDM Vol. 1, 8.3.3 and 8.3.4). */
final class X87Data {
    /** FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: exponent, truncated significand, is the rest over half. */
    private static final int[] CONSTANT_SE = {0x3FFF, 0x4000, 0x3FFF, 0x4000, 0x3FFD, 0x3FFE, 0};
    private static final long[] CONSTANT = {1L << 63, 0xD49A784BCD1B8AFEL, 0xB8AA3B295C17F0BBL, 0xC90FDAA22168C234L,
        0x9A209A84FBCFF798L, 0xB17217F7D1CF79ABL, 0};
    private static final int[] OVER_HALF = {0, 0, 1, 1, 1, 1, 0};
    private static final int INEXACT = 0b0111110;

    private X87Data() {
    }

    /**
     * Whether there is room to push; if not, the masked response has been given.
     */
    private static boolean room(FpuState f) {
        if (X87.isEmpty(f, 7)) {
            return true;
        }
        if (X87.overflow(f)) {
            X87.push(f, F80.INDEFINITE_SE, F80.INDEFINITE);
        }
        return false;
    }

    /** FLD m80. */
    static void load80(FpuState f, int se, long m) {
        X87.begin(f);
        if (room(f)) {
            X87.push(f, se, m);
        }
    }

    /** FLD m64. */
    static void load64(FpuState f, long bits) {
        FpEnv e = X87.begin(f);
        e.a.from64(bits, false);
        loadA(f, e);
    }

    /** FLD m32. */
    static void load32(FpuState f, int bits) {
        FpEnv e = X87.begin(f);
        e.a.from32(bits, false);
        loadA(f, e);
    }

    /** FILD. */
    static void loadInteger(FpuState f, long v) {
        FpEnv e = X87.begin(f);
        F80.integer(e.a, v);
        loadA(f, e);
    }

    private static void loadA(FpuState f, FpEnv e) {
        if (!room(f)) {
            return;
        }
        F80.widen(e);
        // Processors load a denormal even while its exception is unmasked.
        if (X87.end(f, e) || (e.flags & FpEnv.IE) == 0) {
            f.top = f.top - 1 & 7;
            X87.setResult(f, 0, e.r);
        }
    }

    /**
     * FBLD.
     *
     * @param upper the two bytes above the low sixteen digits: sign and two digits
     */
    static void loadDecimal(FpuState f, long digits, int upper) {
        FpEnv e = X87.begin(f);
        F80.integer(e.a, F80.fromDecimal(digits, upper & 0xFF));
        e.a.neg = (upper & 0x8000) != 0;
        loadA(f, e);
    }

    /** FLD1 and its kin by the low three bits of the opcode. */
    static void loadConstant(FpuState f, int n) {
        FpEnv e = X87.begin(f);
        if (!room(f)) {
            return;
        }
        int up = e.rc == FpEnv.NEAREST ? OVER_HALF[n] : e.rc == FpEnv.UP ? INEXACT >> n & 1 : 0;
        X87.push(f, CONSTANT_SE[n], CONSTANT[n] + up);
    }

    /** FLD ST(i). */
    static void loadRegister(FpuState f, int i) {
        X87.begin(f);
        if (X87.isEmpty(f, i)) {
            if (X87.underflow(f)) {
                X87.push(f, F80.INDEFINITE_SE, F80.INDEFINITE);
            }
            return;
        }
        if (!room(f)) {
            return;
        }
        int p = X87.st(f, i);
        X87.push(f, f.exp[p], f.mant[p]);
    }

    /** FST and FSTP to ST(i). */
    static void storeRegister(FpuState f, int i, boolean pop) {
        X87.begin(f);
        if (X87.isEmpty(f, 0)) {
            if (!X87.underflow(f)) {
                return;
            }
            X87.setIndefinite(f, i);
        } else {
            X87.set(f, i, f.exp[f.top], f.mant[f.top]);
        }
        if (pop) {
            X87.pop(f);
        }
    }

    /** FXCH. */
    static void exchange(FpuState f, int i) {
        X87.begin(f);
        if (X87.isEmpty(f, 0) || X87.isEmpty(f, i)) {
            if (!X87.underflow(f)) {
                return;
            }
            if (X87.isEmpty(f, 0)) {
                X87.setIndefinite(f, 0);
            }
            if (X87.isEmpty(f, i)) {
                X87.setIndefinite(f, i);
            }
        }
        int p = X87.st(f, i);
        int t = f.top;
        int se = f.exp[t];
        long m = f.mant[t];
        f.exp[t] = f.exp[p];
        f.mant[t] = f.mant[p];
        f.exp[p] = se;
        f.mant[p] = m;
    }

    /** FCMOVcc; C1 stays unless a register is empty. */
    static void moveIf(FpuState f, int i, boolean condition) {
        if (X87.isEmpty(f, 0) || X87.isEmpty(f, i)) {
            if (X87.underflow(f)) {
                X87.setIndefinite(f, 0);
            }
            return;
        }
        if (condition) {
            int p = X87.st(f, i);
            X87.set(f, 0, f.exp[p], f.mant[p]);
        }
    }
}
