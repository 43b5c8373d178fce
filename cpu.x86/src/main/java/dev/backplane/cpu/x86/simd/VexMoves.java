package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpFactory;
import dev.backplane.cpu.x86.simd.VexForms.Form;
import java.util.Arrays;

/** Moves that VEX makes wider, or that come with AVX: whole registers, broadcasts, lanes, masked elements. */
final class VexMoves {
    private VexMoves() {
    }

    static OpFactory load(boolean aligned) {
        return VexForms.noV(i -> i.mem ? new Load(i, aligned) : new Copy(i, i.reg, i.rm));
    }

    static OpFactory store(boolean aligned) {
        return VexForms.noV(i -> i.mem ? new Store(i, aligned) : new Copy(i, i.rm, i.reg));
    }

    static final class Copy extends Form {
        Copy(Insn i, int d, int s) {
            super(i, d, d, s);
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            if (wide) {
                write256(p, p.xmm[s], p.xmm[s + 1], p.ymmHigh[s], p.ymmHigh[s + 1]);
            } else {
                write128(p, p.xmm[s], p.xmm[s + 1]);
            }
        }
    }

    static final class Load extends Form {
        private final boolean aligned;

        Load(Insn i, boolean aligned) {
            super(i, i.reg, i.reg, 0);
            this.aligned = aligned;
        }

        @Override
        public void exec(Cpu c) {
            long la = ea(c, wide ? 32 : 16);
            if (aligned) {
                c.mem.requireAligned(la, wide ? 32 : 16);
            }
            long l0 = c.mem.load128(la);
            long l1 = c.mem.high;
            if (wide) {
                long h0 = c.mem.load128(la + 16);
                write256(c.fpu, l0, l1, h0, c.mem.high);
            } else {
                write128(c.fpu, l0, l1);
            }
        }
    }

    static final class Store extends Form {
        private final boolean aligned;

