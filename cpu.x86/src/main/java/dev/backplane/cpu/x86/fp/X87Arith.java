package dev.backplane.cpu.x86.fp;

import dev.backplane.cpu.x86.FpuState;

/** Arithmetic and comparison instructions of the x87 unit, on its register stack (Intel SDM Vol. 1, 8.3.5 to 8.3.8). */
final class X87Arith {
    private static final int REVERSED = 1 << 5 | 1 << 7;

    private X87Arith() {
    }

    /** Whether op computes operand - ST(0) or operand / ST(0). */
    private static boolean reversed(int op) {
        return (REVERSED >> op & 1) != 0;
    }

    /**
     * FADD, FMUL, FSUB, FSUBR, FDIV, FDIVR of ST(0) with ST(i).
     *
     * @param op  the reg field of the encoding: 0 add, 1 mul, 4 ST(0)-ST(i), 5 ST(i)-ST(0), 6 and 7 likewise divide
     * @param dst where the result goes: 0 or i
     */
    static void registers(FpuState f, int op, int i, int dst, boolean pop) {
        FpEnv e = X87.begin(f);
        if (X87.isEmpty(f, 0) || X87.isEmpty(f, i)) {
            underflow(f, dst, pop);
            return;
        }
        boolean rev = reversed(op);
        X87.load(rev ? e.b : e.a, f, 0);
        X87.load(rev ? e.a : e.b, f, i);
        F80.arithmetic(e, op);
        if (X87.end(f, e)) {
            X87.setResult(f, dst, e.r);
            if (pop) {
                X87.pop(f);
            }
        }
    }

    private static void underflow(FpuState f, int dst, boolean pop) {
        if (X87.underflow(f)) {
            X87.setIndefinite(f, dst);
            if (pop) {
                X87.pop(f);
            }
        }
    }

    /** As {@link #registers} with an operand from memory, which {@link #operand} has been given first. */
    static void memory(FpuState f, int op) {
        FpEnv e = f.x87;
        if (X87.isEmpty(f, 0)) {
            underflow(f, 0, false);
            return;
        }
        X87.load(reversed(op) ? e.b : e.a, f, 0);
        F80.arithmetic(e, op);
        if (X87.end(f, e)) {
            X87.setResult(f, 0, e.r);
        }
    }

    /** Begins an instruction with a memory operand; the operand belongs into what is returned. */
    static Unpacked operand(FpuState f, int op) {
        FpEnv e = X87.begin(f);
        return reversed(op) ? e.a : e.b;
    }

    /** FCOM and FCOMP with an operand from memory, which is in {@code f.x87.b}. */
    static void compareMemory(FpuState f, boolean pop) {
        compare(f, X87.isEmpty(f, 0), pop ? 1 : 0, true);
    }

    /** FCOM, FUCOM and their popping forms. */
    static void compareRegister(FpuState f, int i, int pops, boolean signalQuiet) {
        FpEnv e = X87.begin(f);
        X87.load(e.b, f, i);
        compare(f, X87.isEmpty(f, 0) || X87.isEmpty(f, i), pops, signalQuiet);
    }

    /** FTST. */
    static void test(FpuState f) {
        FpEnv e = X87.begin(f);
        e.b.zero(false);
        e.b.denormal = false;
        compare(f, X87.isEmpty(f, 0), 0, true);
    }

    private static void compare(FpuState f, boolean empty, int pops, boolean signalQuiet) {
        FpEnv e = f.x87;
        int relation = 2;
        boolean done;
        if (empty) {
            done = X87.underflow(f);
        } else {
            X87.load(e.a, f, 0);
            relation = SoftFloat.compare(e, signalQuiet);
            done = X87.end(f, e);
        }
        X87.conditions(f, relation);
        if (done) {
            for (int n = 0; n < pops; n++) {
                X87.pop(f);
            }
        }
    }

    /**
     * FCOMI, FUCOMI and their popping forms; C1 stays unless a register is empty.
     *
     * @return ZF, PF and CF as an EFLAGS image; the other arithmetic flags are cleared
     */
    static int compareFlags(FpuState f, int i, boolean pop, boolean signalQuiet) {
        int c1 = f.status & X87.C1;
        FpEnv e = X87.begin(f);
        int relation = 2;
        boolean done;
        if (X87.isEmpty(f, 0) || X87.isEmpty(f, i)) {
            done = X87.underflow(f);
        } else {
            X87.load(e.a, f, 0);
            X87.load(e.b, f, i);
            relation = SoftFloat.compare(e, signalQuiet);
            done = X87.end(f, e);
            f.status |= c1;
        }
        if (pop && done) {
            X87.pop(f);
        }
        return switch (relation) {
            case -1 -> 1;
            case 0 -> 0x40;
            case 1 -> 0;
            default -> 0x45;
        };
    }

