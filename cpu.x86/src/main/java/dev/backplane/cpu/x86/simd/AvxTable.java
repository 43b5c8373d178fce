package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.Insn.MAP_0F;
import static dev.backplane.cpu.x86.Insn.MAP_0F38;
import static dev.backplane.cpu.x86.Insn.MAP_0F3A;
import static dev.backplane.cpu.x86.OpTable.NP;
import static dev.backplane.cpu.x86.OpTable.P66;
import static dev.backplane.cpu.x86.simd.VexForms.l0;
import static dev.backplane.cpu.x86.simd.VexForms.l1;
import static dev.backplane.cpu.x86.simd.VexForms.noV;
import static dev.backplane.cpu.x86.simd.VexForms.w0;
import static dev.backplane.cpu.x86.simd.VexForms.w1;

import java.util.function.LongBinaryOperator;

/** What AVX, AVX2 and F16C add to the SSE instructions (Intel SDM Vol. 2, appendix A and chapter 5). */
final class AvxTable {
    private AvxTable() {
    }

    static void addTo(Tables t) {
        t.vexNoOperand(MAP_0F, NP, 0x77, noV(VexMoves.Zero::new));
        tests(t);
        broadcasts(t);
        lanes(t);
        permutes(t);
        blends(t);
        shifts(t);
        masked(t);
        half(t);
    }

    private static void tests(Tables t) {
        t.vex(MAP_0F38, P66, 0x17, noV(i -> new VexMoves.Test(i, -1)));
        t.vex(MAP_0F38, P66, 0x0E, w0(noV(i -> new VexMoves.Test(i, Swar.D))));
        t.vex(MAP_0F38, P66, 0x0F, w0(noV(i -> new VexMoves.Test(i, Long.MIN_VALUE))));
    }

    private static void broadcasts(Tables t) {
        t.vex(MAP_0F38, P66, 0x18, w0(noV(i -> new VexMoves.Broadcast(i, 4))));
        t.vex(MAP_0F38, P66, 0x19, l1(w0(noV(i -> new VexMoves.Broadcast(i, 8)))));
        t.vex(MAP_0F38, P66, 0x1A, Forms.memOnly(l1(w0(noV(i -> new VexMoves.Broadcast(i, 16))))));
        t.vex(MAP_0F38, P66, 0x58, w0(noV(i -> new VexMoves.Broadcast(i, 4))));
        t.vex(MAP_0F38, P66, 0x59, w0(noV(i -> new VexMoves.Broadcast(i, 8))));
        t.vex(MAP_0F38, P66, 0x5A, Forms.memOnly(l1(w0(noV(i -> new VexMoves.Broadcast(i, 16))))));
        t.vex(MAP_0F38, P66, 0x78, w0(noV(i -> new VexMoves.Broadcast(i, 1))));
        t.vex(MAP_0F38, P66, 0x79, w0(noV(i -> new VexMoves.Broadcast(i, 2))));
    }

    private static void lanes(Tables t) {
        for (int base : new int[] {0x18, 0x38}) {
            t.vexImm(MAP_0F3A, P66, base, l1(w0(VexMoves.InsertLane::new)));
            t.vexImm(MAP_0F3A, P66, base + 1, l1(w0(noV(VexMoves.ExtractLane::new))));
        }
        t.vexImm(MAP_0F3A, P66, 0x06, l1(w0(VexMoves.PermuteLanes::new)));
        t.vexImm(MAP_0F3A, P66, 0x46, l1(w0(VexMoves.PermuteLanes::new)));
    }

    private static void permutes(Tables t) {
        t.vex(MAP_0F38, P66, 0x0C, w0(VexForms.three((c, x, d, lo, hi) -> {
            long a = x[d];
            long b = x[d + 1];
            x[d] = Shuffle.doubleword(a, b, (int) lo) | Shuffle.doubleword(a, b, (int) (lo >>> 32)) << 32;
            x[d + 1] = Shuffle.doubleword(a, b, (int) hi) | Shuffle.doubleword(a, b, (int) (hi >>> 32)) << 32;
        })));
        t.vex(MAP_0F38, P66, 0x0D, w0(VexForms.three((c, x, d, lo, hi) -> {
            long a = x[d];
            long b = x[d + 1];
            x[d] = (lo & 2) != 0 ? b : a;
            x[d + 1] = (hi & 2) != 0 ? b : a;
        })));
        t.vexImm(MAP_0F3A, P66, 0x04, w0(VexForms.twoImm(imm -> (c, x, d, lo, hi) -> {
            x[d] = Shuffle.doubleword(lo, hi, imm) | Shuffle.doubleword(lo, hi, imm >> 2) << 32;
            x[d + 1] = Shuffle.doubleword(lo, hi, imm >> 4) | Shuffle.doubleword(lo, hi, imm >> 6) << 32;
        }, 0)));
        t.vexImm(MAP_0F3A, P66, 0x05, w0(VexForms.twoImm(imm -> (c, x, d, lo, hi) -> {
            x[d] = (imm & 1) != 0 ? hi : lo;
            x[d + 1] = (imm & 2) != 0 ? hi : lo;
        }, 2)));
        t.vexImm(MAP_0F3A, P66, 0x00, l1(w1(noV(VexMoves.PermuteQuadwords::new))));
        t.vexImm(MAP_0F3A, P66, 0x01, l1(w1(noV(VexMoves.PermuteQuadwords::new))));
        t.vex(MAP_0F38, P66, 0x16, l1(w0(VexMoves.PermuteDoublewords::new)));
        t.vex(MAP_0F38, P66, 0x36, l1(w0(VexMoves.PermuteDoublewords::new)));
    }

