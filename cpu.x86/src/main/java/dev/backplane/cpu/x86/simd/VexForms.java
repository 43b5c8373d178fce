package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.OpFactory;
import java.util.function.IntFunction;

/**
 * Operand forms of VEX-encoded instructions (Intel SDM Vol. 2, 2.3). What an instruction means is the {@link XmmFn} of
 * its SSE form: it is applied to each 128-bit lane of the first source, in scratch registers, and the destination is
 * written when nothing can fault any more, with zeros above the vector. Memory operands need no alignment.
 */
final class VexForms {
    private VexForms() {
    }

    /** vvvv must be all ones. */
    static OpFactory noV(OpFactory f) {
        return i -> i.vvvvUsed ? null : f.create(i);
    }

    /** VEX.L must be 0. */
    static OpFactory l0(OpFactory f) {
        return i -> i.vexL ? null : f.create(i);
    }

    /** VEX.L must be 1. */
    static OpFactory l1(OpFactory f) {
        return i -> i.vexL ? f.create(i) : null;
    }

    /** VEX.W must be 0. */
    static OpFactory w0(OpFactory f) {
        return i -> i.vexW ? null : f.create(i);
    }

    /** VEX.W must be 1. */
    static OpFactory w1(OpFactory f) {
        return i -> i.vexW ? f.create(i) : null;
    }

    /** VEX.W is 1 in 64-bit mode only. */
    static OpFactory quadwordsIn64(OpFactory f) {
        return i -> i.vexW && !i.mode64 ? null : f.create(i);
    }

    /** Destination, first source in vvvv, second a register or memory. */
    static OpFactory three(XmmFn f) {
        return i -> new Packed(i, f, f, i.vvvv);
    }

    /** The same with an immediate, of which the upper lane sees what is above {@code laneShift} bits. */
    static OpFactory threeImm(IntFunction<XmmFn> f, int laneShift) {
        return i -> {
            int imm = (int) i.imm & 0xFF;
            return new Packed(i, f.apply(imm), f.apply(imm >> laneShift), i.vvvv);
        };
    }

    /** Destination and one source; vvvv must be all ones. */
    static OpFactory two(XmmFn f) {
        return noV(i -> new Packed(i, f, f, i.reg));
    }

    static OpFactory twoImm(IntFunction<XmmFn> f, int laneShift) {
        return noV(i -> {
            int imm = (int) i.imm & 0xFF;
            return new Packed(i, f.apply(imm), f.apply(imm >> laneShift), i.reg);
        });
    }

    /** Scalar: VEX.L is ignored; the rest of the 128 bits comes from vvvv. */
    static OpFactory scalar(int bytes, XmmFn f) {
        return i -> new Narrow(i, f, bytes, i.vvvv);
    }

    static OpFactory scalarImm(int bytes, IntFunction<XmmFn> f) {
        return i -> new Narrow(i, f.apply((int) i.imm & 0xFF), bytes, i.vvvv);
    }

    /** Sets flags only; vvvv must be all ones. */
    static OpFactory flags(int bytes, XmmFn f) {
        return noV(i -> new Test(i, f, bytes));
    }

    /** Each lane of the result comes from {@code bytes} bytes of the source. */
    static OpFactory widening(int bytes, XmmFn f) {
        return noV(i -> new Widening(i, f, bytes));
    }

    /** Each lane of the source gives 64 bits of the result. */
    static OpFactory narrowing(XmmFn f) {
        return noV(i -> new Narrowing(i, f));
    }

    /** All lanes of vvvv with the one 128-bit source: shifts by a register. */
    static OpFactory count(XmmFn f) {
        return i -> new Count(i, f);
    }

    /** What forms have in common: registers, and writing the destination from the scratch registers. */
    abstract static class Form extends MemOp {
        final boolean mem;
        final boolean wide;
        final byte d;
        final byte a;
        final byte s;

        Form(Insn i, int destination, int first, int second) {
            super(i);
            mem = i.mem;
            wide = i.vexL;
            d = (byte) (2 * destination);
            a = (byte) (2 * first);
            s = (byte) (2 * second);
        }

        @Override
        public boolean throughStack() {
            return mem && super.throughStack();
        }

        /** Reads a second source of 128 bits into the scratch registers. */
        final void source128(Cpu c, long[] t, int at) {
            if (mem) {
                t[at] = c.mem.load128(ea(c, 16));
                t[at + 1] = c.mem.high;
            } else {
                long[] x = c.fpu.xmm;
                t[at] = x[s];
                t[at + 1] = x[s + 1];
            }
        }

        /** Reads a second source as wide as the vector; the upper half is 0 if it has 128 bits. */
        final void source(Cpu c, long[] t, int at) {
            if (!wide) {
                source128(c, t, at);
                t[at + 2] = 0;
                t[at + 3] = 0;
            } else if (mem) {
                long la = ea(c, 32);
                t[at] = c.mem.load128(la);
                t[at + 1] = c.mem.high;
                t[at + 2] = c.mem.load128(la + 16);
                t[at + 3] = c.mem.high;
            } else {
                copy(c.fpu, s, t, at);
            }
        }

