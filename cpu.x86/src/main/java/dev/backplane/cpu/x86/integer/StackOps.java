package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;

/** PUSH, POP, PUSHA, POPA, PUSHF, POPF, ENTER and LEAVE. */
public final class StackOps {
    private StackOps() {
    }

    /** The operand size of stack instructions: 64 bits, or 16 with a prefix, in 64-bit mode. */
    static int width(Insn i) {
        return i.mode64 ? i.prefix66 && !i.w ? 2 : 8 : i.opSize;
    }

    private abstract static class StackOp extends Op {
        final int size;

        StackOp(Insn i) {
            super(i);
            size = width(i);
        }

        @Override
        public boolean throughStack() {
            return true;
        }
    }

    static Op push(Insn i) {
        int n = i.opcode & 7 | (i.rex & 1) << 3;
        return i.mode64 && width(i) == 8 ? new Push64(i, n) : new Push(i, n);
    }

    static Op pop(Insn i) {
        int n = i.opcode & 7 | (i.rex & 1) << 3;
        return i.mode64 && width(i) == 8 && n != Cpu.RSP ? new Pop64(i, n) : new Pop(i, n);
    }

    private static final class Push64 extends StackOp {
        private final byte s;

        Push64(Insn i, int n) {
            super(i);
            s = (byte) n;
        }

        @Override
        public void exec(Cpu c) {
            long[] r = c.r;
            long sp = r[Cpu.RSP] - 8;
            c.mem.store64(sp, r[s]);
            r[Cpu.RSP] = sp;
        }
    }

    private static final class Pop64 extends StackOp {
        private final byte d;

        Pop64(Insn i, int n) {
            super(i);
            d = (byte) n;
        }

        @Override
        public void exec(Cpu c) {
            long[] r = c.r;
            long sp = r[Cpu.RSP];
            r[d] = c.mem.load64(sp);
            r[Cpu.RSP] = sp + 8;
        }
    }

    private static final class Push extends StackOp {
        private final int s;

        Push(Insn i, int n) {
            super(i);
            s = n;
        }

        @Override
        public void exec(Cpu c) {
            Stack.push(c, size, c.r[s]);
        }
    }

    private static final class Pop extends StackOp {
        private final int d;

        Pop(Insn i, int n) {
            super(i);
            d = n;
        }

        @Override
        public void exec(Cpu c) {
            long v = Stack.pop(c, size);
            Registers.set(c, d, size, v);
        }
    }

    static final class PushImmediate extends StackOp {
        private final long imm;

        PushImmediate(Insn i) {
            super(i);
            imm = i.imm;
        }

        @Override
        public void exec(Cpu c) {
            Stack.push(c, size, imm);
        }
    }

    /** PUSH of a memory operand (FF /6). */
    static final class PushRm extends RmOp {
        PushRm(Insn i) {
            super(i, width(i));
        }

        @Override
        public void exec(Cpu c) {
            Stack.push(c, size, readRm(c));
        }
    }

    /** POP to a register or memory (8F /0): an address by RSP uses it as it is after the pop. */
    static final class PopRm extends RmOp {
        PopRm(Insn i) {
            super(i, width(i));
        }

        @Override
        public void exec(Cpu c) {
            long v = Stack.peek(c, size, 0);
            if (!mem) {
                Stack.release(c, size);
                Registers.set(c, rm, size, v);
                return;
            }
            long sp = c.r[Cpu.RSP];
            Stack.release(c, size);
            boolean done = false;
            try {
                writeRm(c, v);
                done = true;
            } finally {
                if (!done) {
                    c.r[Cpu.RSP] = sp;
                }
            }
        }
    }

    static final class Pusha extends StackOp {
        Pusha(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            for (int n = 7; n >= 0; n--) {
                Stack.poke(c, size, -size * (n + 1), c.r[n]);
            }
            Stack.release(c, -8 * size);
        }
    }

