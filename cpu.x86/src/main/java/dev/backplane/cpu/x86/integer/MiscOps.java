package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;

/** LEA, conditional moves and sets, sign extension of the accumulator, flag instructions, XLAT, NOP. */
final class MiscOps {
    private MiscOps() {
    }

    static Op lea(Insn i) {
        if (!i.mem) {
            return null;
        }
        return i.opSize == 8 && i.addrSize == 8 ? new Lea64(i) : new Lea(i);
    }

    private static final class Lea64 extends Forms.RegMem {
        Lea64(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] r = c.r;
            r[d] = r[base] + (r[index] << scale) + disp;
        }
    }

    private static final class Lea extends MemOp {
        private final int d;
        private final int size;

        Lea(Insn i) {
            super(i);
            d = i.reg;
            size = i.opSize;
        }

        @Override
        public void exec(Cpu c) {
            Registers.set(c, d, size, offset(c));
        }
    }

    static final class Cmov extends RmOp {
        private final int code;

        Cmov(Insn i) {
            super(i, i.opSize);
            code = i.opcode & 15;
        }

        @Override
        public void exec(Cpu c) {
            // The source is read in any case; the 32-bit form clears the upper half in any case.
            long v = readRm(c);
            if (Flags.condition(c, code)) {
                writeReg(c, v);
            } else if (size == 4) {
                c.r[reg] &= 0xFFFFFFFFL;
            }
        }
    }

    static final class Set extends RmOp {
        private final int code;

        Set(Insn i) {
            super(i, 1);
            code = i.opcode & 15;
        }

        @Override
        public void exec(Cpu c) {
            writeRm(c, Flags.condition(c, code) ? 1 : 0);
        }
    }

    /** CBW, CWDE and CDQE. */
    static final class Cbw extends Op {
        private final int size;

        Cbw(Insn i) {
            super(i);
            size = i.opSize;
        }

        @Override
        public void exec(Cpu c) {
            Registers.set(c, Cpu.RAX, size, Registers.signExtend(c.r[Cpu.RAX], size / 2));
        }
    }

    /** CWD, CDQ and CQO. */
    static final class Cwd extends Op {
        private final int size;

        Cwd(Insn i) {
            super(i);
            size = i.opSize;
        }

        @Override
        public void exec(Cpu c) {
            Registers.set(c, Cpu.RDX, size, Registers.signExtend(c.r[Cpu.RAX], size) >> 63);
        }
    }

    /** F5 and F8 to FD without CLI and STI: CMC, CLC, STC, CLD, STD. */
    static final class FlagOp extends Op {
        private final int opcode;

        FlagOp(Insn i) {
            super(i);
            opcode = i.opcode;
        }

        @Override
        public void exec(Cpu c) {
            switch (opcode) {
                case 0xF5 -> c.flagCarry ^= 3L << 62;
                case 0xF8 -> carry(c, 0);
                case 0xF9 -> carry(c, -1);
                case 0xFC -> c.eflags &= ~Flags.DF;
                default -> c.eflags |= Flags.DF;
            }
        }

        private static void carry(Cpu c, long v) {
            c.flagCarry ^= ((c.flagCarry ^ v) >> 63) & 3L << 62;
        }
    }

    static final class Lahf extends Op {
        Lahf(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Registers.set(c, 4, 1, true, c.flags() & 0xD5 | 2);
        }
    }

    static final class Sahf extends Op {
        Sahf(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            int ah = (int) Registers.get(c, 4, 1, true) & 0xD5;
            c.setArithmeticFlags(ah | c.flags() & Flags.OF);
        }
    }

    /** SALC, undocumented but everywhere. */
    static final class Salc extends Op {
        Salc(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Registers.set(c, Cpu.RAX, 1, false, -Flags.carry(c));
        }
    }

    static final class Xlat extends Op {
        private final int seg;
        private final boolean checked;
        private final long amask;

        Xlat(Insn i) {
            super(i);
            seg = i.dataSeg();
            checked = i.checkedSeg(seg);
            amask = i.amask;
        }

        @Override
        public boolean throughStack() {
            return seg == Cpu.SS;
        }

        @Override
        public void exec(Cpu c) {
            long at = c.r[Cpu.RBX] + (c.r[Cpu.RAX] & 0xFF) & amask;
            long la = checked ? c.segments.linearRead(seg, at, 1) : at + c.segBase[seg];
            Registers.set(c, Cpu.RAX, 1, false, c.mem.load8(la));
        }
    }

    static final class Nop extends Op {
        Nop(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
        }
    }

    /** MFENCE, and what must not pass it. */
    static final class Fence extends Op {
        Fence(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Raw.fullFence();
        }
    }

    static final class Pause extends Op {
        Pause(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Thread.onSpinWait();
            c.pauses++;
            if ((c.pauses & 0x3F) == 0) {
                // A spinning vCPU may hold the host processor that the lock's owner needs.
                Thread.yield();
            }
        }
    }

    /** Raises #UD: UD0, UD1, UD2 and everything undefined. */
    public static final class Undefined extends Op {
        Undefined(Insn i) {
            super(i);
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            throw c.ud();
        }
    }

    static final class MovMoffs extends Op {
        private final int size;
        private final boolean store;
        private final int seg;
        private final boolean checked;
        private final long offset;

        MovMoffs(Insn i, int size, boolean store) {
            super(i);
            this.size = size;
            this.store = store;
            seg = i.dataSeg();
            checked = i.checkedSeg(seg);
            offset = i.imm;
        }

        @Override
        public void exec(Cpu c) {
            long la;
            if (!checked) {
                la = offset + c.segBase[seg];
            } else {
                la = store ? c.segments.linearWrite(seg, offset, size) : c.segments.linearRead(seg, offset, size);
            }
            if (store) {
                c.mem.store(la, size, c.r[Cpu.RAX]);
            } else {
                Registers.set(c, Cpu.RAX, size, false, c.mem.load(la, size));
            }
        }
    }

    /** LOCK-able exchanges. */
    static final class Xchg extends RmwOp {
        Xchg(Insn i, int size) {
            super(i, size, true);
        }

        @Override
        long compute(Cpu c, long old) {
            return readReg(c);
        }

        @Override
        void finish(Cpu c, long old) {
            writeReg(c, old);
        }
    }

    static final class Xadd extends RmwOp {
        Xadd(Insn i, int size) {
            super(i, size);
        }

        @Override
        long compute(Cpu c, long old) {
            return Alu.binary(c, 0, size, old, readReg(c));
        }

        @Override
        void finish(Cpu c, long old) {
            writeReg(c, old);
        }

        @Override
        void finishRegister(Cpu c, long old, long v) {
            writeReg(c, old);
            Registers.set(c, rm, size, legacyBytes, v);
        }
    }

    static final class Cmpxchg extends RmwOp {
        Cmpxchg(Insn i, int size) {
            super(i, size);
        }

        @Override
        long compute(Cpu c, long old) {
            Alu.binary(c, 7, size, c.r[Cpu.RAX], old);
            return c.flagResult == 0 ? readReg(c) : old;
        }

        @Override
        void finish(Cpu c, long old) {
            if (c.flagResult != 0) {
                Registers.set(c, Cpu.RAX, size, false, old);
            }
        }

        @Override
        void finishRegister(Cpu c, long old, long v) {
            if (c.flagResult == 0) {
                Registers.set(c, rm, size, legacyBytes, v);
            } else {
                Registers.set(c, Cpu.RAX, size, false, old);
            }
        }
    }

    /** ADD to XOR on anything, for what needs LOCK. */
    static final class Binary extends RmwOp {
        private final int op;
        private final boolean immediate;
        private final long imm;

        Binary(Insn i, int op, int size, boolean immediate) {
            super(i, size);
            this.op = op;
            this.immediate = immediate;
            imm = i.imm;
        }

        @Override
        public boolean acceptsLock() {
            return mem && op != 7;
        }

        @Override
        long compute(Cpu c, long old) {
            return Alu.binary(c, op, size, old, immediate ? imm : readReg(c));
        }
    }

    /** INC, DEC, NOT and NEG. */
    static final class Unary extends RmwOp {
        static final int INC = 0;
        static final int DEC = 1;
        static final int NOT = 2;
        static final int NEG = 3;
        private final int op;

        Unary(Insn i, int op, int size) {
            super(i, size);
            this.op = op;
        }

        @Override
        long compute(Cpu c, long old) {
            return switch (op) {
                case INC -> switch (size) {
                    case 1 -> Alu.inc8(c, (int) old);
                    case 2 -> Alu.inc16(c, (int) old);
                    case 4 -> Alu.inc32(c, (int) old);
                    default -> Alu.inc64(c, old);
                };
                case DEC -> switch (size) {
                    case 1 -> Alu.dec8(c, (int) old);
                    case 2 -> Alu.dec16(c, (int) old);
                    case 4 -> Alu.dec32(c, (int) old);
                    default -> Alu.dec64(c, old);
                };
                case NOT -> ~old;
                default -> Alu.binary(c, 5, size, 0, old);
            };
        }
    }

    /** INC and DEC of a register of 2, 4 or 8 bytes. */
    static final class IncReg extends Op {
        private final byte d;
        private final byte size;
        private final boolean dec;

        IncReg(Insn i, int d, boolean dec) {
            super(i);
            this.d = (byte) d;
            size = (byte) i.opSize;
            this.dec = dec;
        }

        @Override
        public void exec(Cpu c) {
            long[] r = c.r;
            long v = r[d];
            switch (size) {
                case 4 -> r[d] = (dec ? Alu.dec32(c, (int) v) : Alu.inc32(c, (int) v)) & 0xFFFFFFFFL;
                case 8 -> r[d] = dec ? Alu.dec64(c, v) : Alu.inc64(c, v);
                default -> r[d] = v & ~0xFFFFL | (dec ? Alu.dec16(c, (int) v) : Alu.inc16(c, (int) v)) & 0xFFFF;
            }
        }
    }
}
