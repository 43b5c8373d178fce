package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.simd.Forms.commit;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.fp.FpEnv;
import dev.backplane.cpu.x86.fp.SseSingle;

/** Single-precision arithmetic instructions: each computes all lanes, then raises, then writes. */
final class SingleOps {
    private SingleOps() {
    }

    private static long pair(int a, int b) {
        return a & 0xFFFFFFFFL | (long) b << 32;
    }

    private static long low(long old, int v) {
        return old & ~0xFFFFFFFFL | v & 0xFFFFFFFFL;
    }

    private static int high(long v) {
        return (int) (v >>> 32);
    }

    static void addss(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        int r = SseSingle.add((int) x[d], (int) lo, e);
        commit(c, e);
        x[d] = low(x[d], r);
    }

    private static long add2(long a, long b, FpEnv e) {
        return pair(SseSingle.add((int) a, (int) b, e), SseSingle.add(high(a), high(b), e));
    }

    static void addps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = add2(x[d], lo, e);
        long s = add2(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void subss(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        int r = SseSingle.sub((int) x[d], (int) lo, e);
        commit(c, e);
        x[d] = low(x[d], r);
    }

    private static long sub2(long a, long b, FpEnv e) {
        return pair(SseSingle.sub((int) a, (int) b, e), SseSingle.sub(high(a), high(b), e));
    }

    static void subps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = sub2(x[d], lo, e);
        long s = sub2(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void mulss(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        int r = SseSingle.mul((int) x[d], (int) lo, e);
        commit(c, e);
        x[d] = low(x[d], r);
    }

    private static long mul2(long a, long b, FpEnv e) {
        return pair(SseSingle.mul((int) a, (int) b, e), SseSingle.mul(high(a), high(b), e));
    }

    static void mulps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = mul2(x[d], lo, e);
        long s = mul2(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void divss(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        int r = SseSingle.div((int) x[d], (int) lo, e);
        commit(c, e);
        x[d] = low(x[d], r);
    }

    private static long div2(long a, long b, FpEnv e) {
        return pair(SseSingle.div((int) a, (int) b, e), SseSingle.div(high(a), high(b), e));
    }

    static void divps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = div2(x[d], lo, e);
        long s = div2(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void minss(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        int r = SseSingle.min((int) x[d], (int) lo, e);
        commit(c, e);
        x[d] = low(x[d], r);
    }

    private static long min2(long a, long b, FpEnv e) {
        return pair(SseSingle.min((int) a, (int) b, e), SseSingle.min(high(a), high(b), e));
    }

    static void minps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = min2(x[d], lo, e);
        long s = min2(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void maxss(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        int r = SseSingle.max((int) x[d], (int) lo, e);
        commit(c, e);
        x[d] = low(x[d], r);
    }

    private static long max2(long a, long b, FpEnv e) {
        return pair(SseSingle.max((int) a, (int) b, e), SseSingle.max(high(a), high(b), e));
    }

    static void maxps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = max2(x[d], lo, e);
        long s = max2(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void sqrtss(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        int r = SseSingle.sqrt((int) lo, e);
        commit(c, e);
        x[d] = low(x[d], r);
    }

    static void sqrtps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = pair(SseSingle.sqrt((int) lo, e), SseSingle.sqrt(high(lo), e));
        long s = pair(SseSingle.sqrt((int) hi, e), SseSingle.sqrt(high(hi), e));
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    private static long relation2(long a, long b, int predicate, FpEnv e) {
        return pair(SseSingle.relation((int) a, (int) b, predicate, e),
            SseSingle.relation(high(a), high(b), predicate, e));
    }

    static XmmFn cmpss(int predicate) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            int r = SseSingle.relation((int) x[d], (int) lo, predicate, e);
            commit(c, e);
            x[d] = low(x[d], r);
        };
    }

    static XmmFn cmpps(int predicate) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            long r = relation2(x[d], lo, predicate, e);
            long s = relation2(x[d + 1], hi, predicate, e);
            commit(c, e);
            x[d] = r;
            x[d + 1] = s;
        };
    }

    /** COMISS (signalQuiet) and UCOMISS. */
    static XmmFn comiss(boolean signalQuiet) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            int r = SseSingle.compare((int) x[d], (int) lo, signalQuiet, e);
            commit(c, e);
            c.setArithmeticFlags(DoubleOps.relationFlags(r));
        };
    }

