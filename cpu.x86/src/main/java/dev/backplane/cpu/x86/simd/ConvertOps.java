package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.simd.Forms.commit;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.fp.FpEnv;
import dev.backplane.cpu.x86.fp.SseConvert;
import dev.backplane.cpu.x86.fp.SseHalf;

/** Conversion instructions of SSE. */
final class ConvertOps {
    private ConvertOps() {
    }

    private static long pair(int a, int b) {
        return a & 0xFFFFFFFFL | (long) b << 32;
    }

    private static int high(long v) {
        return (int) (v >>> 32);
    }

    static void cvtss2sd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseConvert.doubleOf32((int) lo, e);
        commit(c, e);
        x[d] = r;
    }

    static void cvtsd2ss(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        int r = SseConvert.singleOf64(lo, e);
        commit(c, e);
        x[d] = x[d] & ~0xFFFFFFFFL | r & 0xFFFFFFFFL;
    }

    static void cvtps2pd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseConvert.doubleOf32((int) lo, e);
        long s = SseConvert.doubleOf32(high(lo), e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void cvtpd2ps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = pair(SseConvert.singleOf64(lo, e), SseConvert.singleOf64(hi, e));
        commit(c, e);
        x[d] = r;
        x[d + 1] = 0;
    }

    static void cvtdq2ps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = singles(lo, e);
        long s = singles(hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    private static long singles(long v, FpEnv e) {
        return pair(SseConvert.singleOf((int) v, e), SseConvert.singleOf(high(v), e));
    }

    static void cvtdq2pd(Cpu c, long[] x, int d, long lo, long hi) {
        x[d] = SseConvert.doubleOf((int) lo);
        x[d + 1] = SseConvert.doubleOf(high(lo));
    }

    private static long integers32(long v, int rc, FpEnv e) {
        return pair(SseConvert.int32Of32((int) v, rc, e), SseConvert.int32Of32(high(v), rc, e));
    }

    static void cvtps2dq(Cpu c, long[] x, int d, long lo, long hi) {
        toIntegers32(c, x, d, lo, hi, c.fpu.sse.rc);
    }

    static void cvttps2dq(Cpu c, long[] x, int d, long lo, long hi) {
        toIntegers32(c, x, d, lo, hi, FpEnv.CHOP);
    }

    private static void toIntegers32(Cpu c, long[] x, int d, long lo, long hi, int rc) {
        FpEnv e = c.fpu.sse;
        long r = integers32(lo, rc, e);
        long s = integers32(hi, rc, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void cvtpd2dq(Cpu c, long[] x, int d, long lo, long hi) {
        toIntegers64(c, x, d, lo, hi, c.fpu.sse.rc);
    }

    static void cvttpd2dq(Cpu c, long[] x, int d, long lo, long hi) {
        toIntegers64(c, x, d, lo, hi, FpEnv.CHOP);
    }

    private static void toIntegers64(Cpu c, long[] x, int d, long lo, long hi, int rc) {
        FpEnv e = c.fpu.sse;
        long r = pair(SseConvert.int32Of64(lo, rc, e), SseConvert.int32Of64(hi, rc, e));
        commit(c, e);
        x[d] = r;
        x[d + 1] = 0;
    }

    /**
     * CVTSI2SD and CVTSI2SS; the rest of the 128 bits comes from a first source, which is the destination without
     * VEX.
     */
    static final class FromInteger extends MemOp {
        private final boolean vex;
        private final byte a;
        private final boolean mem;
        private final boolean wide;
        private final boolean toDouble;
        private final byte d;
        private final byte s;

        FromInteger(Insn i, boolean toDouble, int first) {
            super(i);
            mem = i.mem;
            vex = i.vex;
            a = (byte) (2 * first);
            wide = i.w;
            this.toDouble = toDouble;
            d = (byte) (2 * i.reg);
            s = (byte) i.rm;
        }

        @Override
        public void exec(Cpu c) {
            long v;
            if (wide) {
                v = mem ? c.mem.load64(ea(c, 8)) : c.r[s];
            } else {
                v = mem ? c.mem.load32(ea(c, 4)) : (int) c.r[s];
            }
            long[] x = c.fpu.xmm;
            FpEnv e = c.fpu.sse;
            if (toDouble) {
                long r = wide ? SseConvert.doubleOf(v, e) : SseConvert.doubleOf((int) v);
                commit(c, e);
                x[d] = r;
            } else {
                int r = SseConvert.singleOf(v, e);
                commit(c, e);
                x[d] = x[a] & ~0xFFFFFFFFL | r & 0xFFFFFFFFL;
            }
            x[d + 1] = x[a + 1];
            if (vex) {
                c.fpu.ymmHigh[d] = 0;
                c.fpu.ymmHigh[d + 1] = 0;
            }
        }
    }

    /** CVTSD2SI, CVTTSD2SI, CVTSS2SI and CVTTSS2SI. */
    static final class ToInteger extends MemOp {
        private final boolean mem;
        private final boolean wide;
        private final boolean fromDouble;
        private final boolean truncate;
        private final byte d;
        private final byte s;

        ToInteger(Insn i, boolean fromDouble, boolean truncate) {
            super(i);
            mem = i.mem;
            wide = i.w;
            this.fromDouble = fromDouble;
            this.truncate = truncate;
            d = (byte) i.reg;
            s = (byte) (2 * i.rm);
        }

        @Override
        public void exec(Cpu c) {
            FpEnv e = c.fpu.sse;
            int rc = truncate ? FpEnv.CHOP : e.rc;
            long r;
            if (fromDouble) {
                long v = mem ? c.mem.load64(ea(c, 8)) : c.fpu.xmm[s];
                r = wide ? SseConvert.int64Of64(v, rc, e) : SseConvert.int32Of64(v, rc, e) & 0xFFFFFFFFL;
            } else {
                int v = mem ? c.mem.load32(ea(c, 4)) : (int) c.fpu.xmm[s];
                r = wide ? SseConvert.int64Of32(v, rc, e) : SseConvert.int32Of32(v, rc, e) & 0xFFFFFFFFL;
            }
            commit(c, e);
            c.r[d] = r;
        }
    }

    /** CVTPI2PS and CVTPI2PD; with a memory operand the x87 unit is not touched. */
    static final class FromMmx extends MemOp {
        private final boolean mem;
        private final boolean toDouble;
        private final byte d;
        private final byte s;

        FromMmx(Insn i, boolean toDouble) {
            super(i);
            mem = i.mem;
            this.toDouble = toDouble;
            d = (byte) (2 * i.reg);
            s = (byte) i.rmLow;
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = mem ? c.fpu : Forms.mmxBegin(c);
            long v = mem ? c.mem.load64(ea(c, 8)) : f.mant[s];
            FpEnv e = f.sse;
            long r = toDouble ? 0 : singles(v, e);
            commit(c, e);
            if (!mem) {
                f.enterMmx();
            }
            if (toDouble) {
                f.xmm[d] = SseConvert.doubleOf((int) v);
                f.xmm[d + 1] = SseConvert.doubleOf(high(v));
            } else {
                f.xmm[d] = r;
            }
        }
    }

    /** CVTPS2PI, CVTTPS2PI, CVTPD2PI and CVTTPD2PI. */
    static final class ToMmx extends MemOp {
        private final boolean mem;
        private final boolean fromDouble;
        private final boolean truncate;
        private final byte d;
        private final byte s;

        ToMmx(Insn i, boolean fromDouble, boolean truncate) {
            super(i);
            mem = i.mem;
            this.fromDouble = fromDouble;
            this.truncate = truncate;
            d = (byte) i.regLow;
            s = (byte) (2 * i.rm);
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = Forms.mmxBegin(c);
            FpEnv e = f.sse;
            int rc = truncate ? FpEnv.CHOP : e.rc;
            long r;
            if (fromDouble) {
                long lo = f.xmm[s];
                long hi = f.xmm[s + 1];
                if (mem) {
                    long la = ea(c, 16);
                    c.mem.requireAligned16(la);
                    lo = c.mem.load128(la);
                    hi = c.mem.high;
                }
                r = pair(SseConvert.int32Of64(lo, rc, e), SseConvert.int32Of64(hi, rc, e));
            } else {
                r = integers32(mem ? c.mem.load64(ea(c, 8)) : f.xmm[s], rc, e);
            }
            commit(c, e);
            f.enterMmx();
            f.setMmx(d, r);
        }
    }

    static void cvtph2ps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = pair(SseHalf.singleOf16((int) lo & 0xFFFF, e), SseHalf.singleOf16((int) (lo >> 16) & 0xFFFF, e));
        long s = pair(SseHalf.singleOf16(high(lo) & 0xFFFF, e), SseHalf.singleOf16(high(lo) >>> 16, e));
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    /** VCVTPS2PH: the destination is ModRM.rm, half as wide as the source. */
    static final class ToHalf extends VexForms.Form {
        private final int imm;

        ToHalf(Insn i) {
            super(i, i.rm, i.reg, i.reg);
            imm = (int) i.imm;
        }

        private static long halves(long v, int rc, FpEnv e) {
            return SseHalf.halfOf32((int) v, rc, e) | (long) SseHalf.halfOf32(high(v), rc, e) << 16;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            FpEnv e = p.sse;
            long la = mem ? eaW(c, wide ? 16 : 8) : 0;
            if (mem) {
                // A fault of the store comes before what the conversion raises.
                c.mem.probeWrite(la, wide ? 16 : 8);
            }
            int rc = (imm & 4) != 0 ? e.rc : imm & 3;
            long lo = halves(p.xmm[s], rc, e) | halves(p.xmm[s + 1], rc, e) << 32;
            long hi = wide ? halves(p.ymmHigh[s], rc, e) | halves(p.ymmHigh[s + 1], rc, e) << 32 : 0;
            commit(c, e);
            if (!mem) {
                write128(p, lo, hi);
            } else if (wide) {
                c.mem.store128(la, lo, hi);
            } else {
                c.mem.store64(la, lo);
            }
        }
    }
}