        /** Copies a register into the scratch registers. */
        static void copy(FpuState p, int register, long[] t, int at) {
            t[at] = p.xmm[register];
            t[at + 1] = p.xmm[register + 1];
            t[at + 2] = p.ymmHigh[register];
            t[at + 3] = p.ymmHigh[register + 1];
        }

        final void write128(FpuState p, long lo, long hi) {
            p.xmm[d] = lo;
            p.xmm[d + 1] = hi;
            p.ymmHigh[d] = 0;
            p.ymmHigh[d + 1] = 0;
        }

        final void write256(FpuState p, long l0, long l1, long h0, long h1) {
            p.xmm[d] = l0;
            p.xmm[d + 1] = l1;
            p.ymmHigh[d] = h0;
            p.ymmHigh[d + 1] = h1;
        }
    }

    /** The function on each lane. */
    static final class Packed extends Form {
        private final XmmFn f;
        private final XmmFn g;

        Packed(Insn i, XmmFn f, XmmFn g, int first) {
            this(i, f, g, i.reg, first, i.rm);
        }

        Packed(Insn i, XmmFn f, XmmFn g, int destination, int first, int second) {
            super(i, destination, first, second);
            this.f = f;
            this.g = g;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] t = p.work;
            if (!wide) {
                source128(c, t, 4);
                t[0] = p.xmm[a];
                t[1] = p.xmm[a + 1];
                f.apply(c, t, 0, t[4], t[5]);
                write128(p, t[0], t[1]);
                return;
            }
            source(c, t, 4);
            copy(p, a, t, 0);
            p.sse.held = true;
            f.apply(c, t, 0, t[4], t[5]);
            p.sse.held = false;
            g.apply(c, t, 2, t[6], t[7]);
            write256(p, t[0], t[1], t[2], t[3]);
        }
    }

    /** A source of fewer than 16 bytes. */
    static final class Narrow extends Form {
        private final XmmFn f;
        private final byte size;

        Narrow(Insn i, XmmFn f, int size, int first) {
            super(i, i.reg, first, i.rm);
            this.f = f;
            this.size = (byte) size;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] x = p.xmm;
            long[] t = p.work;
            long lo = mem ? c.mem.load(ea(c, size), size) : x[s];
            long hi = mem ? 0 : x[s + 1];
            t[0] = x[a];
            t[1] = x[a + 1];
            f.apply(c, t, 0, lo, hi);
            write128(p, t[0], t[1]);
        }
    }

    /** The function sets flags and leaves its first operand, ModRM.reg, alone. */
    static final class Test extends Form {
        private final XmmFn f;
        private final byte size;

        Test(Insn i, XmmFn f, int size) {
            super(i, i.reg, i.reg, i.rm);
            this.f = f;
            this.size = (byte) size;
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            if (!mem) {
                f.apply(c, x, d, x[s], x[s + 1]);
            } else if (size == 16) {
                long lo = c.mem.load128(ea(c, 16));
                f.apply(c, x, d, lo, c.mem.high);
            } else {
                f.apply(c, x, d, c.mem.load(ea(c, size), size), 0);
            }
        }
    }

    static final class Widening extends Form {
        private final XmmFn f;
        private final byte size;

        Widening(Insn i, XmmFn f, int size) {
            super(i, i.reg, i.reg, i.rm);
            this.f = f;
            this.size = (byte) size;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] t = p.work;
            int bytes = wide ? 2 * size : size;
            if (mem && bytes < 16) {
                t[4] = c.mem.load(ea(c, bytes), bytes);
                t[5] = 0;
            } else {
                source128(c, t, 4);
            }
            long lo = t[4];
            long hi = t[5];
            if (!wide) {
                f.apply(c, t, 0, lo, hi);
                write128(p, t[0], t[1]);
                return;
            }
            p.sse.held = true;
            f.apply(c, t, 0, lo, hi);
            p.sse.held = false;
            f.apply(c, t, 2, Shuffle.window(lo, hi, size), 0);
            write256(p, t[0], t[1], t[2], t[3]);
        }
    }

    static final class Narrowing extends Form {
        private final XmmFn f;

        Narrowing(Insn i, XmmFn f) {
            super(i, i.reg, i.reg, i.rm);
            this.f = f;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] t = p.work;
            source(c, t, 4);
            if (!wide) {
                f.apply(c, t, 0, t[4], t[5]);
                write128(p, t[0], t[1]);
                return;
            }
            p.sse.held = true;
            f.apply(c, t, 0, t[4], t[5]);
            p.sse.held = false;
            f.apply(c, t, 2, t[6], t[7]);
            write128(p, t[0], t[2]);
        }
    }

    static final class Count extends Form {
        private final XmmFn f;

        Count(Insn i, XmmFn f) {
            super(i, i.reg, i.vvvv, i.rm);
            this.f = f;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] t = p.work;
            source128(c, t, 4);
            copy(p, a, t, 0);
            f.apply(c, t, 0, t[4], t[5]);
            if (wide) {
                f.apply(c, t, 2, t[4], t[5]);
                write256(p, t[0], t[1], t[2], t[3]);
            } else {
                write128(p, t[0], t[1]);
            }
        }
    }
}
