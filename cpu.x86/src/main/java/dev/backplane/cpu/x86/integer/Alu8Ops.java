package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;

/** The two-operand ALU instructions on 8 bits, one class for each operation and operand form. */
final class Alu8Ops {
    private Alu8Ops() {
    }

    /** Makes the op of an operation (ADD to CMP as encoded, 8 for TEST). */
    static Op rr(int op, Insn i, int d, int s) {
        return switch (op) {
            case 0 -> new AddRR(i, d, s);
            case 1 -> new OrRR(i, d, s);
            case 2 -> new AdcRR(i, d, s);
            case 3 -> new SbbRR(i, d, s);
            case 4 -> new AndRR(i, d, s);
            case 5 -> new SubRR(i, d, s);
            case 6 -> new XorRR(i, d, s);
            case 7 -> new CmpRR(i, d, s);
            default -> new TestRR(i, d, s);
        };
    }

    /** Makes the op of an operation (ADD to CMP as encoded, 8 for TEST). */
    static Op ri(int op, Insn i, int d) {
        return switch (op) {
            case 0 -> new AddRI(i, d);
            case 1 -> new OrRI(i, d);
            case 2 -> new AdcRI(i, d);
            case 3 -> new SbbRI(i, d);
            case 4 -> new AndRI(i, d);
            case 5 -> new SubRI(i, d);
            case 6 -> new XorRI(i, d);
            case 7 -> new CmpRI(i, d);
            default -> new TestRI(i, d);
        };
    }

    /** Makes the op of an operation (ADD to CMP as encoded, 8 for TEST). */
    static Op rm(int op, Insn i) {
        return switch (op) {
            case 0 -> new AddRM(i);
            case 1 -> new OrRM(i);
            case 2 -> new AdcRM(i);
            case 3 -> new SbbRM(i);
            case 4 -> new AndRM(i);
            case 5 -> new SubRM(i);
            case 6 -> new XorRM(i);
            case 7 -> new CmpRM(i);
            default -> new TestRM(i);
        };
    }

    /** Makes the op of an operation (ADD to CMP as encoded, 8 for TEST). */
    static Op mr(int op, Insn i) {
        return switch (op) {
            case 0 -> new AddMR(i);
            case 1 -> new OrMR(i);
            case 2 -> new AdcMR(i);
            case 3 -> new SbbMR(i);
            case 4 -> new AndMR(i);
            case 5 -> new SubMR(i);
            case 6 -> new XorMR(i);
            case 7 -> new CmpMR(i);
            default -> new TestMR(i);
        };
    }

    /** Makes the op of an operation (ADD to CMP as encoded, 8 for TEST). */
    static Op mi(int op, Insn i) {
        return switch (op) {
            case 0 -> new AddMI(i);
            case 1 -> new OrMI(i);
            case 2 -> new AdcMI(i);
            case 3 -> new SbbMI(i);
            case 4 -> new AndMI(i);
            case 5 -> new SubMI(i);
            case 6 -> new XorMI(i);
            case 7 -> new CmpMI(i);
            default -> new TestMI(i);
        };
    }

    static final class AddRR extends Forms.RegReg8 {
        AddRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.add8(c, (int) (c.r[d] >>> dShift), (int) (c.r[s] >>> sShift));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class AddRI extends Forms.RegImm8 {
        AddRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.add8(c, (int) (c.r[d] >>> dShift), (int) imm);
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class AddRM extends Forms.RegMem8 {
        AddRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.add8(c, (int) (c.r[d] >>> dShift), c.mem.load8(ea(c, 1)));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class AddMR extends Forms.MemReg8 {
        AddMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.add8(c, c.mem.rmw8(la), (int) (c.r[s] >>> sShift)));
        }
    }

