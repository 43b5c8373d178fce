package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.RmOp;

/** Near control transfer: Jcc, JMP, CALL, RET, LOOP, JCXZ. */
final class Branches {
    private Branches() {
    }

    /** What a near branch leaves of RIP: its operand size, or 64 bits. */
    static long ripMask(Insn i) {
        if (i.mode64) {
            return -1;
        }
        return i.opSize == 2 ? 0xFFFF : 0xFFFFFFFFL;
    }

    /** Near branches are 64 bits wide in 64-bit mode. */
    static int width(Insn i) {
        return i.mode64 ? 8 : i.opSize;
    }

    /** Goes to an offset in CS, after the checks of its target. */
    static void go(Cpu c, long target) {
        check(c, target);
        c.rip = target;
    }

    static void check(Cpu c, long target) {
        if ((c.mode & Mode.LONG) != 0) {
            if (target << 16 >> 16 != target) {
                throw c.gp(0);
            }
        } else if (!c.segments.fetchAllowed(target, 1)) {
            throw c.gp(0);
        }
    }

    /** An op with a displacement. */
    abstract static class Relative extends Op {
        /** From the start of the block. */
        final long target;
        final long mask;

        Relative(Insn i) {
            super(i);
            target = i.imm + i.pos + i.length;
            mask = ripMask(i);
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean branchesNear() {
            return true;
        }
    }

    abstract static class Conditional extends Relative {
        /** The condition as encoded, 0 to 15. */
        final int code;
        private final long next;

        Conditional(Insn i) {
            super(i);
            code = i.opcode & 15;
            next = i.pos + i.length;
        }

        final void jump(Cpu c, boolean taken) {
            long rip = c.r[Cpu.BLOCK_RIP];
            if (taken) {
                go(c, rip + target & mask);
            } else {
                c.rip = rip + next;
            }
        }
    }

    static final class Jmp extends Relative {
        Jmp(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            go(c, c.r[Cpu.BLOCK_RIP] + target & mask);
        }
    }

    static Op call(Insn i) {
        return i.mode64 ? new Call64(i) : new Call(i);
    }

    static Op ret(Insn i) {
        i.imm = 0;
        return i.mode64 ? new Ret64(i) : new Ret(i);
    }

    private static final class Call64 extends Relative {
        private final long next;

        Call64(Insn i) {
            super(i);
            next = i.pos + i.length;
        }

        @Override
        public boolean throughStack() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            long[] r = c.r;
            long rip = r[Cpu.BLOCK_RIP];
            long to = rip + target;
            check(c, to);
            long sp = r[Cpu.RSP] - 8;
            c.mem.store64(sp, rip + next);
            r[Cpu.RSP] = sp;
            c.rip = to;
        }
    }

    private static final class Ret64 extends Op {
        Ret64(Insn i) {
            super(i);
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean throughStack() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            long[] r = c.r;
            long sp = r[Cpu.RSP];
            long to = c.mem.load64(sp);
            check(c, to);
            r[Cpu.RSP] = sp + 8;
            c.rip = to;
        }
    }

    static final class Call extends Relative {
        private final int size;

        Call(Insn i) {
            super(i);
            size = width(i);
        }

        @Override
        public boolean throughStack() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            long to = c.r[Cpu.BLOCK_RIP] + target & mask;
            check(c, to);
            Stack.push(c, size, nextRip(c));
            c.rip = to;
        }
    }

    /** JMP through a register or memory. */
    static final class JmpRm extends RmOp {
        JmpRm(Insn i) {
            super(i, width(i));
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            go(c, readRm(c));
        }
    }

    /** CALL through a register or memory. */
    static final class CallRm extends RmOp {
        CallRm(Insn i) {
            super(i, width(i));
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            long to = readRm(c);
            check(c, to);
            Stack.push(c, size, nextRip(c));
            c.rip = to;
        }
    }

    static final class Ret extends Op {
        private final int size;
        private final int release;

        Ret(Insn i) {
            super(i);
            size = width(i);
            release = (int) i.imm;
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean throughStack() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            long to = Stack.peek(c, size, 0);
            check(c, to);
            Stack.release(c, size + release);
            c.rip = to;
        }
    }

    /** LOOPNE, LOOPE, LOOP and JCXZ: opcodes E0 to E3. */
    static final class Loop extends Relative {
        private final int kind;
        private final int addrSize;
        private final long next;

        Loop(Insn i) {
            super(i);
            kind = i.opcode & 3;
            addrSize = i.addrSize;
            next = i.pos + i.length;
        }

        @Override
        public void exec(Cpu c) {
            long count = Strings.count(c, addrSize);
            boolean taken;
            if (kind == 3) {
                taken = count == 0;
            } else {
                count--;
                taken = switch (kind) {
                    case 0 -> c.flagResult != 0;
                    case 1 -> c.flagResult == 0;
                    default -> true;
                };
                taken &= addrSize == 8 ? count != 0 : (count & (1L << 8 * addrSize) - 1) != 0;
            }
            long rip = c.r[Cpu.BLOCK_RIP];
            long to = taken ? rip + target & mask : rip + next;
            check(c, to);
            if (kind != 3) {
                Strings.setCount(c, addrSize, count);
            }
            c.rip = to;
        }
    }
}
