package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpFactory;

/**
 * The register forms that are most frequent in real programs, as classes of their own: one indirect call less than
 * {@link Forms.Reg} takes, which is a third of the time of such a simple instruction.
 */
final class Frequent {
    private Frequent() {
    }

    /** The register form here, the memory form as usual. */
    static OpFactory or(OpFactory register, OpFactory general) {
        return i -> i.mem ? general.create(i) : register.create(i);
    }

    private abstract static class Registers extends Op {
        final byte d;
        final byte s;

        Registers(Insn i) {
            super(i);
            d = (byte) (2 * i.reg);
            s = (byte) (2 * i.rm);
        }
    }

    /** PXOR, XORPS, XORPD. */
    static final class Xor extends Registers {
        Xor(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] ^= x[s];
            x[d + 1] ^= x[s + 1];
        }
    }

    /** POR, ORPS, ORPD. */
    static final class Or extends Registers {
        Or(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] |= x[s];
            x[d + 1] |= x[s + 1];
        }
    }

    /** PAND, ANDPS, ANDPD. */
    static final class And extends Registers {
        And(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] &= x[s];
            x[d + 1] &= x[s + 1];
        }
    }

    /** PCMPEQB. */
    static final class EqualBytes extends Registers {
        EqualBytes(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] = Swar.equal(x[d], x[s], Swar.B, 8);
            x[d + 1] = Swar.equal(x[d + 1], x[s + 1], Swar.B, 8);
        }
    }

    /** PCMPEQD. */
    static final class EqualDoublewords extends Registers {
        EqualDoublewords(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] = Swar.equal(x[d], x[s], Swar.D, 32);
            x[d + 1] = Swar.equal(x[d + 1], x[s + 1], Swar.D, 32);
        }
    }

    /** PMINUB. */
    static final class MinBytes extends Registers {
        MinBytes(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] = Swar.minU(x[d], x[s], Swar.B, 8);
            x[d + 1] = Swar.minU(x[d + 1], x[s + 1], Swar.B, 8);
        }
    }

    /** PSUBB. */
    static final class SubBytes extends Registers {
        SubBytes(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] = Swar.sub(x[d], x[s], Swar.B);
            x[d + 1] = Swar.sub(x[d + 1], x[s + 1], Swar.B);
        }
    }

    /** PADDD. */
    static final class AddDoublewords extends Registers {
        AddDoublewords(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] = Swar.add(x[d], x[s], Swar.D);
            x[d + 1] = Swar.add(x[d + 1], x[s + 1], Swar.D);
        }
    }

    /** PADDQ. */
    static final class AddQuadwords extends Registers {
        AddQuadwords(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] += x[s];
            x[d + 1] += x[s + 1];
        }
    }

    /** PUNPCKLQDQ, UNPCKLPD. */
    static final class LowQuadwords extends Registers {
        LowQuadwords(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d + 1] = x[s];
        }
    }

    /** ADDSD. */
    static final class Addsd extends Registers {
        Addsd(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            DoubleOps.addsd(c, x, d, x[s], 0);
        }
    }

    /** SUBSD. */
    static final class Subsd extends Registers {
        Subsd(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            DoubleOps.subsd(c, x, d, x[s], 0);
        }
    }

    /** MULSD. */
    static final class Mulsd extends Registers {
        Mulsd(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            DoubleOps.mulsd(c, x, d, x[s], 0);
        }
    }

    /** DIVSD. */
    static final class Divsd extends Registers {
        Divsd(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            DoubleOps.divsd(c, x, d, x[s], 0);
        }
    }

    /** ADDSS. */
    static final class Addss extends Registers {
        Addss(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            SingleOps.addss(c, x, d, x[s], 0);
        }
    }

    /** SUBSS. */
    static final class Subss extends Registers {
        Subss(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            SingleOps.subss(c, x, d, x[s], 0);
        }
    }

    /** MULSS. */
    static final class Mulss extends Registers {
        Mulss(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            SingleOps.mulss(c, x, d, x[s], 0);
        }
    }
}