    static final class Popa extends StackOp {
        Popa(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Stack.peek(c, size, 7 * size);
            for (int n = 7; n >= 0; n--) {
                long v = Stack.peek(c, size, size * (7 - n));
                if (n != Cpu.RSP) {
                    Registers.set(c, n, size, v);
                }
            }
            Stack.release(c, 8 * size);
        }
    }

    static final class Pushf extends StackOp {
        Pushf(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            if (c.v86() && c.iopl() < 3) {
                throw c.gp(0);
            }
            Stack.push(c, size, c.flags() & ~(Flags.VM | Flags.RF));
        }
    }

    static final class Popf extends StackOp {
        Popf(Insn i) {
            super(i);
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean fallsThrough() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            if (c.v86() && c.iopl() < 3) {
                throw c.gp(0);
            }
            int image = (int) Stack.pop(c, size);
            int mask = Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT;
            if (size > 2) {
                mask |= Flags.AC | Flags.ID | Flags.RF;
            }
            if (c.cpl == 0) {
                mask |= Flags.IOPL | Flags.IF;
            } else if (c.cpl <= c.iopl()) {
                mask |= Flags.IF;
            }
            setFlags(c, image & ~Flags.RF, mask);
        }
    }

    /** Sets the flags of a mask from an image. */
    public static void setFlags(Cpu c, int image, int mask) {
        int system = mask & ~Flags.ARITHMETIC;
        boolean ac = ((c.eflags ^ image) & mask & Flags.AC) != 0;
        c.eflags = c.eflags & ~system | image & system;
        c.setArithmeticFlags(image);
        if (ac) {
            c.segments.updateMode();
        }
        if ((c.eflags & (Flags.TF | Flags.RF)) != 0) {
            c.attention = true;
        }
        c.interruptsMayBeEnabled();
    }

    static final class Enter extends StackOp {
        private final int frame;
        private final int level;

        Enter(Insn i) {
            super(i);
            frame = (int) i.imm;
            level = i.imm2 & 31;
        }

        @Override
        public void exec(Cpu c) {
            long bp = c.r[Cpu.RBP];
            Stack.poke(c, size, -size, bp);
            long top = Stack.sp(c) - size;
            if (level > 0) {
                for (int k = 1; k < level; k++) {
                    Stack.poke(c, size, -size * (k + 1), display(c, bp - (long) size * k));
                }
                Stack.poke(c, size, -size * (level + 1), top);
            }
            int used = size * (level > 0 ? level + 1 : 1);
            // The new top must be writable, although nothing is written there.
            Stack.probe(c, size, -used - frame);
            Registers.set(c, Cpu.RBP, size, top);
            Stack.release(c, -used - frame);
        }

        private long display(Cpu c, long at) {
            return Stack.peek(c, size, (int) (at - c.r[Cpu.RSP]));
        }
    }

    static Op leave(Insn i) {
        return i.mode64 && width(i) == 8 ? new Leave64(i) : new Leave(i);
    }

    private static final class Leave64 extends StackOp {
        Leave64(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long[] r = c.r;
            long bp = r[Cpu.RBP];
            r[Cpu.RBP] = c.mem.load64(bp);
            r[Cpu.RSP] = bp + 8;
        }
    }

    private static final class Leave extends StackOp {
        Leave(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            long sp = c.r[Cpu.RSP];
            Stack.setSp(c, c.r[Cpu.RBP]);
            boolean done = false;
            try {
                long v = Stack.pop(c, size);
                Registers.set(c, Cpu.RBP, size, v);
                done = true;
            } finally {
                if (!done) {
                    c.r[Cpu.RSP] = sp;
                }
            }
        }
    }

    /** BOUND. */
    static final class Bound extends RmOp {
        Bound(Insn i) {
            super(i, i.opSize);
        }

        @Override
        public void exec(Cpu c) {
            long la = ea(c, 2 * size);
            long low = Registers.signExtend(c.mem.load(la, size), size);
            long high = Registers.signExtend(c.mem.load(la + size, size), size);
            long v = Registers.signExtend(c.r[reg], size);
            if (v < low || v > high) {
                throw c.fault(CpuFault.BR);
            }
        }
    }
}
