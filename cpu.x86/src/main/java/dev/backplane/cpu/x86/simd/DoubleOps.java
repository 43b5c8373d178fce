package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.simd.Forms.commit;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.fp.FpEnv;
import dev.backplane.cpu.x86.fp.SseDouble;

/** Double-precision arithmetic instructions: each computes all lanes, then raises, then writes. */
final class DoubleOps {
    private DoubleOps() {
    }

    static void addsd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.add(x[d], lo, e);
        commit(c, e);
        x[d] = r;
    }

    static void addpd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.add(x[d], lo, e);
        long s = SseDouble.add(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void subsd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.sub(x[d], lo, e);
        commit(c, e);
        x[d] = r;
    }

    static void subpd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.sub(x[d], lo, e);
        long s = SseDouble.sub(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void mulsd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.mul(x[d], lo, e);
        commit(c, e);
        x[d] = r;
    }

    static void mulpd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.mul(x[d], lo, e);
        long s = SseDouble.mul(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void divsd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.div(x[d], lo, e);
        commit(c, e);
        x[d] = r;
    }

    static void divpd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.div(x[d], lo, e);
        long s = SseDouble.div(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void minsd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.min(x[d], lo, e);
        commit(c, e);
        x[d] = r;
    }

    static void minpd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.min(x[d], lo, e);
        long s = SseDouble.min(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void maxsd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.max(x[d], lo, e);
        commit(c, e);
        x[d] = r;
    }

    static void maxpd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.max(x[d], lo, e);
        long s = SseDouble.max(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void sqrtsd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.sqrt(lo, e);
        commit(c, e);
        x[d] = r;
    }

    static void sqrtpd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.sqrt(lo, e);
        long s = SseDouble.sqrt(hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static XmmFn cmpsd(int predicate) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            long r = SseDouble.relation(x[d], lo, predicate, e);
            commit(c, e);
            x[d] = r;
        };
    }

    static XmmFn cmppd(int predicate) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            long r = SseDouble.relation(x[d], lo, predicate, e);
            long s = SseDouble.relation(x[d + 1], hi, predicate, e);
            commit(c, e);
            x[d] = r;
            x[d + 1] = s;
        };
    }

    /** COMISD (signalQuiet) and UCOMISD. */
    static XmmFn comisd(boolean signalQuiet) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            int r = SseDouble.compare(x[d], lo, signalQuiet, e);
            commit(c, e);
            c.setArithmeticFlags(relationFlags(r));
        };
    }

    /** EFLAGS of COMISD and COMISS: unordered 45, less CF, equal ZF, greater none. */
    static int relationFlags(int relation) {
        return relation == 0 ? 0x40 : relation == 1 ? 0 : relation == -1 ? 1 : 0x45;
    }

    private static int rounding(int imm, FpEnv e) {
        return (imm & 4) != 0 ? e.rc : imm & 3;
    }

    static XmmFn roundsd(int imm) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            long r = SseDouble.roundToIntegral(lo, rounding(imm, e), (imm & 8) != 0, e);
            commit(c, e);
            x[d] = r;
        };
    }

    static XmmFn roundpd(int imm) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            long r = SseDouble.roundToIntegral(lo, rounding(imm, e), (imm & 8) != 0, e);
            long s = SseDouble.roundToIntegral(hi, rounding(imm, e), (imm & 8) != 0, e);
            commit(c, e);
            x[d] = r;
            x[d + 1] = s;
        };
    }

    static void haddpd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.add(x[d], x[d + 1], e);
        long s = SseDouble.add(lo, hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void hsubpd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.sub(x[d], x[d + 1], e);
        long s = SseDouble.sub(lo, hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    static void addsubpd(Cpu c, long[] x, int d, long lo, long hi) {
        FpEnv e = c.fpu.sse;
        long r = SseDouble.sub(x[d], lo, e);
        long s = SseDouble.add(x[d + 1], hi, e);
        commit(c, e);
        x[d] = r;
        x[d + 1] = s;
    }

    /** DPPD. The sum is a second operation: it starts only if the products raised nothing unmasked. */
    static XmmFn dppd(int imm) {
        return (c, x, d, lo, hi) -> {
            FpEnv e = c.fpu.sse;
            long p = (imm & 16) != 0 ? SseDouble.mul(x[d], lo, e) : 0;
            long q = (imm & 32) != 0 ? SseDouble.mul(x[d + 1], hi, e) : 0;
            commit(c, e);
            long sum = SseDouble.add(p, q, e);
            commit(c, e);
            x[d] = (imm & 1) != 0 ? sum : 0;
            x[d + 1] = (imm & 2) != 0 ? sum : 0;
        };
    }
}
