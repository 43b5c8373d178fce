package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Op;

/** Operand forms. Byte registers are a register number and a shift, so that AH to BH are no special case. */
final class Forms {
    private Forms() {
    }

    /** The number in {@code Cpu.r} of a byte register. */
    static int byteRegister(Insn i, int n) {
        return !i.hasRex && n >= 4 && n < 8 ? n - 4 : n;
    }

    /** The shift of a byte register: 8 for AH, CH, DH and BH. */
    static int byteShift(Insn i, int n) {
        return !i.hasRex && n >= 4 && n < 8 ? 8 : 0;
    }

    abstract static class RegReg extends Op {
        final byte d;
        final byte s;

        RegReg(Insn i, int d, int s) {
            super(i);
            this.d = (byte) d;
            this.s = (byte) s;
        }
    }

    abstract static class RegImm extends Op {
        final byte d;
        final long imm;

        RegImm(Insn i, int d) {
            super(i);
            this.d = (byte) d;
            imm = i.imm;
        }
    }

    /** A register as destination, memory as source. */
    abstract static class RegMem extends MemOp {
        final byte d;

        RegMem(Insn i) {
            super(i);
            d = (byte) i.reg;
        }
    }

    /** Memory as destination, a register as source. */
    abstract static class MemReg extends MemOp {
        final byte s;

        MemReg(Insn i) {
            super(i);
            s = (byte) i.reg;
        }
    }

    abstract static class MemImm extends MemOp {
        final long imm;

        MemImm(Insn i) {
            super(i);
            imm = i.imm;
        }
    }

    abstract static class RegReg8 extends Op {
        final byte d;
        final byte dShift;
        final byte s;
        final byte sShift;

        RegReg8(Insn i, int d, int s) {
            super(i);
            this.d = (byte) byteRegister(i, d);
            dShift = (byte) byteShift(i, d);
            this.s = (byte) byteRegister(i, s);
            sShift = (byte) byteShift(i, s);
        }
    }

    abstract static class RegImm8 extends Op {
        final byte d;
        final byte dShift;
        final long imm;

        RegImm8(Insn i, int d) {
            super(i);
            this.d = (byte) byteRegister(i, d);
            dShift = (byte) byteShift(i, d);
            imm = i.imm;
        }
    }

    abstract static class RegMem8 extends MemOp {
        final byte d;
        final byte dShift;

        RegMem8(Insn i) {
            super(i);
            d = (byte) byteRegister(i, i.reg);
            dShift = (byte) byteShift(i, i.reg);
        }
    }

    abstract static class MemReg8 extends MemOp {
        final byte s;
        final byte sShift;

        MemReg8(Insn i) {
            super(i);
            s = (byte) byteRegister(i, i.reg);
            sShift = (byte) byteShift(i, i.reg);
        }
    }
}