    private static void blends(Tables t) {
        t.vexImm(MAP_0F3A, P66, 0x02, w0(VexForms.threeImm(imm -> Sse4.blend(imm & 15, 32), 4)));
        t.vexImm(MAP_0F3A, P66, 0x4A, w0(i -> new VexMoves.Blend(i, Sse4::blendSingles)));
        t.vexImm(MAP_0F3A, P66, 0x4B, w0(i -> new VexMoves.Blend(i, Sse4::blendDoubles)));
        t.vexImm(MAP_0F3A, P66, 0x4C, w0(i -> new VexMoves.Blend(i, Sse4::blendBytes)));
    }

    /** Shifts by a count for each element. */
    private static void shifts(Tables t) {
        XmmFn srlq = Forms.lanes((a, n) -> n < 0 || n > 63 ? 0 : a >>> n);
        XmmFn sllq = Forms.lanes((a, n) -> n < 0 || n > 63 ? 0 : a << n);
        XmmFn srld = doublewords((a, n) -> n > 31 ? 0 : a >>> n);
        XmmFn slld = doublewords((a, n) -> n > 31 ? 0 : a << n);
        XmmFn srad = doublewords((a, n) -> (int) a >> Math.min(n, 31));
        t.vex(MAP_0F38, P66, 0x45, i -> VexForms.three(i.vexW ? srlq : srld).create(i));
        t.vex(MAP_0F38, P66, 0x46, w0(VexForms.three(srad)));
        t.vex(MAP_0F38, P66, 0x47, i -> VexForms.three(i.vexW ? sllq : slld).create(i));
    }

    /** On each doubleword, given zero-extended; the low half of what the function returns counts. */
    private static XmmFn doublewords(LongBinaryOperator f) {
        return Forms.lanes((a, b) -> f.applyAsLong(a & 0xFFFFFFFFL, b & 0xFFFFFFFFL) & 0xFFFFFFFFL
            | f.applyAsLong(a >>> 32, b >>> 32) << 32);
    }

    private static void masked(Tables t) {
        t.vex(MAP_0F38, P66, 0x2C, Forms.memOnly(w0(i -> new VexMoves.MaskedMove(i, 4, false))));
        t.vex(MAP_0F38, P66, 0x2D, Forms.memOnly(w0(i -> new VexMoves.MaskedMove(i, 8, false))));
        t.vex(MAP_0F38, P66, 0x2E, Forms.memOnly(w0(i -> new VexMoves.MaskedMove(i, 4, true))));
        t.vex(MAP_0F38, P66, 0x2F, Forms.memOnly(w0(i -> new VexMoves.MaskedMove(i, 8, true))));
        t.vex(MAP_0F38, P66, 0x8C, Forms.memOnly(i -> new VexMoves.MaskedMove(i, i.vexW ? 8 : 4, false)));
        t.vex(MAP_0F38, P66, 0x8E, Forms.memOnly(i -> new VexMoves.MaskedMove(i, i.vexW ? 8 : 4, true)));
        for (int opcode = 0x90; opcode <= 0x93; opcode++) {
            boolean wideIndex = (opcode & 1) != 0;
            t.vex(MAP_0F38, P66, opcode, i -> VexMoves.Gather.create(i, wideIndex));
        }
    }

    private static void half(Tables t) {
        t.vex(MAP_0F38, P66, 0x13, w0(VexForms.widening(8, ConvertOps::cvtph2ps)));
        t.vexImm(MAP_0F3A, P66, 0x1D, w0(noV(ConvertOps.ToHalf::new)));
    }
}
