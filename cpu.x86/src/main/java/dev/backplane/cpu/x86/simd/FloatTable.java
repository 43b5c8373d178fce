package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.Insn.MAP_0F;
import static dev.backplane.cpu.x86.OpTable.NP;
import static dev.backplane.cpu.x86.OpTable.P66;
import static dev.backplane.cpu.x86.OpTable.PF2;
import static dev.backplane.cpu.x86.OpTable.PF3;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.OpFactory;
import dev.backplane.cpu.x86.simd.ConvertOps.FromInteger;
import dev.backplane.cpu.x86.simd.ConvertOps.FromMmx;
import dev.backplane.cpu.x86.simd.ConvertOps.ToInteger;
import dev.backplane.cpu.x86.simd.ConvertOps.ToMmx;

/** Floating-point instructions of SSE, SSE2 and SSE3 (Intel SDM Vol. 2, appendix A). */
final class FloatTable {
    private FloatTable() {
    }

    static void addTo(Tables t) {
        all(t, 0x51, SingleOps::sqrtps, DoubleOps::sqrtpd, SingleOps::sqrtss, DoubleOps::sqrtsd);
        packed(t, 0x58, SingleOps::addps, DoubleOps::addpd);
        packed(t, 0x59, SingleOps::mulps, DoubleOps::mulpd);
        packed(t, 0x5C, SingleOps::subps, DoubleOps::subpd);
        packed(t, 0x5E, SingleOps::divps, DoubleOps::divpd);
        all(t, 0x5D, SingleOps::minps, DoubleOps::minpd, SingleOps::minss, DoubleOps::minsd);
        all(t, 0x5F, SingleOps::maxps, DoubleOps::maxpd, SingleOps::maxss, DoubleOps::maxsd);
        t.sse(MAP_0F, NP, 0x52, Forms.xmm(SingleOps::rsqrtps));
        t.sse(MAP_0F, PF3, 0x52, Forms.narrow(4, SingleOps::rsqrtss));
        t.sse(MAP_0F, NP, 0x53, Forms.xmm(SingleOps::rcpps));
        t.sse(MAP_0F, PF3, 0x53, Forms.narrow(4, SingleOps::rcpss));
        logic(t, 0x54, FloatTable::and, Frequent.And::new);
        logic(t, 0x55, FloatTable::andNot, i -> new Forms.Reg(i, FloatTable::andNot));
        logic(t, 0x56, FloatTable::or, Frequent.Or::new);
        logic(t, 0x57, FloatTable::xor, Frequent.Xor::new);
        t.sse(MAP_0F, P66, 0x7C, Forms.xmm(DoubleOps::haddpd));
        t.sse(MAP_0F, PF2, 0x7C, Forms.xmm(SingleOps::haddps));
        t.sse(MAP_0F, P66, 0x7D, Forms.xmm(DoubleOps::hsubpd));
        t.sse(MAP_0F, PF2, 0x7D, Forms.xmm(SingleOps::hsubps));
        t.sse(MAP_0F, P66, 0xD0, Forms.xmm(DoubleOps::addsubpd));
        t.sse(MAP_0F, PF2, 0xD0, Forms.xmm(SingleOps::addsubps));
        scalar(t);
        compare(t);
        convert(t);
        shuffle(t);
    }

    /** The four forms: packed single, packed double, scalar single, scalar double. */
    private static void all(Tables t, int opcode, XmmFn ps, XmmFn pd, XmmFn ss, XmmFn sd) {
        t.sse(MAP_0F, NP, opcode, Forms.xmm(ps));
        t.sse(MAP_0F, P66, opcode, Forms.xmm(pd));
        t.sse(MAP_0F, PF3, opcode, Forms.narrow(4, ss));
        t.sse(MAP_0F, PF2, opcode, Forms.narrow(8, sd));
    }

    private static void packed(Tables t, int opcode, XmmFn ps, XmmFn pd) {
        t.sse(MAP_0F, NP, opcode, Forms.xmm(ps));
        t.sse(MAP_0F, P66, opcode, Forms.xmm(pd));
    }

    private static void scalar(Tables t) {
        t.sse(MAP_0F, PF3, 0x58, Frequent.or(Frequent.Addss::new, Forms.narrow(4, SingleOps::addss)));
        t.sse(MAP_0F, PF3, 0x59, Frequent.or(Frequent.Mulss::new, Forms.narrow(4, SingleOps::mulss)));
        t.sse(MAP_0F, PF3, 0x5C, Frequent.or(Frequent.Subss::new, Forms.narrow(4, SingleOps::subss)));
        t.sse(MAP_0F, PF3, 0x5E, Forms.narrow(4, SingleOps::divss));
        t.sse(MAP_0F, PF2, 0x58, Frequent.or(Frequent.Addsd::new, Forms.narrow(8, DoubleOps::addsd)));
        t.sse(MAP_0F, PF2, 0x59, Frequent.or(Frequent.Mulsd::new, Forms.narrow(8, DoubleOps::mulsd)));
        t.sse(MAP_0F, PF2, 0x5C, Frequent.or(Frequent.Subsd::new, Forms.narrow(8, DoubleOps::subsd)));
        t.sse(MAP_0F, PF2, 0x5E, Frequent.or(Frequent.Divsd::new, Forms.narrow(8, DoubleOps::divsd)));
    }

    private static void logic(Tables t, int opcode, XmmFn f, OpFactory register) {
        t.sse(MAP_0F, NP, opcode, Frequent.or(register, Forms.xmm(f)));
        t.sse(MAP_0F, P66, opcode, Frequent.or(register, Forms.xmm(f)));
    }

