package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;

/** MOV between registers, memory and immediates, by size. */
final class MovOps {
    private MovOps() {
    }

    static Op rr(Insn i, int size, int d, int s) {
        return switch (size) {
            case 1 -> new Mov8RR(i, d, s);
            case 2 -> new Mov16RR(i, d, s);
            case 4 -> new Mov32RR(i, d, s);
            default -> new Mov64RR(i, d, s);
        };
    }

    static Op rm(Insn i, int size) {
        return switch (size) {
            case 1 -> new Mov8RM(i);
            case 2 -> new Mov16RM(i);
            case 4 -> new Mov32RM(i);
            default -> new Mov64RM(i);
        };
    }

    static Op mr(Insn i, int size) {
        return switch (size) {
            case 1 -> new Mov8MR(i);
            case 2 -> new Mov16MR(i);
            case 4 -> new Mov32MR(i);
            default -> new Mov64MR(i);
        };
    }

    static Op mi(Insn i, int size) {
        return switch (size) {
            case 1 -> new Mov8MI(i);
            case 2 -> new Mov16MI(i);
            case 4 -> new Mov32MI(i);
            default -> new Mov64MI(i);
        };
    }

    static Op ri(Insn i, int size, int d) {
        return switch (size) {
            case 1 -> new Mov8RI(i, d);
            case 2 -> new Mov16RI(i, d);
            case 4 -> new Mov32RI(i, d);
            default -> new Mov64RI(i, d);
        };
    }

    static final class Mov8RR extends Forms.RegReg8 {
        Mov8RR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | ((c.r[s] >>> sShift) & 0xFFL) << dShift;
        }
    }

    static final class Mov8RM extends Forms.RegMem8 {
        Mov8RM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (c.mem.load8(ea(c, 1)) & 0xFFL) << dShift;
        }
    }

    static final class Mov8RI extends Forms.RegImm8 {
        Mov8RI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.r[d] & ~(0xFFL << dShift) | (imm & 0xFFL) << dShift;
        }
    }

    static final class Mov8MR extends Forms.MemReg8 {
        Mov8MR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.mem.store8(eaW(c, 1), (int) (c.r[s] >>> sShift));
        }
    }

    static final class Mov8MI extends Forms.MemImm {
        Mov8MI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.mem.store8(eaW(c, 1), (int) imm);
        }
    }

    static final class Mov16RR extends Forms.RegReg {
        Mov16RR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.r[d] & ~0xFFFFL | c.r[s] & 0xFFFFL;
        }
    }

    static final class Mov16RM extends Forms.RegMem {
        Mov16RM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.r[d] & ~0xFFFFL | c.mem.load16(ea(c, 2)) & 0xFFFFL;
        }
    }

    static final class Mov16RI extends Forms.RegImm {
        Mov16RI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.r[d] & ~0xFFFFL | imm & 0xFFFFL;
        }
    }

    static final class Mov16MR extends Forms.MemReg {
        Mov16MR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.mem.store16(eaW(c, 2), (int) c.r[s]);
        }
    }

    static final class Mov16MI extends Forms.MemImm {
        Mov16MI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.mem.store16(eaW(c, 2), (int) imm);
        }
    }

    static final class Mov32RR extends Forms.RegReg {
        Mov32RR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.r[s] & 0xFFFFFFFFL;
        }
    }

    static final class Mov32RM extends Forms.RegMem {
        Mov32RM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.mem.load32(ea(c, 4)) & 0xFFFFFFFFL;
        }
    }

    static final class Mov32RI extends Forms.RegImm {
        Mov32RI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = imm & 0xFFFFFFFFL;
        }
    }

    static final class Mov32MR extends Forms.MemReg {
        Mov32MR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.mem.store32(eaW(c, 4), (int) c.r[s]);
        }
    }

    static final class Mov32MI extends Forms.MemImm {
        Mov32MI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.mem.store32(eaW(c, 4), (int) imm);
        }
    }

    static final class Mov64RR extends Forms.RegReg {
        Mov64RR(Insn i, int d, int s) {
            super(i, d, s);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.r[s];
        }
    }

    static final class Mov64RM extends Forms.RegMem {
        Mov64RM(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.mem.load64(ea(c, 8));
        }
    }

    static final class Mov64RI extends Forms.RegImm {
        Mov64RI(Insn i, int d) {
            super(i, d);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = imm;
        }
    }

    static final class Mov64MR extends Forms.MemReg {
        Mov64MR(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.mem.store64(eaW(c, 8), c.r[s]);
        }
    }

    static final class Mov64MI extends Forms.MemImm {
        Mov64MI(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.mem.store64(eaW(c, 8), imm);
        }
    }
}