        Store(Insn i, boolean aligned) {
            super(i, i.reg, i.reg, i.reg);
            this.aligned = aligned;
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, wide ? 32 : 16);
            if (aligned) {
                c.mem.requireAligned(la, wide ? 32 : 16);
            }
            FpuState p = c.fpu;
            if (wide) {
                c.mem.store256(la, p.xmm[s], p.xmm[s + 1], p.ymmHigh[s], p.ymmHigh[s + 1]);
            } else {
                c.mem.store128(la, p.xmm[s], p.xmm[s + 1]);
            }
        }
    }

    /** VMOVD and VMOVQ from a general register. */
    static final class FromGpr extends Op {
        private final Moves.FromGpr move;
        private final byte d;

        FromGpr(Insn i) {
            super(i);
            move = new Moves.FromGpr(i);
            d = (byte) (2 * i.reg);
        }

        @Override
        public void exec(Cpu c) {
            move.exec(c);
            c.fpu.ymmHigh[d] = 0;
            c.fpu.ymmHigh[d + 1] = 0;
        }
    }

    /** VZEROUPPER, and with VEX.L VZEROALL: 16 registers in 64-bit mode, 8 elsewhere. */
    static final class Zero extends Op {
        private final boolean all;
        private final int end;

        Zero(Insn i) {
            super(i);
            all = i.vexL;
            end = i.mode64 ? 32 : 16;
        }

        @Override
        public void exec(Cpu c) {
            Arrays.fill(c.fpu.ymmHigh, 0, end, 0);
            if (all) {
                Arrays.fill(c.fpu.xmm, 0, end, 0);
            }
        }
    }

    /** One element of 1 to 16 bytes, everywhere. */
    static final class Broadcast extends Form {
        private final byte size;

        Broadcast(Insn i, int size) {
            super(i, i.reg, i.reg, i.rm);
            this.size = (byte) size;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            if (size == 16) {
                long lo = c.mem.load128(ea(c, 16));
                long hi = c.mem.high;
                write256(p, lo, hi, lo, hi);
                return;
            }
            long v = mem ? c.mem.load(ea(c, size), size) : p.xmm[s];
            v = switch (size) {
                case 1 -> (v & 0xFF) * 0x0101010101010101L;
                case 2 -> (v & 0xFFFF) * 0x0001000100010001L;
                case 4 -> v & 0xFFFFFFFFL | v << 32;
                default -> v;
            };
            if (wide) {
                write256(p, v, v, v, v);
            } else {
                write128(p, v, v);
            }
        }
    }

    /** VINSERTF128 and VINSERTI128. */
    static final class InsertLane extends Form {
        private final boolean upper;

        InsertLane(Insn i) {
            super(i, i.reg, i.vvvv, i.rm);
            upper = (i.imm & 1) != 0;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] t = p.work;
            copy(p, a, t, 0);
            source128(c, t, upper ? 2 : 0);
            write256(p, t[0], t[1], t[2], t[3]);
        }
    }

    /** VEXTRACTF128 and VEXTRACTI128: the destination is ModRM.rm. */
    static final class ExtractLane extends Form {
        private final boolean upper;

        ExtractLane(Insn i) {
            super(i, i.rm, i.reg, i.reg);
            upper = (i.imm & 1) != 0;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] from = upper ? p.ymmHigh : p.xmm;
            if (mem) {
                c.mem.store128(eaW(c, 16), from[s], from[s + 1]);
            } else {
                write128(p, from[s], from[s + 1]);
            }
        }
    }

    /** VPERM2F128 and VPERM2I128: each lane is one of four, or zero. */
    static final class PermuteLanes extends Form {
        private final int imm;

        PermuteLanes(Insn i) {
            super(i, i.reg, i.vvvv, i.rm);
            imm = (int) i.imm & 0xFF;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] t = p.work;
            copy(p, a, t, 0);
            source(c, t, 4);
            int k = (imm & 3) << 1;
            int n = (imm >> 4 & 3) << 1;
            boolean zeroLow = (imm & 8) != 0;
            boolean zeroHigh = (imm & 128) != 0;
            write256(p, zeroLow ? 0 : t[k], zeroLow ? 0 : t[k + 1], zeroHigh ? 0 : t[n], zeroHigh ? 0 : t[n + 1]);
        }
    }

    /** VPERMQ and VPERMPD: four quadwords by an immediate. */
    static final class PermuteQuadwords extends Form {
        private final int imm;

        PermuteQuadwords(Insn i) {
            super(i, i.reg, i.reg, i.rm);
            imm = (int) i.imm & 0xFF;
        }

        @Override
        public void exec(Cpu c) {
            long[] t = c.fpu.work;
            source(c, t, 0);
            write256(c.fpu, t[imm & 3], t[imm >> 2 & 3], t[imm >> 4 & 3], t[imm >> 6]);
        }
    }

    /** VPERMD and VPERMPS: eight doublewords by the indexes in the first source. */
    static final class PermuteDoublewords extends Form {
        PermuteDoublewords(Insn i) {
            super(i, i.reg, i.vvvv, i.rm);
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] t = p.work;
            source(c, t, 0);
            write256(p, pick(t, p.xmm[a]), pick(t, p.xmm[a + 1]), pick(t, p.ymmHigh[a]), pick(t, p.ymmHigh[a + 1]));
        }

        private static long pick(long[] t, long index) {
            return one(t, (int) index) | one(t, (int) (index >>> 32)) << 32;
        }

        private static long one(long[] t, int k) {
            return t[k >> 1 & 3] >>> ((k & 1) << 5) & 0xFFFFFFFFL;
        }
    }

    /** What VBLENDVPS and its kin do with one half. */
    interface Choice {
        long apply(long mask, long yes, long no);
    }

    /** VBLENDVPS, VBLENDVPD, VPBLENDVB: the mask is a fourth register, in the immediate. */
    static final class Blend extends Form {
        private final Choice f;
        private final byte m;

        Blend(Insn i, Choice f) {
            super(i, i.reg, i.vvvv, i.rm);
            this.f = f;
            m = (byte) (2 * ((int) i.imm >> 4 & (i.mode64 ? 15 : 7)));
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] x = p.xmm;
            long[] y = p.ymmHigh;
            long[] t = p.work;
            source(c, t, 0);
            long lo = f.apply(x[m], t[0], x[a]);
            long hi = f.apply(x[m + 1], t[1], x[a + 1]);
            if (wide) {
                write256(p, lo, hi, f.apply(y[m], t[2], y[a]), f.apply(y[m + 1], t[3], y[a + 1]));
            } else {
                write128(p, lo, hi);
            }
        }
    }

    /** VPTEST, VTESTPS and VTESTPD: ZF and CF of the bits that count. */
    static final class Test extends Form {
        private final long bits;

        Test(Insn i, long bits) {
            super(i, i.reg, i.reg, i.rm);
            this.bits = bits;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] x = p.xmm;
            long[] t = p.work;
            source(c, t, 0);
            long[] y = p.ymmHigh;
            Sse4.test(c, (x[a] & t[0] | x[a + 1] & t[1] | y[a] & t[2] | y[a + 1] & t[3]) & bits,
                (~x[a] & t[0] | ~x[a + 1] & t[1] | ~y[a] & t[2] | ~y[a + 1] & t[3]) & bits);
        }
    }

    /** VMASKMOVPS, VMASKMOVPD, VPMASKMOVD, VPMASKMOVQ: elements whose mask is not negative are not accessed. */
    static final class MaskedMove extends Form {
        private final boolean store;
        private final int size;
        private final int count;

        MaskedMove(Insn i, int size, boolean store) {
            super(i, i.reg, i.vvvv, i.reg);
            this.store = store;
            this.size = size;
            count = (i.vexL ? 32 : 16) / size;
        }

        private boolean selected(FpuState p, int k) {
            int bit = (k + 1) * size * 8 - 1;
            long[] half = bit >= 128 ? p.ymmHigh : p.xmm;
            return (half[a + (bit >> 6 & 1)] >>> (bit & 63) & 1) != 0;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long start = offset(c);
            if (store) {
                for (int k = 0; k < count; k++) {
                    if (selected(p, k)) {
                        c.mem.probeWrite(at(c, start + k * size, size, true), size);
                    }
                }
                for (int k = 0; k < count; k++) {
                    if (selected(p, k)) {
                        int bit = k * size * 8;
                        long[] half = bit >= 128 ? p.ymmHigh : p.xmm;
                        c.mem.store(at(c, start + k * size, size, true), size,
                            half[s + (bit >> 6 & 1)] >>> (bit & 63));
                    }
                }
                return;
            }
            long[] t = p.work;
            Arrays.fill(t, 0, 4, 0);
            for (int k = 0; k < count; k++) {
                if (selected(p, k)) {
                    int bit = k * size * 8;
                    t[bit >> 6] |= c.mem.load(at(c, start + k * size, size, false), size) << (bit & 63);
                }
            }
            // Above 128 bits the scratch registers are still 0 for the narrow form.
            write256(p, t[0], t[1], t[2], t[3]);
        }
    }

    /** VPGATHERDD and its kin: elements are loaded one by one, and what has been loaded stays if one faults. */
    static final class Gather extends Form {
        private final boolean wideIndex;
        private final int size;
        private final int count;
        private final byte v;
        private final byte shift;

        private Gather(Insn i, boolean wideIndex) {
            super(i, i.reg, i.vvvv, 0);
            this.wideIndex = wideIndex;
            size = i.vexW ? 8 : 4;
            count = (i.vexL ? 32 : 16) / Math.max(size, wideIndex ? 8 : 4);
            v = (byte) (2 * i.sibIndex);
            shift = (byte) i.sibScale;
        }

        /** Null if there is no vector index, or two of destination, mask and index are the same register. */
        static Op create(Insn i, boolean wideIndex) {
            if (!i.mem || i.sibIndex < 0 || i.sibIndex == i.reg || i.sibIndex == i.vvvv || i.reg == i.vvvv) {
                return null;
            }
            i.index = Cpu.ZERO;
            return new Gather(i, wideIndex);
        }

        private long index(FpuState p, int k) {
            if (wideIndex) {
                return (k > 1 ? p.ymmHigh : p.xmm)[v + (k & 1)];
            }
            return (int) ((k > 3 ? p.ymmHigh : p.xmm)[v + (k >> 1 & 1)] >>> ((k & 1) << 5));
        }

        private void set(FpuState p, byte register, int k, long value) {
            int bit = k * size * 8;
            long[] half = bit >= 128 ? p.ymmHigh : p.xmm;
            int at = register + (bit >> 6 & 1);
            if (size == 8) {
                half[at] = value;
            } else {
                half[at] = half[at] & ~(0xFFFFFFFFL << (bit & 63)) | (value & 0xFFFFFFFFL) << (bit & 63);
            }
        }

        private boolean selected(FpuState p, int k) {
            int bit = (k + 1) * size * 8 - 1;
            long[] half = bit >= 128 ? p.ymmHigh : p.xmm;
            return (half[a + (bit >> 6 & 1)] >>> (bit & 63) & 1) != 0;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            for (int k = 0; k < count; k++) {
                set(p, a, k, selected(p, k) ? -1 : 0);
            }
            clearAbove(p, a);
            long start = offset(c);
            for (int k = 0; k < count; k++) {
                if (selected(p, k)) {
                    long offset = start + (index(p, k) << shift);
                    set(p, d, k, c.mem.load(at(c, offset, size, false), size));
                    set(p, a, k, 0);
                }
            }
            clearAbove(p, d);
        }

        /** Clears what lies above the elements. */
        private void clearAbove(FpuState p, byte register) {
            int bytes = count * size;
            if (bytes <= 8) {
                p.xmm[register + 1] = 0;
            }
            if (bytes <= 16) {
                p.ymmHigh[register] = 0;
                p.ymmHigh[register + 1] = 0;
            }
        }
    }
}