    static final class AddMI extends Forms.MemImm {
        AddMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.add8(c, c.mem.rmw8(la), (int) imm));
        }
    }

    static final class OrRR extends Forms.RegReg8 {
        OrRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.or8(c, (int) (c.r[d] >>> dShift), (int) (c.r[s] >>> sShift));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class OrRI extends Forms.RegImm8 {
        OrRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.or8(c, (int) (c.r[d] >>> dShift), (int) imm);
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class OrRM extends Forms.RegMem8 {
        OrRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.or8(c, (int) (c.r[d] >>> dShift), c.mem.load8(ea(c, 1)));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class OrMR extends Forms.MemReg8 {
        OrMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.or8(c, c.mem.rmw8(la), (int) (c.r[s] >>> sShift)));
        }
    }

    static final class OrMI extends Forms.MemImm {
        OrMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.or8(c, c.mem.rmw8(la), (int) imm));
        }
    }

    static final class AdcRR extends Forms.RegReg8 {
        AdcRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.adc8(c, (int) (c.r[d] >>> dShift), (int) (c.r[s] >>> sShift));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class AdcRI extends Forms.RegImm8 {
        AdcRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.adc8(c, (int) (c.r[d] >>> dShift), (int) imm);
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class AdcRM extends Forms.RegMem8 {
        AdcRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.adc8(c, (int) (c.r[d] >>> dShift), c.mem.load8(ea(c, 1)));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class AdcMR extends Forms.MemReg8 {
        AdcMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.adc8(c, c.mem.rmw8(la), (int) (c.r[s] >>> sShift)));
        }
    }

    static final class AdcMI extends Forms.MemImm {
        AdcMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.adc8(c, c.mem.rmw8(la), (int) imm));
        }
    }

    static final class SbbRR extends Forms.RegReg8 {
        SbbRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.sbb8(c, (int) (c.r[d] >>> dShift), (int) (c.r[s] >>> sShift));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class SbbRI extends Forms.RegImm8 {
        SbbRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.sbb8(c, (int) (c.r[d] >>> dShift), (int) imm);
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class SbbRM extends Forms.RegMem8 {
        SbbRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.sbb8(c, (int) (c.r[d] >>> dShift), c.mem.load8(ea(c, 1)));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class SbbMR extends Forms.MemReg8 {
        SbbMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.sbb8(c, c.mem.rmw8(la), (int) (c.r[s] >>> sShift)));
        }
    }

    static final class SbbMI extends Forms.MemImm {
        SbbMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.sbb8(c, c.mem.rmw8(la), (int) imm));
        }
    }

    static final class AndRR extends Forms.RegReg8 {
        AndRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.and8(c, (int) (c.r[d] >>> dShift), (int) (c.r[s] >>> sShift));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class AndRI extends Forms.RegImm8 {
        AndRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.and8(c, (int) (c.r[d] >>> dShift), (int) imm);
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class AndRM extends Forms.RegMem8 {
        AndRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.and8(c, (int) (c.r[d] >>> dShift), c.mem.load8(ea(c, 1)));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class AndMR extends Forms.MemReg8 {
        AndMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.and8(c, c.mem.rmw8(la), (int) (c.r[s] >>> sShift)));
        }
    }

    static final class AndMI extends Forms.MemImm {
        AndMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.and8(c, c.mem.rmw8(la), (int) imm));
        }
    }

    static final class SubRR extends Forms.RegReg8 {
        SubRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.sub8(c, (int) (c.r[d] >>> dShift), (int) (c.r[s] >>> sShift));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class SubRI extends Forms.RegImm8 {
        SubRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.sub8(c, (int) (c.r[d] >>> dShift), (int) imm);
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class SubRM extends Forms.RegMem8 {
        SubRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.sub8(c, (int) (c.r[d] >>> dShift), c.mem.load8(ea(c, 1)));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class SubMR extends Forms.MemReg8 {
        SubMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.sub8(c, c.mem.rmw8(la), (int) (c.r[s] >>> sShift)));
        }
    }

    static final class SubMI extends Forms.MemImm {
        SubMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.sub8(c, c.mem.rmw8(la), (int) imm));
        }
    }

    static final class XorRR extends Forms.RegReg8 {
        XorRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.xor8(c, (int) (c.r[d] >>> dShift), (int) (c.r[s] >>> sShift));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class XorRI extends Forms.RegImm8 {
        XorRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.xor8(c, (int) (c.r[d] >>> dShift), (int) imm);
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class XorRM extends Forms.RegMem8 {
        XorRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            int v = Alu.xor8(c, (int) (c.r[d] >>> dShift), c.mem.load8(ea(c, 1)));
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (v & 0xFFL) << dShift;
        }
    }

    static final class XorMR extends Forms.MemReg8 {
        XorMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.xor8(c, c.mem.rmw8(la), (int) (c.r[s] >>> sShift)));
        }
    }

    static final class XorMI extends Forms.MemImm {
        XorMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 1);
            c.mem.store8(la, Alu.xor8(c, c.mem.rmw8(la), (int) imm));
        }
    }

    static final class CmpRR extends Forms.RegReg8 {
        CmpRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            Alu.sub8(c, (int) (c.r[d] >>> dShift), (int) (c.r[s] >>> sShift));
        }
    }

    static final class CmpRI extends Forms.RegImm8 {
        CmpRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            Alu.sub8(c, (int) (c.r[d] >>> dShift), (int) imm);
        }
    }

    static final class CmpRM extends Forms.RegMem8 {
        CmpRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.sub8(c, (int) (c.r[d] >>> dShift), c.mem.load8(ea(c, 1)));
        }
    }

    static final class CmpMR extends Forms.MemReg8 {
        CmpMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.sub8(c, c.mem.load8(ea(c, 1)), (int) (c.r[s] >>> sShift));
        }
    }

    static final class CmpMI extends Forms.MemImm {
        CmpMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.sub8(c, c.mem.load8(ea(c, 1)), (int) imm);
        }
    }

    static final class TestRR extends Forms.RegReg8 {
        TestRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            Alu.and8(c, (int) (c.r[d] >>> dShift), (int) (c.r[s] >>> sShift));
        }
    }

    static final class TestRI extends Forms.RegImm8 {
        TestRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            Alu.and8(c, (int) (c.r[d] >>> dShift), (int) imm);
        }
    }

    static final class TestRM extends Forms.RegMem8 {
        TestRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.and8(c, (int) (c.r[d] >>> dShift), c.mem.load8(ea(c, 1)));
        }
    }

    static final class TestMR extends Forms.MemReg8 {
        TestMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.and8(c, c.mem.load8(ea(c, 1)), (int) (c.r[s] >>> sShift));
        }
    }

    static final class TestMI extends Forms.MemImm {
        TestMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.and8(c, c.mem.load8(ea(c, 1)), (int) imm);
        }
    }
}