    static void and(Cpu c, long[] x, int d, long lo, long hi) {
        x[d] &= lo;
        x[d + 1] &= hi;
    }

    static void andNot(Cpu c, long[] x, int d, long lo, long hi) {
        x[d] = ~x[d] & lo;
        x[d + 1] = ~x[d + 1] & hi;
    }

    static void or(Cpu c, long[] x, int d, long lo, long hi) {
        x[d] |= lo;
        x[d + 1] |= hi;
    }

    static void xor(Cpu c, long[] x, int d, long lo, long hi) {
        x[d] ^= lo;
        x[d + 1] ^= hi;
    }

    private static void compare(Tables t) {
        t.sse(MAP_0F, NP, 0x2E, Forms.narrow(4, SingleOps.comiss(false)));
        t.sse(MAP_0F, P66, 0x2E, Forms.narrow(8, DoubleOps.comisd(false)));
        t.sse(MAP_0F, NP, 0x2F, Forms.narrow(4, SingleOps.comiss(true)));
        t.sse(MAP_0F, P66, 0x2F, Forms.narrow(8, DoubleOps.comisd(true)));
        t.sseImm(MAP_0F, NP, 0xC2, Forms.xmmImm(SingleOps::cmpps));
        t.sseImm(MAP_0F, P66, 0xC2, Forms.xmmImm(DoubleOps::cmppd));
        t.sseImm(MAP_0F, PF3, 0xC2, Forms.narrowImm(4, SingleOps::cmpss));
        t.sseImm(MAP_0F, PF2, 0xC2, Forms.narrowImm(8, DoubleOps::cmpsd));
    }

    private static void convert(Tables t) {
        t.sse(MAP_0F, NP, 0x2A, i -> new FromMmx(i, false));
        t.sse(MAP_0F, P66, 0x2A, i -> new FromMmx(i, true));
        t.sse(MAP_0F, PF3, 0x2A, i -> new FromInteger(i, false));
        t.sse(MAP_0F, PF2, 0x2A, i -> new FromInteger(i, true));
        for (int opcode = 0x2C; opcode <= 0x2D; opcode++) {
            boolean truncate = opcode == 0x2C;
            t.sse(MAP_0F, NP, opcode, i -> new ToMmx(i, false, truncate));
            t.sse(MAP_0F, P66, opcode, i -> new ToMmx(i, true, truncate));
            t.sse(MAP_0F, PF3, opcode, i -> new ToInteger(i, false, truncate));
            t.sse(MAP_0F, PF2, opcode, i -> new ToInteger(i, true, truncate));
        }
        t.sse(MAP_0F, NP, 0x5A, Forms.narrow(8, ConvertOps::cvtps2pd));
        t.sse(MAP_0F, P66, 0x5A, Forms.xmm(ConvertOps::cvtpd2ps));
        t.sse(MAP_0F, PF3, 0x5A, Forms.narrow(4, ConvertOps::cvtss2sd));
        t.sse(MAP_0F, PF2, 0x5A, Forms.narrow(8, ConvertOps::cvtsd2ss));
        t.sse(MAP_0F, NP, 0x5B, Forms.xmm(ConvertOps::cvtdq2ps));
        t.sse(MAP_0F, P66, 0x5B, Forms.xmm(ConvertOps::cvtps2dq));
        t.sse(MAP_0F, PF3, 0x5B, Forms.xmm(ConvertOps::cvttps2dq));
        t.sse(MAP_0F, P66, 0xE6, Forms.xmm(ConvertOps::cvttpd2dq));
        t.sse(MAP_0F, PF3, 0xE6, Forms.narrow(8, ConvertOps::cvtdq2pd));
        t.sse(MAP_0F, PF2, 0xE6, Forms.xmm(ConvertOps::cvtpd2dq));
    }

    private static void shuffle(Tables t) {
        t.sse(MAP_0F, NP, 0x14, Forms.xmm((c, x, d, lo, hi) -> {
            long a = x[d];
            x[d] = Shuffle.lowDoublewords(a, lo);
            x[d + 1] = Shuffle.highDoublewords(a, lo);
        }));
        t.sse(MAP_0F, P66, 0x14, Forms.xmm((c, x, d, lo, hi) -> x[d + 1] = lo));
        t.sse(MAP_0F, NP, 0x15, Forms.xmm((c, x, d, lo, hi) -> {
            long a = x[d + 1];
            x[d] = Shuffle.lowDoublewords(a, hi);
            x[d + 1] = Shuffle.highDoublewords(a, hi);
        }));
        t.sse(MAP_0F, P66, 0x15, Forms.xmm((c, x, d, lo, hi) -> {
            x[d] = x[d + 1];
            x[d + 1] = hi;
        }));
        t.sseImm(MAP_0F, NP, 0xC6, Forms.xmmImm(imm -> (c, x, d, lo, hi) -> {
            long a = x[d];
            long b = x[d + 1];
            x[d] = Shuffle.doubleword(a, b, imm) | Shuffle.doubleword(a, b, imm >> 2) << 32;
            x[d + 1] = Shuffle.doubleword(lo, hi, imm >> 4) | Shuffle.doubleword(lo, hi, imm >> 6) << 32;
        }));
        t.sseImm(MAP_0F, P66, 0xC6, Forms.xmmImm(imm -> (c, x, d, lo, hi) -> {
            x[d] = x[d + (imm & 1)];
            x[d + 1] = (imm & 2) != 0 ? hi : lo;
        }));
    }
}
