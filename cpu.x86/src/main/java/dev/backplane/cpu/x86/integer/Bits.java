package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;
import dev.backplane.cpu.x86.simd.Polynomial;

/** Bit tests, scans, counts, byte swaps and CRC32. */
final class Bits {
    private Bits() {
    }

    /** CF from a bit; the other flags stay. */
    private static void carry(Cpu c, long bit) {
        long v = c.flagCarry;
        c.flagCarry = v ^ (-((v >>> 63) ^ (bit & 1)) & 3L << 62);
    }

    /** BT, BTS, BTR and BTC by an immediate or on a register: the bit is in the operand itself. */
    static final class Test extends RmwOp {
        private final int kind;
        private final boolean immediate;
        private final int imm;

        Test(Insn i, int kind, boolean immediate) {
            super(i, i.opSize);
            this.kind = kind;
            this.immediate = immediate;
            imm = (int) i.imm;
        }

        @Override
        public boolean acceptsLock() {
            return mem && kind != 0;
        }

        @Override
        public void exec(Cpu c) {
            if (kind == 0) {
                compute(c, readRm(c));
            } else {
                super.exec(c);
            }
        }

        @Override
        long compute(Cpu c, long old) {
            int n = (immediate ? imm : (int) c.r[reg]) & 8 * size - 1;
            return change(c, kind, old, n);
        }
    }

    private static long change(Cpu c, int kind, long old, int n) {
        long bit = 1L << n;
        carry(c, old >>> n);
        return switch (kind) {
            case 1 -> old | bit;
            case 2 -> old & ~bit;
            case 3 -> old ^ bit;
            default -> old;
        };
    }

    /** The same by a register on memory: the bit may lie far from the address. */
    static final class TestString extends RmwOp {
        private final int kind;
        private final boolean checkedSeg;

        TestString(Insn i, int kind) {
            super(i, i.opSize);
            this.kind = kind;
            checkedSeg = i.checked;
        }

        @Override
        public boolean acceptsLock() {
            return kind != 0;
        }

        private long address(Cpu c) {
            long n = Registers.signExtend(c.r[reg], size);
            int unit = 3 + Integer.numberOfTrailingZeros(size);
            long at = offset(c) + (n >> unit) * size & amask;
            if (!checkedSeg) {
                return at + c.segBase[seg];
            }
            return kind == 0 ? c.segments.linearRead(seg, at, size) : c.segments.linearWrite(seg, at, size);
        }

        @Override
        public void exec(Cpu c) {
            long la = address(c);
            if (kind == 0) {
                compute(c, c.mem.load(la, size));
            } else if (locked()) {
                Atomics.update(c, this, la, size);
            } else {
                long old = c.mem.rmw(la, size);
                c.mem.store(la, size, compute(c, old));
            }
        }

        @Override
        long compute(Cpu c, long old) {
            return change(c, kind, old, (int) c.r[reg] & 8 * size - 1);
        }
    }

    /** BSF and BSR: a zero source sets ZF and leaves the destination. */
    static final class Scan extends RmOp {
        private final boolean reverse;

        Scan(Insn i, boolean reverse) {
            super(i, i.opSize);
            this.reverse = reverse;
        }

        @Override
        public void exec(Cpu c) {
            long v = readRm(c);
            c.flagCarry = 0;
            c.flagResult = v == 0 ? 0 : 1;
            if (v != 0) {
                writeReg(c, reverse ? 63 - Long.numberOfLeadingZeros(v) : Long.numberOfTrailingZeros(v));
            }
        }
    }

    static final class Popcnt extends RmOp {
        Popcnt(Insn i) {
            super(i, i.opSize);
        }

        @Override
        public void exec(Cpu c) {
            long v = readRm(c);
            // All flags but ZF are cleared, PF too.
            c.setArithmeticFlags(v == 0 ? Flags.ZF : 0);
            writeReg(c, Long.bitCount(v));
        }
    }

    static final class Bswap extends Op {
        private final int d;
        private final int size;

        Bswap(Insn i) {
            super(i);
            d = i.opcode & 7 | (i.rex & 1) << 3;
            size = i.opSize;
        }

        @Override
        public void exec(Cpu c) {
            long v = c.r[d];
            // The 16-bit form is undefined; processors clear the word.
            long swapped = switch (size) {
                case 8 -> Long.reverseBytes(v);
                case 4 -> Integer.reverseBytes((int) v);
                default -> 0;
            };
            Registers.set(c, d, size, swapped);
        }
    }

    private static long reverse(long v, int size) {
        return Long.reverseBytes(v) >>> 64 - 8 * size;
    }

    static final class Movbe extends RmOp {
        private final boolean store;

        Movbe(Insn i, boolean store) {
            super(i, i.opSize);
            this.store = store;
        }

        @Override
        public void exec(Cpu c) {
            if (store) {
                writeRm(c, reverse(readReg(c), size));
            } else {
                writeReg(c, reverse(readRm(c), size));
            }
        }
    }

    /** CRC32: the Castagnoli polynomial, bit-reflected. */
    static final class Crc32 extends RmOp {
        private final int destination;

        Crc32(Insn i, int size) {
            super(i, size);
            destination = i.w ? 8 : 4;
        }

        @Override
        public void exec(Cpu c) {
            long v = readRm(c);
            int crc = Polynomial.crc32((int) c.r[reg], v, size);
            Registers.set(c, reg, destination, crc & 0xFFFFFFFFL);
        }
    }

}
