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

/** Floating-point instructions of SSE, SSE2 and SSE3, and their VEX forms (Intel SDM Vol. 2, appendix A). */
final class FloatTable {
    private FloatTable() {
    }

    static void addTo(Tables t) {
        t.unary(MAP_0F, NP, 0x51, SingleOps::sqrtps);
        t.unary(MAP_0F, P66, 0x51, DoubleOps::sqrtpd);
        t.scalar(MAP_0F, PF3, 0x51, 4, SingleOps::sqrtss);
        t.scalar(MAP_0F, PF2, 0x51, 8, DoubleOps::sqrtsd);
        both(t, 0x58, SingleOps::addps, DoubleOps::addpd);
        both(t, 0x59, SingleOps::mulps, DoubleOps::mulpd);
        both(t, 0x5C, SingleOps::subps, DoubleOps::subpd);
        both(t, 0x5E, SingleOps::divps, DoubleOps::divpd);
        both(t, 0x5D, SingleOps::minps, DoubleOps::minpd);
        both(t, 0x5F, SingleOps::maxps, DoubleOps::maxpd);
        t.unary(MAP_0F, NP, 0x52, SingleOps::rsqrtps);
        t.scalar(MAP_0F, PF3, 0x52, 4, SingleOps::rsqrtss);
        t.unary(MAP_0F, NP, 0x53, SingleOps::rcpps);
        t.scalar(MAP_0F, PF3, 0x53, 4, SingleOps::rcpss);
        logic(t, 0x54, FloatTable::and, Frequent.And::new);
        logic(t, 0x55, FloatTable::andNot, i -> new Forms.Reg(i, FloatTable::andNot));
        logic(t, 0x56, FloatTable::or, Frequent.Or::new);
        logic(t, 0x57, FloatTable::xor, Frequent.Xor::new);
        t.packed(MAP_0F, P66, 0x7C, DoubleOps::haddpd);
        t.packed(MAP_0F, PF2, 0x7C, SingleOps::haddps);
        t.packed(MAP_0F, P66, 0x7D, DoubleOps::hsubpd);
        t.packed(MAP_0F, PF2, 0x7D, SingleOps::hsubps);
        t.packed(MAP_0F, P66, 0xD0, DoubleOps::addsubpd);
        t.packed(MAP_0F, PF2, 0xD0, SingleOps::addsubps);
        scalar(t);
        compare(t);
        convert(t);
        shuffle(t);
    }

    private static void both(Tables t, int opcode, XmmFn ps, XmmFn pd) {
        t.packed(MAP_0F, NP, opcode, ps);
        t.packed(MAP_0F, P66, opcode, pd);
    }

    private static void scalar(Tables t) {
        single(t, 0x58, Frequent.Addss::new, SingleOps::addss);
        single(t, 0x59, Frequent.Mulss::new, SingleOps::mulss);
        single(t, 0x5C, Frequent.Subss::new, SingleOps::subss);
        t.scalar(MAP_0F, PF3, 0x5E, 4, SingleOps::divss);
        t.scalar(MAP_0F, PF3, 0x5D, 4, SingleOps::minss);
        t.scalar(MAP_0F, PF3, 0x5F, 4, SingleOps::maxss);
        dbl(t, 0x58, Frequent.Addsd::new, DoubleOps::addsd);
        dbl(t, 0x59, Frequent.Mulsd::new, DoubleOps::mulsd);
        dbl(t, 0x5C, Frequent.Subsd::new, DoubleOps::subsd);
        dbl(t, 0x5E, Frequent.Divsd::new, DoubleOps::divsd);
        t.scalar(MAP_0F, PF2, 0x5D, 8, DoubleOps::minsd);
        t.scalar(MAP_0F, PF2, 0x5F, 8, DoubleOps::maxsd);
    }

    private static void single(Tables t, int opcode, OpFactory register, XmmFn f) {
        t.sse(MAP_0F, PF3, opcode, Frequent.or(register, Forms.narrow(4, f)));
        t.vex(MAP_0F, PF3, opcode, VexForms.scalar(4, f));
    }

    private static void dbl(Tables t, int opcode, OpFactory register, XmmFn f) {
        t.sse(MAP_0F, PF2, opcode, Frequent.or(register, Forms.narrow(8, f)));
        t.vex(MAP_0F, PF2, opcode, VexForms.scalar(8, f));
    }

    private static void logic(Tables t, int opcode, XmmFn f, OpFactory register) {
        t.packed(MAP_0F, NP, opcode, register, f);
        t.packed(MAP_0F, P66, opcode, register, f);
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
        for (int opcode = 0x2E; opcode <= 0x2F; opcode++) {
            XmmFn ss = SingleOps.comiss(opcode == 0x2F);
            XmmFn sd = DoubleOps.comisd(opcode == 0x2F);
            t.sse(MAP_0F, NP, opcode, Forms.narrow(4, ss));
            t.vex(MAP_0F, NP, opcode, VexForms.flags(4, ss));
            t.sse(MAP_0F, P66, opcode, Forms.narrow(8, sd));
            t.vex(MAP_0F, P66, opcode, VexForms.flags(8, sd));
        }
        // Without VEX there are the first eight predicates only.
        t.sseImm(MAP_0F, NP, 0xC2, Forms.xmmImm(imm -> SingleOps.cmpps(imm & 7)));
        t.sseImm(MAP_0F, P66, 0xC2, Forms.xmmImm(imm -> DoubleOps.cmppd(imm & 7)));
        t.sseImm(MAP_0F, PF3, 0xC2, Forms.narrowImm(4, imm -> SingleOps.cmpss(imm & 7)));
        t.sseImm(MAP_0F, PF2, 0xC2, Forms.narrowImm(8, imm -> DoubleOps.cmpsd(imm & 7)));
        t.vexImm(MAP_0F, NP, 0xC2, VexForms.threeImm(imm -> SingleOps.cmpps(imm & 31), 0));
        t.vexImm(MAP_0F, P66, 0xC2, VexForms.threeImm(imm -> DoubleOps.cmppd(imm & 31), 0));
        t.vexImm(MAP_0F, PF3, 0xC2, VexForms.scalarImm(4, imm -> SingleOps.cmpss(imm & 31)));
        t.vexImm(MAP_0F, PF2, 0xC2, VexForms.scalarImm(8, imm -> DoubleOps.cmpsd(imm & 31)));
    }