    private static int round(int a, int imm, FpEnv e) {
        return SseSingle.roundToIntegral(a, (imm & 4) != 0 ? e.rc : imm & 3, (imm & 8) != 0, e);
    }

    static XmmFn roundss(int imm) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            int r = round((int) lo, imm, e);
            commit(c, e);
            x[d] = low(x[d], r);
        };
    }

    static XmmFn roundps(int imm) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            long r = pair(round((int) lo, imm, e), round(high(lo), imm, e));
            long s = pair(round((int) hi, imm, e), round(high(hi), imm, e));
            commit(c, e);
            x[d] = r;
            x[d + 1] = s;
        };
    }

    static void haddps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = pair(SseSingle.add((int) x[d], high(x[d]), e), SseSingle.add((int) x[d + 1], high(x[d + 1]), e));
        long s = pair(SseSingle.add((int) lo, high(lo), e), SseSingle.add((int) hi, high(hi), e));
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void hsubps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = pair(SseSingle.sub((int) x[d], high(x[d]), e), SseSingle.sub((int) x[d + 1], high(x[d + 1]), e));
        long s = pair(SseSingle.sub((int) lo, high(lo), e), SseSingle.sub((int) hi, high(hi), e));
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    private static long addsub2(long a, long b, FpEnv e) {
        return pair(SseSingle.sub((int) a, (int) b, e), SseSingle.add(high(a), high(b), e));
    }

    static void addsubps(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = addsub2(x[d], lo, e);
        long s = addsub2(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    /** DPPS: products, then sums of pairs, then the sum of both; each step may raise. */
    static XmmFn dpps(int imm) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            int p0 = (imm & 16) != 0 ? SseSingle.mul((int) x[d], (int) lo, e) : 0;
            int p1 = (imm & 32) != 0 ? SseSingle.mul(high(x[d]), high(lo), e) : 0;
            int p2 = (imm & 64) != 0 ? SseSingle.mul((int) x[d + 1], (int) hi, e) : 0;
            int p3 = (imm & 128) != 0 ? SseSingle.mul(high(x[d + 1]), high(hi), e) : 0;
            commit(c, e);
            int s0 = SseSingle.add(p0, p1, e);
            int s1 = SseSingle.add(p2, p3, e);
            commit(c, e);
            int s = SseSingle.add(s0, s1, e);
            commit(c, e);
            x[d] = pair((imm & 1) != 0 ? s : 0, (imm & 2) != 0 ? s : 0);
            x[d + 1] = pair((imm & 4) != 0 ? s : 0, (imm & 8) != 0 ? s : 0);
        };
    }

    /** RCPSS and RCPPS: the nearest single to the reciprocal, well within the 1.5 * 2^-12 that is allowed. */
    static int reciprocal(int a) {
        return approximate(a, false);
    }

    /** RSQRTSS and RSQRTPS. */
    static int reciprocalRoot(int a) {
        return approximate(a, true);
    }

    private static int approximate(int a, boolean root) {
        int exponent = a & 0x7F800000;
        if (exponent == 0x7F800000 && (a & 0x7FFFFF) != 0) {
            return a | 0x400000;
        }
        int sign = a & 0x80000000;
        if (exponent == 0) {
            return sign | 0x7F800000;
        }
        if (root && sign != 0) {
            return 0xFFC00000;
        }
        double v = Float.intBitsToFloat(a);
        int r = Float.floatToRawIntBits((float) (1 / (root ? Math.sqrt(v) : v)));
        return (r & 0x7F800000) == 0 ? sign : r;
    }

    static void rcpss(Cpu c, long[] x, int d, long lo, long hi) {
        x[d] = low(x[d], reciprocal((int) lo));
    }

    static void rcpps(Cpu c, long[] x, int d, long lo, long hi) {
        x[d] = pair(reciprocal((int) lo), reciprocal(high(lo)));
        x[d + 1] = pair(reciprocal((int) hi), reciprocal(high(hi)));
    }

    static void rsqrtss(Cpu c, long[] x, int d, long lo, long hi) {
        x[d] = low(x[d], reciprocalRoot((int) lo));
    }

    static void rsqrtps(Cpu c, long[] x, int d, long lo, long hi) {
        x[d] = pair(reciprocalRoot((int) lo), reciprocalRoot(high(lo)));
        x[d + 1] = pair(reciprocalRoot((int) hi), reciprocalRoot(high(hi)));
    }
}
