package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;

/** Shift and rotate instructions. */
final class ShiftOps {
    private ShiftOps() {
    }

    /** Groups C0, C1 (immediate) and D0, D1 (one). */
    static Op byImmediate(Insn i, int size, int count) {
        int n = count & (size == 8 ? 63 : 31);
        if (!i.mem && size >= 4 && n != 0) {
            switch (i.regLow) {
                case 4, 6:
                    return size == 4 ? new Shl32(i, n) : new Shl64(i, n);
                case 5:
                    return size == 4 ? new Shr32(i, n) : new Shr64(i, n);
                case 7:
                    return size == 4 ? new Sar32(i, n) : new Sar64(i, n);
                default:
                    break;
            }
        }
        return new Generic(i, size, n);
    }

    /** Groups D2 and D3. */
    static Op byCl(Insn i, int size) {
        return new Generic(i, size, -1);
    }

    private static final class Generic extends RmwOp {
        private final int kind;
        private final int bits;
        private final int count;

        Generic(Insn i, int size, int count) {
            super(i, size);
            kind = i.regLow;
            bits = size * 8;
            this.count = count;
        }

        @Override
        public boolean acceptsLock() {
            return false;
        }

        @Override
        long compute(Cpu c, long old) {
            int n = count >= 0 ? count : (int) c.r[Cpu.RCX] & (bits == 64 ? 63 : 31);
            return Shift.apply(c, kind, bits, old, n);
        }
    }

    private abstract static class ByConstant extends Op {
        final byte d;
        final byte n;

        ByConstant(Insn i, int n) {
            super(i);
            d = (byte) i.rm;
            this.n = (byte) n;
        }
    }

    private static final class Shl32 extends ByConstant {
        Shl32(Insn i, int n) {
            super(i, n);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Shift.shl(c, 32, c.r[d] & 0xFFFFFFFFL, n);
        }
    }

    private static final class Shl64 extends ByConstant {
        Shl64(Insn i, int n) {
            super(i, n);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Shift.shl(c, 64, c.r[d], n);
        }
    }

    private static final class Shr32 extends ByConstant {
        Shr32(Insn i, int n) {
            super(i, n);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Shift.shr(c, 32, c.r[d] & 0xFFFFFFFFL, n);
        }
    }

    private static final class Shr64 extends ByConstant {
        Shr64(Insn i, int n) {
            super(i, n);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Shift.shr(c, 64, c.r[d], n);
        }
    }

    private static final class Sar32 extends ByConstant {
        Sar32(Insn i, int n) {
            super(i, n);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Shift.sar(c, 32, c.r[d] & 0xFFFFFFFFL, n);
        }
    }

    private static final class Sar64 extends ByConstant {
        Sar64(Insn i, int n) {
            super(i, n);
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = Shift.sar(c, 64, c.r[d], n);
        }
    }

    /** SHLD and SHRD. */
    static final class Double extends RmwOp {
        private final boolean left;
        private final int bits;
        private final int count;

        /** A count below 0 means CL. */
        Double(Insn i, boolean left, int count) {
            super(i, i.opSize);
            this.left = left;
            bits = 8 * i.opSize;
            this.count = count;
        }

        @Override
        public boolean acceptsLock() {
            return false;
        }

        @Override
        long compute(Cpu c, long old) {
            int n = (count >= 0 ? count : (int) c.r[Cpu.RCX]) & (bits == 64 ? 63 : 31);
            if (n == 0) {
                return old;
            }
            return left ? Shift.shld(c, bits, old, readReg(c), n) : Shift.shrd(c, bits, old, readReg(c), n);
        }
    }
}
