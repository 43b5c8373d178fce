package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;

/** The two-operand ALU instructions on 32 bits, one class for each operation and operand form. */
final class Alu32Ops {
    private Alu32Ops() {
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

    static final class AddRR extends Forms.RegReg {
        AddRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.add32(c, (int) c.r[d], (int) c.r[s]) & 0xFFFFFFFFL;
        }
    }

    static final class AddRI extends Forms.RegImm {
        AddRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.add32(c, (int) c.r[d], (int) imm) & 0xFFFFFFFFL;
        }
    }

    static final class AddRM extends Forms.RegMem {
        AddRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.add32(c, (int) c.r[d], c.mem.load32(ea(c, 4))) & 0xFFFFFFFFL;
        }
    }

    static final class AddMR extends Forms.MemReg {
        AddMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.add32(c, c.mem.rmw32(la), (int) c.r[s]));
        }
    }

    static final class AddMI extends Forms.MemImm {
        AddMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.add32(c, c.mem.rmw32(la), (int) imm));
        }
    }

    static final class OrRR extends Forms.RegReg {
        OrRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.or32(c, (int) c.r[d], (int) c.r[s]) & 0xFFFFFFFFL;
        }
    }

    static final class OrRI extends Forms.RegImm {
        OrRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.or32(c, (int) c.r[d], (int) imm) & 0xFFFFFFFFL;
        }
    }

    static final class OrRM extends Forms.RegMem {
        OrRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.or32(c, (int) c.r[d], c.mem.load32(ea(c, 4))) & 0xFFFFFFFFL;
        }
    }

    static final class OrMR extends Forms.MemReg {
        OrMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.or32(c, c.mem.rmw32(la), (int) c.r[s]));
        }
    }

    static final class OrMI extends Forms.MemImm {
        OrMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.or32(c, c.mem.rmw32(la), (int) imm));
        }
    }

    static final class AdcRR extends Forms.RegReg {
        AdcRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.adc32(c, (int) c.r[d], (int) c.r[s]) & 0xFFFFFFFFL;
        }
    }

    static final class AdcRI extends Forms.RegImm {
        AdcRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.adc32(c, (int) c.r[d], (int) imm) & 0xFFFFFFFFL;
        }
    }

    static final class AdcRM extends Forms.RegMem {
        AdcRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.adc32(c, (int) c.r[d], c.mem.load32(ea(c, 4))) & 0xFFFFFFFFL;
        }
    }

    static final class AdcMR extends Forms.MemReg {
        AdcMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.adc32(c, c.mem.rmw32(la), (int) c.r[s]));
        }
    }

    static final class AdcMI extends Forms.MemImm {
        AdcMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.adc32(c, c.mem.rmw32(la), (int) imm));
        }
    }

    static final class SbbRR extends Forms.RegReg {
        SbbRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.sbb32(c, (int) c.r[d], (int) c.r[s]) & 0xFFFFFFFFL;
        }
    }

    static final class SbbRI extends Forms.RegImm {
        SbbRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.sbb32(c, (int) c.r[d], (int) imm) & 0xFFFFFFFFL;
        }
    }

    static final class SbbRM extends Forms.RegMem {
        SbbRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.sbb32(c, (int) c.r[d], c.mem.load32(ea(c, 4))) & 0xFFFFFFFFL;
        }
    }

    static final class SbbMR extends Forms.MemReg {
        SbbMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.sbb32(c, c.mem.rmw32(la), (int) c.r[s]));
        }
    }

    static final class SbbMI extends Forms.MemImm {
        SbbMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.sbb32(c, c.mem.rmw32(la), (int) imm));
        }
    }

    static final class AndRR extends Forms.RegReg {
        AndRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.and32(c, (int) c.r[d], (int) c.r[s]) & 0xFFFFFFFFL;
        }
    }

    static final class AndRI extends Forms.RegImm {
        AndRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.and32(c, (int) c.r[d], (int) imm) & 0xFFFFFFFFL;
        }
    }

    static final class AndRM extends Forms.RegMem {
        AndRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.and32(c, (int) c.r[d], c.mem.load32(ea(c, 4))) & 0xFFFFFFFFL;
        }
    }

    static final class AndMR extends Forms.MemReg {
        AndMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.and32(c, c.mem.rmw32(la), (int) c.r[s]));
        }
    }

    static final class AndMI extends Forms.MemImm {
        AndMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.and32(c, c.mem.rmw32(la), (int) imm));
        }
    }

    static final class SubRR extends Forms.RegReg {
        SubRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.sub32(c, (int) c.r[d], (int) c.r[s]) & 0xFFFFFFFFL;
        }
    }

    static final class SubRI extends Forms.RegImm {
        SubRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.sub32(c, (int) c.r[d], (int) imm) & 0xFFFFFFFFL;
        }
    }

    static final class SubRM extends Forms.RegMem {
        SubRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.sub32(c, (int) c.r[d], c.mem.load32(ea(c, 4))) & 0xFFFFFFFFL;
        }
    }

    static final class SubMR extends Forms.MemReg {
        SubMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.sub32(c, c.mem.rmw32(la), (int) c.r[s]));
        }
    }

    static final class SubMI extends Forms.MemImm {
        SubMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.sub32(c, c.mem.rmw32(la), (int) imm));
        }
    }

    static final class XorRR extends Forms.RegReg {
        XorRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.xor32(c, (int) c.r[d], (int) c.r[s]) & 0xFFFFFFFFL;
        }
    }

    static final class XorRI extends Forms.RegImm {
        XorRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.xor32(c, (int) c.r[d], (int) imm) & 0xFFFFFFFFL;
        }
    }

    static final class XorRM extends Forms.RegMem {
        XorRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Alu.xor32(c, (int) c.r[d], c.mem.load32(ea(c, 4))) & 0xFFFFFFFFL;
        }
    }

    static final class XorMR extends Forms.MemReg {
        XorMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.xor32(c, c.mem.rmw32(la), (int) c.r[s]));
        }
    }

    static final class XorMI extends Forms.MemImm {
        XorMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 4);
            c.mem.store32(la, Alu.xor32(c, c.mem.rmw32(la), (int) imm));
        }
    }

    static final class CmpRR extends Forms.RegReg {
        CmpRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            Alu.sub32(c, (int) c.r[d], (int) c.r[s]);
        }
    }

    static final class CmpRI extends Forms.RegImm {
        CmpRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            Alu.sub32(c, (int) c.r[d], (int) imm);
        }
    }

    static final class CmpRM extends Forms.RegMem {
        CmpRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.sub32(c, (int) c.r[d], c.mem.load32(ea(c, 4)));
        }
    }

    static final class CmpMR extends Forms.MemReg {
        CmpMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.sub32(c, c.mem.load32(ea(c, 4)), (int) c.r[s]);
        }
    }

    static final class CmpMI extends Forms.MemImm {
        CmpMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.sub32(c, c.mem.load32(ea(c, 4)), (int) imm);
        }
    }

    static final class TestRR extends Forms.RegReg {
        TestRR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            Alu.and32(c, (int) c.r[d], (int) c.r[s]);
        }
    }

    static final class TestRI extends Forms.RegImm {
        TestRI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            Alu.and32(c, (int) c.r[d], (int) imm);
        }
    }

    static final class TestRM extends Forms.RegMem {
        TestRM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.and32(c, (int) c.r[d], c.mem.load32(ea(c, 4)));
        }
    }

    static final class TestMR extends Forms.MemReg {
        TestMR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.and32(c, c.mem.load32(ea(c, 4)), (int) c.r[s]);
        }
    }

    static final class TestMI extends Forms.MemImm {
        TestMI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Alu.and32(c, c.mem.load32(ea(c, 4)), (int) imm);
        }
    }
}
