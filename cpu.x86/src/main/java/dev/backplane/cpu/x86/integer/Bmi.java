package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.OpTable.Imm;
import dev.backplane.cpu.x86.OpTable.Kind;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;

/**
 * BMI1, BMI2 and LZCNT (Intel SDM Vol. 2). Undefined flags are cleared, but for AF and PF of some, as processors do.
 */
final class Bmi {
    private Bmi() {
    }

    static void addTo(OpTable t) {
        add(t, Insn.MAP_VEX_0F38, OpTable.NP, 0xF2, i -> new AndNot(i));
        add(t, Insn.MAP_VEX_0F38, OpTable.NP, 0xF3, i -> i.regLow >= 1 && i.regLow <= 3 ? new Lowest(i) : null);
        add(t, Insn.MAP_VEX_0F38, OpTable.NP, 0xF5, i -> new ZeroHigh(i));
        add(t, Insn.MAP_VEX_0F38, OpTable.PF3, 0xF5, i -> new Deposit(i, false));
        add(t, Insn.MAP_VEX_0F38, OpTable.PF2, 0xF5, i -> new Deposit(i, true));
        add(t, Insn.MAP_VEX_0F38, OpTable.PF2, 0xF6, i -> new Mulx(i));
        add(t, Insn.MAP_VEX_0F38, OpTable.NP, 0xF7, i -> new Extract(i));
        for (int prefix = OpTable.P66; prefix <= OpTable.PF2; prefix++) {
            int kind = prefix;
            add(t, Insn.MAP_VEX_0F38, prefix, 0xF7, i -> new Shift(i, kind));
        }
        t.add(Kind.INTEGER, Insn.MAP_VEX_0F3A, OpTable.PF2, 0xF0, true, Imm.UB,
            i -> i.vexL || i.vvvvUsed ? null : new Rorx(i));
        t.add(Kind.INTEGER, Insn.MAP_0F, OpTable.PF3, 0xBC, true, Imm.NONE, i -> new CountZeros(i, false));
        t.add(Kind.INTEGER, Insn.MAP_0F, OpTable.PF3, 0xBD, true, Imm.NONE, i -> new CountZeros(i, true));
    }

    private interface Maker {
        Op make(Insn i);
    }

    private static void add(OpTable t, int map, int prefix, int opcode, Maker f) {
        t.add(Kind.INTEGER, map, prefix, opcode, true, Imm.NONE, i -> i.vexL ? null : f.make(i));
    }

    /** SF and ZF of a result, and CF; the others are 0. */
    private static void flags(Cpu c, long r, int size, boolean carry) {
        boolean sign = (r >>> 8 * size - 1 & 1) != 0;
        c.setArithmeticFlags((r == 0 ? Flags.ZF : 0) | (sign ? Flags.SF : 0) | (carry ? Flags.CF : 0));
    }

    /** 4 or 8 bytes, and the register in vvvv. */
    private abstract static class Form extends RmOp {
        final byte v;

        Form(Insn i) {
            super(i, i.w ? 8 : 4);
            v = (byte) i.vvvv;
        }

        final long readV(Cpu c) {
            return Registers.get(c, v, size, false);
        }
    }

    /** ANDN. */
    private static final class AndNot extends Form {
        AndNot(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long r = ~readV(c) & readRm(c);
            writeReg(c, r);
            flags(c, r, size, false);
        }
    }

    /** BLSR (1), BLSMSK (2) and BLSI (3): the destination is in vvvv. */
    private static final class Lowest extends Form {
        private final int kind;

        Lowest(Insn i) {
            super(i);
            kind = i.regLow;
        }

        @Override
        public void exec(Cpu c) {
            long a = readRm(c);
            long r = switch (kind) {
                case 1 -> a - 1 & a;
                case 2 -> a - 1 ^ a;
                default -> -a & a;
            };
            r = Registers.zeroExtend(r, size);
            Registers.set(c, v, size, r);
            flags(c, r, size, kind == 3 ? a != 0 : a == 0);
        }
    }

    /** BZHI. */
    private static final class ZeroHigh extends Form {
        ZeroHigh(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long a = readRm(c);
            int n = (int) readV(c) & 0xFF;
            boolean all = n >= 8 * size;
            long r = all ? a : a & (1L << n) - 1;
            writeReg(c, r);
            flags(c, r, size, all);
        }
    }

    /** PDEP and PEXT. */
    private static final class Deposit extends Form {
        private final boolean deposit;

        Deposit(Insn i, boolean deposit) {
            super(i);
            this.deposit = deposit;
        }

        @Override
        public void exec(Cpu c) {
            long mask = readRm(c);
            long a = readV(c);
            writeReg(c, deposit ? Long.expand(a, mask) : Long.compress(a, mask));
        }
    }

    /** MULX: no flags; if both destinations are one register it gets the high half. */
    private static final class Mulx extends Form {
        Mulx(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long a = readRm(c);
            long b = Registers.get(c, Cpu.RDX, size, false);
            long low = a * b;
            Registers.set(c, v, size, low);
            writeReg(c, size == 8 ? Math.unsignedMultiplyHigh(a, b) : low >>> 32);
        }
    }

    /** BEXTR. */
    private static final class Extract extends Form {
        Extract(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long a = readRm(c);
            int control = (int) readV(c);
            int start = control & 0xFF;
            int length = control >> 8 & 0xFF;
            long r = start >= 8 * size ? 0 : a >>> start;
            if (length < 64) {
                r &= (1L << length) - 1;
            }
            writeReg(c, r);
            flags(c, r, size, false);
        }
    }

    /** SHLX (66), SARX (F3) and SHRX (F2). */
    private static final class Shift extends Form {
        private final int kind;

        Shift(Insn i, int kind) {
            super(i);
            this.kind = kind;
        }

        @Override
        public void exec(Cpu c) {
            long a = readRm(c);
            int n = (int) readV(c) & 8 * size - 1;
            writeReg(c, switch (kind) {
                case OpTable.P66 -> a << n;
                case OpTable.PF3 -> Registers.signExtend(a, size) >> n;
                default -> a >>> n;
            });
        }
    }

    /** RORX. */
    private static final class Rorx extends Form {
        private final int n;

        Rorx(Insn i) {
            super(i);
            n = (int) i.imm;
        }

        @Override
        public void exec(Cpu c) {
            long a = readRm(c);
            writeReg(c, size == 8 ? Long.rotateRight(a, n) : Integer.rotateRight((int) a, n) & 0xFFFFFFFFL);
        }
    }

    /** TZCNT and LZCNT. */
    private static final class CountZeros extends RmOp {
        private final boolean leading;

        CountZeros(Insn i, boolean leading) {
            super(i, i.opSize);
            this.leading = leading;
        }

        @Override
        public void exec(Cpu c) {
            long a = readRm(c);
            int bits = 8 * size;
            int n = a == 0 ? bits : leading ? Long.numberOfLeadingZeros(a) - (64 - bits)
                : Long.numberOfTrailingZeros(a);
            writeReg(c, n);
            c.setArithmeticFlags((n == 0 ? Flags.ZF : 0) | (a == 0 ? Flags.CF : 0));
        }
    }
}
