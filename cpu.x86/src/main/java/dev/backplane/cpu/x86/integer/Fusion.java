package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Op;

/**
 * A comparison and the conditional branch behind it as one op, in 64-bit mode: the most frequent pair of all. The flags
 * are set as by the comparison alone; the branch looks at the operands.
 */
public final class Fusion {
    private Fusion() {
    }

    /** The op that does both, or null if these two have none. */
    public static Op fuse(Op first, Op second) {
        if (!(second instanceof Branches.Conditional j)) {
            return null;
        }
        return switch (first) {
            case Alu64Ops.CmpRR a -> new Cmp64RR(a, j);
            case Alu64Ops.CmpRI a -> new Cmp64RI(a, j);
            case Alu64Ops.CmpRM a -> new Cmp64RM(a, j);
            case Alu64Ops.CmpMR a -> new Cmp64MR(a, j);
            case Alu64Ops.CmpMI a -> new Cmp64MI(a, j);
            case Alu32Ops.CmpRR a -> new Cmp32RR(a, j);
            case Alu32Ops.CmpRI a -> new Cmp32RI(a, j);
            case Alu32Ops.CmpRM a -> new Cmp32RM(a, j);
            case Alu32Ops.CmpMR a -> new Cmp32MR(a, j);
            case Alu32Ops.CmpMI a -> new Cmp32MI(a, j);
            case Alu8Ops.CmpRI a -> new Cmp8RI(a, j);
            case Alu8Ops.CmpMI a -> new Cmp8MI(a, j);
            case Alu64Ops.TestRR a -> new Test64RR(a, j);
            case Alu32Ops.TestRR a -> new Test32RR(a, j);
            case Alu8Ops.TestRR a -> new Test8RR(a, j);
            case Alu32Ops.TestRI a -> new Test32RI(a, j);
            case Alu8Ops.TestRI a -> new Test8RI(a, j);
            case Alu8Ops.TestMI a -> new Test8MI(a, j);
            case Alu32Ops.TestMI a -> new Test32MI(a, j);
            default -> null;
        };
    }

    /** The branch of a fused op. */
    private static final class Jump {
        final int code;
        final long at;
        final long next;
        final long target;

        Jump(Branches.Conditional j) {
            code = j.code;
            at = j.pos;
            next = (long) j.pos + j.length;
            target = j.target;
        }

        void go(Cpu c, boolean taken) {
            long rip = c.r[Cpu.BLOCK_RIP];
            if (!taken) {
                c.rip = rip + next;
                return;
            }
            long to = rip + target;
            // A target that faults is left to the branch alone, which knows its own address.
            c.rip = to << 16 >> 16 == to ? to : rip + at;
        }

        /** After a comparison of sign-extended operands. */
        void compare(Cpu c, long a, long b) {
            boolean v = switch (code >> 1) {
                case 1 -> Long.compareUnsigned(a, b) < 0;
                case 2 -> a == b;
                case 3 -> Long.compareUnsigned(a, b) <= 0;
                case 6 -> a < b;
                case 7 -> a <= b;
                default -> Flags.condition(c, code & 14);
            };
            go(c, v != ((code & 1) != 0));
        }

        /** After TEST: CF and OF are clear. */
        void test(Cpu c, long result) {
            boolean v = switch (code >> 1) {
                case 0, 1 -> false;
                case 2, 3 -> result == 0;
                case 4, 6 -> result < 0;
                case 7 -> result <= 0;
                default -> Flags.condition(c, code & 14);
            };
            go(c, v != ((code & 1) != 0));
        }
    }

    private abstract static class Registers extends Op {
        final Jump jump;

