package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;

/** MOVZX, MOVSX and MOVSXD. */
final class ExtendOps {
    private ExtendOps() {
    }

    /** Makes the op that widens 1, 2 or 4 bytes to the operand size. */
    static Op create(Insn i, int from, boolean signed) {
        int to = i.opSize;
        if (i.mem) {
            return switch (from) {
                case 1 -> signed ? to == 8 ? new Movsx8To64M(i) : to == 4 ? new Movsx8To32M(i) : new Generic(i, 1, true)
                    : to >= 4 ? new Movzx8M(i) : new Generic(i, 1, false);
                case 2 -> signed ? to == 8 ? new Movsx16To64M(i) : to == 4 ? new Movsx16To32M(i)
                    : new Generic(i, 2, true) : to >= 4 ? new Movzx16M(i) : new Generic(i, 2, false);
                default -> to == 8 ? new Movsx32To64M(i) : new Generic(i, 4, true);
            };
        }
        if (to == 8 && from == 4) {
            return new Movsx32To64R(i);
        }
        if (to >= 4 && !signed && from == 2) {
            return new Movzx16R(i);
        }
        if (to >= 4 && !signed && (i.hasRex || i.rm < 4)) {
            return new Movzx8R(i);
        }
        return new Generic(i, from, signed);
    }

    private static final class Generic extends RmOp {
        private final boolean signed;
        private final int to;

        Generic(Insn i, int from, boolean signed) {
            super(i, from);
            this.signed = signed;
            to = i.opSize;
        }

        @Override
        public void exec(Cpu c) {
            long v = readRm(c);
            Registers.set(c, reg, to,
                signed ? Registers.signExtend(v, size) : v);
        }
    }

    private abstract static class Memory extends MemOp {
        final byte d;

        Memory(Insn i) {
            super(i);
            d = (byte) i.reg;
        }
    }

    private abstract static class Register extends Op {
        final byte d;
        final byte s;

        Register(Insn i) {
            super(i);
            d = (byte) i.reg;
            s = (byte) i.rm;
        }
    }

    private static final class Movzx8M extends Memory {
        Movzx8M(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.mem.load8(ea(c, 1));
        }
    }

    private static final class Movzx16M extends Memory {
        Movzx16M(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.mem.load16(ea(c, 2));
        }
    }

    private static final class Movsx8To32M extends Memory {
        Movsx8To32M(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = (byte) c.mem.load8(ea(c, 1)) & 0xFFFFFFFFL;
        }
    }

    private static final class Movsx8To64M extends Memory {
        Movsx8To64M(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = (byte) c.mem.load8(ea(c, 1));
        }
    }

    private static final class Movsx16To32M extends Memory {
        Movsx16To32M(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = (short) c.mem.load16(ea(c, 2)) & 0xFFFFFFFFL;
        }
    }

    private static final class Movsx16To64M extends Memory {
        Movsx16To64M(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = (short) c.mem.load16(ea(c, 2));
        }
    }

    private static final class Movsx32To64M extends Memory {
        Movsx32To64M(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.mem.load32(ea(c, 4));
        }
    }

    private static final class Movsx32To64R extends Register {
        Movsx32To64R(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = (int) c.r[s];
        }
    }

    private static final class Movzx16R extends Register {
        Movzx16R(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.r[s] & 0xFFFF;
        }
    }

    private static final class Movzx8R extends Register {
        Movzx8R(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.r[s] & 0xFF;
        }
    }
}