    private static void convert(Tables t) {
        t.sse(MAP_0F, NP, 0x2A, i -> new FromMmx(i, false));
        t.sse(MAP_0F, P66, 0x2A, i -> new FromMmx(i, true));
        t.sse(MAP_0F, PF3, 0x2A, i -> new FromInteger(i, false, i.reg));
        t.sse(MAP_0F, PF2, 0x2A, i -> new FromInteger(i, true, i.reg));
        t.vex(MAP_0F, PF3, 0x2A, i -> new FromInteger(i, false, i.vvvv));
        t.vex(MAP_0F, PF2, 0x2A, i -> new FromInteger(i, true, i.vvvv));
        for (int opcode = 0x2C; opcode <= 0x2D; opcode++) {
            boolean truncate = opcode == 0x2C;
            t.sse(MAP_0F, NP, opcode, i -> new ToMmx(i, false, truncate));
            t.sse(MAP_0F, P66, opcode, i -> new ToMmx(i, true, truncate));
            t.sse(MAP_0F, PF3, opcode, i -> new ToInteger(i, false, truncate));
            t.sse(MAP_0F, PF2, opcode, i -> new ToInteger(i, true, truncate));
            t.vex(MAP_0F, PF3, opcode, VexForms.noV(i -> new ToInteger(i, false, truncate)));
            t.vex(MAP_0F, PF2, opcode, VexForms.noV(i -> new ToInteger(i, true, truncate)));
        }
        widening(t, NP, 0x5A, ConvertOps::cvtps2pd);
        narrowing(t, P66, 0x5A, ConvertOps::cvtpd2ps);
        t.scalar(MAP_0F, PF3, 0x5A, 4, ConvertOps::cvtss2sd);
        t.scalar(MAP_0F, PF2, 0x5A, 8, ConvertOps::cvtsd2ss);
        t.unary(MAP_0F, NP, 0x5B, ConvertOps::cvtdq2ps);
        t.unary(MAP_0F, P66, 0x5B, ConvertOps::cvtps2dq);
        t.unary(MAP_0F, PF3, 0x5B, ConvertOps::cvttps2dq);
        narrowing(t, P66, 0xE6, ConvertOps::cvttpd2dq);
        widening(t, PF3, 0xE6, ConvertOps::cvtdq2pd);
        narrowing(t, PF2, 0xE6, ConvertOps::cvtpd2dq);
    }

    private static void widening(Tables t, int prefix, int opcode, XmmFn f) {
        t.sse(MAP_0F, prefix, opcode, Forms.narrow(8, f));
        t.vex(MAP_0F, prefix, opcode, VexForms.widening(8, f));
    }

    private static void narrowing(Tables t, int prefix, int opcode, XmmFn f) {
        t.sse(MAP_0F, prefix, opcode, Forms.xmm(f));
        t.vex(MAP_0F, prefix, opcode, VexForms.narrowing(f));
    }

    private static void shuffle(Tables t) {
        t.packed(MAP_0F, NP, 0x14, (c, x, d, lo, hi) -> {
            long a = x[d];
            x[d] = Shuffle.lowDoublewords(a, lo);
            x[d + 1] = Shuffle.highDoublewords(a, lo);
        });
        t.packed(MAP_0F, P66, 0x14, (c, x, d, lo, hi) -> x[d + 1] = lo);
        t.packed(MAP_0F, NP, 0x15, (c, x, d, lo, hi) -> {
            long a = x[d + 1];
            x[d] = Shuffle.lowDoublewords(a, hi);
            x[d + 1] = Shuffle.highDoublewords(a, hi);
        });
        t.packed(MAP_0F, P66, 0x15, (c, x, d, lo, hi) -> {
            x[d] = x[d + 1];
            x[d + 1] = hi;
        });
        t.packedImm(MAP_0F, NP, 0xC6, 0, imm -> (c, x, d, lo, hi) -> {
            long a = x[d];
            long b = x[d + 1];
            x[d] = Shuffle.doubleword(a, b, imm) | Shuffle.doubleword(a, b, imm >> 2) << 32;
            x[d + 1] = Shuffle.doubleword(lo, hi, imm >> 4) | Shuffle.doubleword(lo, hi, imm >> 6) << 32;
        });
        t.packedImm(MAP_0F, P66, 0xC6, 2, imm -> (c, x, d, lo, hi) -> {
            x[d] = x[d + (imm & 1)];
            x[d + 1] = (imm & 2) != 0 ? hi : lo;
        });
    }
}
