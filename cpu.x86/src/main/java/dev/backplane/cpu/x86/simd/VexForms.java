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

        final long address(Cpu c, int size) {
            return ea(c, size);
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
            long[] x = p.xmm;
            long[] t = p.work;
            if (!wide) {
                long lo;
                long hi;
                if (mem) {
                    lo = c.mem.load128(ea(c, 16));
                    hi = c.mem.high;
                } else {
                    lo = x[s];
                    hi = x[s + 1];
                }
                t[0] = x[a];
                t[1] = x[a + 1];
                f.apply(c, t, 0, lo, hi);
                write128(p, t[0], t[1]);
                return;
            }
            long[] y = p.ymmHigh;
            long l0;
            long l1;
            long h0;
            long h1;
            if (mem) {
                long la = ea(c, 32);
                l0 = c.mem.load128(la);
                l1 = c.mem.high;
                h0 = c.mem.load128(la + 16);
                h1 = c.mem.high;
            } else {
                l0 = x[s];
                l1 = x[s + 1];
                h0 = y[s];
                h1 = y[s + 1];
            }
            t[0] = x[a];
            t[1] = x[a + 1];
            t[2] = y[a];
            t[3] = y[a + 1];
            p.sse.held = true;
            f.apply(c, t, 0, l0, l1);
            p.sse.held = false;
            g.apply(c, t, 2, h0, h1);
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
            long lo = p.xmm[s];
            long hi = p.xmm[s + 1];
            if (mem) {
                if (bytes == 16) {
                    lo = c.mem.load128(ea(c, 16));
                    hi = c.mem.high;
                } else {
                    lo = c.mem.load(ea(c, bytes), bytes);
                    hi = 0;
                }
            }
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
            long lo = p.xmm[s];
            long hi = p.xmm[s + 1];
            long lo2 = p.ymmHigh[s];
            long hi2 = p.ymmHigh[s + 1];
            if (mem) {
                long la = ea(c, wide ? 32 : 16);
                lo = c.mem.load128(la);
                hi = c.mem.high;
                if (wide) {
                    lo2 = c.mem.load128(la + 16);
                    hi2 = c.mem.high;
                }
            }
            if (!wide) {
                f.apply(c, t, 0, lo, hi);
                write128(p, t[0], t[1]);
                return;
            }
            p.sse.held = true;
            f.apply(c, t, 0, lo, hi);
            p.sse.held = false;
            f.apply(c, t, 2, lo2, hi2);
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
            long[] x = p.xmm;
            long[] t = p.work;
            long lo;
            long hi;
            if (mem) {
                lo = c.mem.load128(ea(c, 16));
                hi = c.mem.high;
            } else {
                lo = x[s];
                hi = x[s + 1];
            }
            t[0] = x[a];
            t[1] = x[a + 1];
            t[2] = p.ymmHigh[a];
            t[3] = p.ymmHigh[a + 1];
            f.apply(c, t, 0, lo, hi);
            if (wide) {
                f.apply(c, t, 2, lo, hi);
                write256(p, t[0], t[1], t[2], t[3]);
            } else {
                write128(p, t[0], t[1]);
            }
        }
    }
}