    /** FCHS (flip) and FABS (clear the sign). */
    static void sign(FpuState f, boolean flip) {
        X87.begin(f);
        if (X87.isEmpty(f, 0)) {
            underflow(f, 0, false);
            return;
        }
        int p = f.top;
        f.exp[p] = flip ? f.exp[p] ^ 0x8000 : f.exp[p] & 0x7FFF;
    }

    /** FXAM. */
    static void examine(FpuState f) {
        int p = f.top;
        int se = f.exp[p];
        long m = f.mant[p];
        int e = se & 0x7FFF;
        int c;
        if (X87.isEmpty(f, 0)) {
            c = X87.C3 | X87.C0;
        } else if (e == 0) {
            c = m == 0 ? X87.C3 : X87.C3 | X87.C2;
        } else if (m >= 0) {
            c = 0;
        } else if (e == 0x7FFF) {
            c = m << 1 == 0 ? X87.C2 | X87.C0 : X87.C0;
        } else {
            c = X87.C2;
        }
        f.status = f.status & ~(X87.C0 | X87.C1 | X87.C2 | X87.C3) | c | ((se & 0x8000) != 0 ? X87.C1 : 0);
    }

    static void sqrt(FpuState f) {
        FpEnv e = X87.begin(f);
        if (X87.isEmpty(f, 0)) {
            underflow(f, 0, false);
            return;
        }
        X87.load(e.a, f, 0);
        F80.sqrt(e);
        if (X87.end(f, e)) {
            X87.setResult(f, 0, e.r);
        }
    }

    static void roundToIntegral(FpuState f) {
        FpEnv e = X87.begin(f);
        if (X87.isEmpty(f, 0)) {
            underflow(f, 0, false);
            return;
        }
        X87.load(e.a, f, 0);
        F80.roundToIntegral(e);
        if (X87.end(f, e)) {
            X87.setResult(f, 0, e.r);
        }
    }

    static void scale(FpuState f) {
        FpEnv e = X87.begin(f);
        if (X87.isEmpty(f, 0) || X87.isEmpty(f, 1)) {
            underflow(f, 0, false);
            return;
        }
        X87.load(e.a, f, 0);
        X87.load(e.b, f, 1);
        F80.scale(e);
        if (X87.end(f, e)) {
            X87.setResult(f, 0, e.r);
        }
    }

    /** FPREM and FPREM1. */
    static void remainder(FpuState f, boolean nearest) {
        FpEnv e = X87.begin(f);
        if (X87.isEmpty(f, 0) || X87.isEmpty(f, 1)) {
            f.status &= ~X87.C2;
            underflow(f, 0, false);
            return;
        }
        X87.load(e.a, f, 0);
        X87.load(e.b, f, 1);
        int q = F80.remainder(e, nearest);
        e.roundedUp = false;
        f.status &= ~X87.C2;
        if (X87.end(f, e)) {
            if (q != F80.NO_QUOTIENT) {
                f.status &= ~(X87.C0 | X87.C3);
                f.status |= q == F80.PARTIAL ? X87.C2 : (q & 4) << 6 | (q & 2) << 13 | (q & 1) << 9;
            }
            X87.setResult(f, 0, e.r);
        }
    }

    /** FXTRACT. */
    static void extract(FpuState f) {
        FpEnv e = X87.begin(f);
        if (X87.isEmpty(f, 0)) {
            if (X87.underflow(f)) {
                X87.setIndefinite(f, 0);
                X87.push(f, F80.INDEFINITE_SE, F80.INDEFINITE);
            }
            return;
        }
        if (!X87.isEmpty(f, 7)) {
            if (X87.overflow(f)) {
                X87.setIndefinite(f, 0);
                X87.push(f, F80.INDEFINITE_SE, F80.INDEFINITE);
            }
            return;
        }
        X87.load(e.a, f, 0);
        F80.extract(e);
        if (X87.end(f, e)) {
            X87.setResult(f, 0, e.b);
            f.top = f.top - 1 & 7;
            X87.setResult(f, 0, e.r);
        }
    }
}