        Registers(Op first, Branches.Conditional j) {
            super(first.pos, first.length + j.length);
            jump = new Jump(j);
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

    private abstract static class Memory extends MemOp {
        final Jump jump;

        Memory(MemOp first, Branches.Conditional j) {
            super(first, first.length + j.length);
            jump = new Jump(j);
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

    private static final class Cmp64RR extends Registers {
        private final byte d;
        private final byte s;

        Cmp64RR(Alu64Ops.CmpRR first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
            s = first.s;
        }

        @Override
        public void exec(Cpu c) {
            long a = c.r[d];
            long b = c.r[s];
            Alu.sub64(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp64RI extends Registers {
        private final byte d;
        private final long imm;

        Cmp64RI(Alu64Ops.CmpRI first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
            imm = first.imm;
        }

        @Override
        public void exec(Cpu c) {
            long a = c.r[d];
            long b = imm;
            Alu.sub64(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp64RM extends Memory {
        private final byte d;

        Cmp64RM(Alu64Ops.CmpRM first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
        }

        @Override
        public void exec(Cpu c) {
            long a = c.r[d];
            long b = c.mem.load64(ea(c, 8));
            Alu.sub64(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp64MR extends Memory {
        private final byte s;

        Cmp64MR(Alu64Ops.CmpMR first, Branches.Conditional j) {
            super(first, j);
            s = first.s;
        }

        @Override
        public void exec(Cpu c) {
            long a = c.mem.load64(ea(c, 8));
            long b = c.r[s];
            Alu.sub64(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp64MI extends Memory {
        private final long imm;

        Cmp64MI(Alu64Ops.CmpMI first, Branches.Conditional j) {
            super(first, j);
            imm = first.imm;
        }

        @Override
        public void exec(Cpu c) {
            long a = c.mem.load64(ea(c, 8));
            long b = imm;
            Alu.sub64(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp32RR extends Registers {
        private final byte d;
        private final byte s;

        Cmp32RR(Alu32Ops.CmpRR first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
            s = first.s;
        }

        @Override
        public void exec(Cpu c) {
            int a = (int) c.r[d];
            int b = (int) c.r[s];
            Alu.sub32(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp32RI extends Registers {
        private final byte d;
        private final int imm;

        Cmp32RI(Alu32Ops.CmpRI first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
            imm = (int) first.imm;
        }

        @Override
        public void exec(Cpu c) {
            int a = (int) c.r[d];
            int b = imm;
            Alu.sub32(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp32RM extends Memory {
        private final byte d;

        Cmp32RM(Alu32Ops.CmpRM first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
        }

        @Override
        public void exec(Cpu c) {
            int a = (int) c.r[d];
            int b = c.mem.load32(ea(c, 4));
            Alu.sub32(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp32MR extends Memory {
        private final byte s;

        Cmp32MR(Alu32Ops.CmpMR first, Branches.Conditional j) {
            super(first, j);
            s = first.s;
        }

        @Override
        public void exec(Cpu c) {
            int a = c.mem.load32(ea(c, 4));
            int b = (int) c.r[s];
            Alu.sub32(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp32MI extends Memory {
        private final int imm;

        Cmp32MI(Alu32Ops.CmpMI first, Branches.Conditional j) {
            super(first, j);
            imm = (int) first.imm;
        }

        @Override
        public void exec(Cpu c) {
            int a = c.mem.load32(ea(c, 4));
            int b = imm;
            Alu.sub32(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp8RI extends Registers {
        private final byte d;
        private final byte dShift;
        private final byte imm;

        Cmp8RI(Alu8Ops.CmpRI first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
            dShift = first.dShift;
            imm = (byte) first.imm;
        }

        @Override
        public void exec(Cpu c) {
            byte a = (byte) (c.r[d] >>> dShift);
            byte b = imm;
            Alu.sub8(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Cmp8MI extends Memory {
        private final byte imm;

        Cmp8MI(Alu8Ops.CmpMI first, Branches.Conditional j) {
            super(first, j);
            imm = (byte) first.imm;
        }

        @Override
        public void exec(Cpu c) {
            byte a = (byte) c.mem.load8(ea(c, 1));
            byte b = imm;
            Alu.sub8(c, a, b);
            jump.compare(c, a, b);
        }
    }

    private static final class Test64RR extends Registers {
        private final byte d;
        private final byte s;

        Test64RR(Alu64Ops.TestRR first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
            s = first.s;
        }

        @Override
        public void exec(Cpu c) {
            long a = c.r[d];
            long b = c.r[s];
            jump.test(c, Alu.and64(c, a, b));
        }
    }

    private static final class Test32RR extends Registers {
        private final byte d;
        private final byte s;

        Test32RR(Alu32Ops.TestRR first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
            s = first.s;
        }

        @Override
        public void exec(Cpu c) {
            int a = (int) c.r[d];
            int b = (int) c.r[s];
            jump.test(c, Alu.and32(c, a, b));
        }
    }

    private static final class Test8RR extends Registers {
        private final byte d;
        private final byte dShift;
        private final byte s;
        private final byte sShift;

        Test8RR(Alu8Ops.TestRR first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
            dShift = first.dShift;
            s = first.s;
            sShift = first.sShift;
        }

        @Override
        public void exec(Cpu c) {
            byte a = (byte) (c.r[d] >>> dShift);
            byte b = (byte) (c.r[s] >>> sShift);
            jump.test(c, Alu.and8(c, a, b));
        }
    }

    private static final class Test32RI extends Registers {
        private final byte d;
        private final int imm;

        Test32RI(Alu32Ops.TestRI first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
            imm = (int) first.imm;
        }

        @Override
        public void exec(Cpu c) {
            int a = (int) c.r[d];
            int b = imm;
            jump.test(c, Alu.and32(c, a, b));
        }
    }

    private static final class Test8RI extends Registers {
        private final byte d;
        private final byte dShift;
        private final byte imm;

        Test8RI(Alu8Ops.TestRI first, Branches.Conditional j) {
            super(first, j);
            d = first.d;
            dShift = first.dShift;
            imm = (byte) first.imm;
        }

        @Override
        public void exec(Cpu c) {
            byte a = (byte) (c.r[d] >>> dShift);
            byte b = imm;
            jump.test(c, Alu.and8(c, a, b));
        }
    }

    private static final class Test8MI extends Memory {
        private final byte imm;

        Test8MI(Alu8Ops.TestMI first, Branches.Conditional j) {
            super(first, j);
            imm = (byte) first.imm;
        }

        @Override
        public void exec(Cpu c) {
            byte a = (byte) c.mem.load8(ea(c, 1));
            byte b = imm;
            jump.test(c, Alu.and8(c, a, b));
        }
    }

    private static final class Test32MI extends Memory {
        private final int imm;

        Test32MI(Alu32Ops.TestMI first, Branches.Conditional j) {
            super(first, j);
            imm = (int) first.imm;
        }

        @Override
        public void exec(Cpu c) {
            int a = c.mem.load32(ea(c, 4));
            int b = imm;
            jump.test(c, Alu.and32(c, a, b));
        }
    }
}
