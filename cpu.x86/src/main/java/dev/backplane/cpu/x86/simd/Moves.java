package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Op;

/** The moves that are most frequent in real programs, and stores, as ops of their own. */
final class Moves {
    private Moves() {
    }

    /** MOVAPS, MOVUPS, MOVDQA, MOVDQU between registers. */
    static final class Copy extends Op {
        private final byte d;
        private final byte s;

        Copy(Insn i, int d, int s) {
            super(i);
            this.d = (byte) (2 * d);
            this.s = (byte) (2 * s);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] = x[s];
            x[d + 1] = x[s + 1];
        }
    }

    /** The same from memory. */
    static final class Load128 extends MemOp {
        private final byte d;
        private final long misaligned;

        Load128(Insn i, boolean aligned) {
            super(i);
            d = (byte) (2 * i.reg);
            misaligned = aligned ? 15 : 0;
        }

        @Override
        public void exec(Cpu c) {
            long la = ea(c, 16);
            if ((la & misaligned) != 0) {
                c.mem.requireAligned16(la);
            }
            long lo = c.mem.load128(la);
            long[] x = c.fpu.xmm;
            x[d] = lo;
            x[d + 1] = c.mem.high;
        }
    }

    /** The same to memory. */
    static final class Store128 extends MemOp {
        private final byte s;
        private final long misaligned;

        Store128(Insn i, boolean aligned) {
            super(i);
            s = (byte) (2 * i.reg);
            misaligned = aligned ? 15 : 0;
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 16);
            if ((la & misaligned) != 0) {
                c.mem.requireAligned16(la);
            }
            long[] x = c.fpu.xmm;
            c.mem.store128(la, x[s], x[s + 1]);
        }
    }

    /** MOVSS, MOVSD, MOVQ, MOVD from memory: the rest of the register becomes zero. */
    static final class LoadNarrow extends MemOp {
        private final byte d;
        private final byte size;

        LoadNarrow(Insn i, int size) {
            super(i);
            d = (byte) (2 * i.reg);
            this.size = (byte) size;
        }

        @Override
        public void exec(Cpu c) {
            long la = ea(c, size);
            long v = size == 8 ? c.mem.load64(la) : c.mem.load32(la) & 0xFFFFFFFFL;
            long[] x = c.fpu.xmm;
            x[d] = v;
            x[d + 1] = 0;
        }
    }

    /** MOVSS, MOVSD, MOVQ, MOVD, MOVLPS, MOVHPS to memory. */
    static final class StoreNarrow extends MemOp {
        private final byte s;
        private final byte size;

        StoreNarrow(Insn i, int size, boolean high) {
            super(i);
            s = (byte) (2 * i.reg + (high ? 1 : 0));
            this.size = (byte) size;
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, size);
            long v = c.fpu.xmm[s];
            if (size == 8) {
                c.mem.store64(la, v);
            } else {
                c.mem.store32(la, (int) v);
            }
        }
    }

    /** MOVD and MOVQ from a general register. */
    static final class FromGpr extends Op {
        private final byte d;
        private final byte s;
        private final long mask;

        FromGpr(Insn i) {
            super(i);
            d = (byte) (2 * i.reg);
            s = (byte) i.rm;
            mask = i.w ? -1L : 0xFFFFFFFFL;
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            x[d] = c.r[s] & mask;
            x[d + 1] = 0;
        }
    }

    /** MOVD and MOVQ to a general register. */
    static final class ToGpr extends Op {
        private final byte d;
        private final byte s;
        private final long mask;

        ToGpr(Insn i) {
            super(i);
            d = (byte) i.rm;
            s = (byte) (2 * i.reg);
            mask = i.w ? -1L : 0xFFFFFFFFL;
        }

        @Override
        public void exec(Cpu c) {
            c.r[d] = c.fpu.xmm[s] & mask;
        }
    }

    /** MOVD and MOVQ between MMX and general registers or memory, and MOVQ between MMX registers. */
    static final class Mmx extends MemOp {
        private final boolean mem;
        private final boolean store;
        private final boolean gpr;
        private final byte reg;
        private final byte rm;
        private final byte size;

        Mmx(Insn i, boolean store, boolean gpr, int size) {
            super(i);
            mem = i.mem;
            this.store = store;
            this.gpr = gpr;
            reg = (byte) i.regLow;
            rm = (byte) (gpr ? i.rm : i.rmLow);
            this.size = (byte) size;
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = Forms.mmxBegin(c);
            long mask = size == 8 ? -1L : 0xFFFFFFFFL;
            if (store) {
                long v = f.mant[reg] & mask;
                if (mem) {
                    c.mem.store(eaW(c, size), size, v);
                } else if (gpr) {
                    c.r[rm] = v;
                }
                f.enterMmx();
                if (!mem && !gpr) {
                    f.setMmx(rm, v);
                }
            } else {
                long v = mem ? c.mem.load(ea(c, size), size) : gpr ? c.r[rm] & mask : f.mant[rm];
                f.enterMmx();
                f.setMmx(reg, v);
            }
        }
    }

    /** MASKMOVQ and MASKMOVDQU: the bytes of the first operand whose mask byte is negative, to DS:(R)DI. */
    static final class Masked extends MemOp {
        private final boolean mmx;
        private final byte v;
        private final byte mask;

        /** The instruction must have been given RDI as its base. */
        Masked(Insn i, boolean mmx) {
            super(i);
            this.mmx = mmx;
            v = (byte) (mmx ? i.regLow : 2 * i.reg);
            mask = (byte) (mmx ? i.rmLow : 2 * i.rm);
        }

        @Override
        public void exec(Cpu c) {
            if (mmx) {
                FpuState f = Forms.mmxBegin(c);
                long la = eaW(c, 8);
                probe(c, la, f.mant[mask], 0);
                put(c, la, f.mant[v], f.mant[mask]);
                f.enterMmx();
            } else {
                long[] x = c.fpu.xmm;
                long la = eaW(c, 16);
                probe(c, la, x[mask], x[mask + 1]);
                put(c, la, x[v], x[mask]);
                put(c, la + 8, x[v + 1], x[mask + 1]);
            }
        }

        /** Finds a fault before the first byte is written. */
        private static void probe(Cpu c, long la, long lo, long hi) {
            lo &= Swar.B;
            hi &= Swar.B;
            if ((lo | hi) == 0) {
                return;
            }
            int first = (lo != 0 ? Long.numberOfTrailingZeros(lo) : 64 + Long.numberOfTrailingZeros(hi)) >> 3;
            int last = (hi != 0 ? 127 - Long.numberOfLeadingZeros(hi) : 63 - Long.numberOfLeadingZeros(lo)) >> 3;
            c.mem.probeWrite(la + first, last - first + 1);
        }

        private static void put(Cpu c, long la, long v, long mask) {
            for (int n = 0; n < 8; n++) {
                if ((mask >>> 8 * n + 7 & 1) != 0) {
                    c.mem.store8(la + n, (int) (v >>> 8 * n) & 0xFF);
                }
            }
        }
    }
}
