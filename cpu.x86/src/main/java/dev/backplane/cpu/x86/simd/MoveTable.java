package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.Insn.MAP_0F;
import static dev.backplane.cpu.x86.Insn.MAP_0F38;
import static dev.backplane.cpu.x86.OpTable.NP;
import static dev.backplane.cpu.x86.OpTable.P66;
import static dev.backplane.cpu.x86.OpTable.PF2;
import static dev.backplane.cpu.x86.OpTable.PF3;
import static dev.backplane.cpu.x86.simd.VexForms.l0;
import static dev.backplane.cpu.x86.simd.VexForms.noV;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpFactory;

/** Data transfer of MMX and SSE, and its VEX forms (Intel SDM Vol. 2, appendix A). */
final class MoveTable {
    private MoveTable() {
    }

    static void addTo(Tables t) {
        whole(t);
        halves(t);
        narrow(t);
        withGeneral(t);
        mmx(t);
    }

    private static OpFactory load(boolean aligned) {
        return i -> i.mem ? new Moves.Load128(i, aligned) : new Moves.Copy(i, i.reg, i.rm);
    }

    private static OpFactory store(boolean aligned) {
        return i -> i.mem ? new Moves.Store128(i, aligned) : new Moves.Copy(i, i.rm, i.reg);
    }

    /** A load and a store of a whole register, with and without VEX. */
    private static void pair(Tables t, int prefix, int load, int store, boolean aligned) {
        t.sse(MAP_0F, prefix, load, load(aligned));
        t.vex(MAP_0F, prefix, load, VexMoves.load(aligned));
        t.sse(MAP_0F, prefix, store, store(aligned));
        t.vex(MAP_0F, prefix, store, VexMoves.store(aligned));
    }

    private static void whole(Tables t) {
        for (int prefix = NP; prefix <= P66; prefix++) {
            pair(t, prefix, 0x10, 0x11, false);
            pair(t, prefix, 0x28, 0x29, true);
            t.sse(MAP_0F, prefix, 0x2B, Forms.memOnly(store(true)));
            t.vex(MAP_0F, prefix, 0x2B, Forms.memOnly(VexMoves.store(true)));
        }
        pair(t, P66, 0x6F, 0x7F, true);
        pair(t, PF3, 0x6F, 0x7F, false);
        t.sse(MAP_0F, P66, 0xE7, Forms.memOnly(store(true)));
        t.vex(MAP_0F, P66, 0xE7, Forms.memOnly(VexMoves.store(true)));
        t.sse(MAP_0F38, P66, 0x2A, Forms.memOnly(load(true)));
        t.vex(MAP_0F38, P66, 0x2A, Forms.memOnly(VexMoves.load(true)));
        t.sse(MAP_0F, PF2, 0xF0, Forms.memOnly(load(false)));
        t.vex(MAP_0F, PF2, 0xF0, Forms.memOnly(VexMoves.load(false)));
        OpFactory masked = Forms.regOnly(i -> new Moves.Masked(throughRdi(i), false));
        t.sse(MAP_0F, P66, 0xF7, masked);
        t.vex(MAP_0F, P66, 0xF7, l0(noV(masked)));
    }

    /** Gives an instruction DS:(R)DI as its memory operand. */
    private static Insn throughRdi(Insn i) {
        i.base = Cpu.RDI;
        i.index = Cpu.ZERO;
        i.scale = 0;
        i.disp = 0;
        i.amask = i.addrSize == 8 ? -1L : i.addrSize == 4 ? 0xFFFFFFFFL : 0xFFFFL;
        i.seg = i.dataSeg();
        i.checked = i.checkedSeg(i.seg);
        return i;
    }

    private static void halves(Tables t) {
        // Without a prefix, the register forms of MOVLPS and MOVHPS are MOVHLPS and MOVLHPS.
        XmmFn movlps = (c, x, d, lo, hi) -> x[d] = lo;
        XmmFn movhlps = (c, x, d, lo, hi) -> x[d] = hi;
        t.sse(MAP_0F, NP, 0x12, i -> Forms.narrow(8, i.mem ? movlps : movhlps).create(i));
        t.vex(MAP_0F, NP, 0x12, l0(i -> VexForms.scalar(8, i.mem ? movlps : movhlps).create(i)));
        t.sse(MAP_0F, P66, 0x12, Forms.memOnly(Forms.narrow(8, movlps)));
        t.vex(MAP_0F, P66, 0x12, l0(Forms.memOnly(VexForms.scalar(8, movlps))));
        XmmFn movhps = (c, x, d, lo, hi) -> x[d + 1] = lo;
        t.sse(MAP_0F, NP, 0x16, Forms.narrow(8, movhps));
        t.vex(MAP_0F, NP, 0x16, l0(VexForms.scalar(8, movhps)));
        t.sse(MAP_0F, P66, 0x16, Forms.memOnly(Forms.narrow(8, movhps)));
        t.vex(MAP_0F, P66, 0x16, l0(Forms.memOnly(VexForms.scalar(8, movhps))));
        for (int prefix = NP; prefix <= P66; prefix++) {
            store(t, prefix, 0x13, i -> new Moves.StoreNarrow(i, 8, false));
            store(t, prefix, 0x17, i -> new Moves.StoreNarrow(i, 8, true));
        }
        XmmFn movddup = (c, x, d, lo, hi) -> {
            x[d] = lo;
            x[d + 1] = lo;
        };
        t.sse(MAP_0F, PF2, 0x12, Forms.narrow(8, movddup));
        t.vex(MAP_0F, PF2, 0x12, noV(i -> i.vexL ? new VexForms.Packed(i, movddup, movddup, i.reg)
            : new VexForms.Narrow(i, movddup, 8, i.reg)));
        t.unary(MAP_0F, PF3, 0x12, (c, x, d, lo, hi) -> {
            x[d] = lo & 0xFFFFFFFFL | lo << 32;
            x[d + 1] = hi & 0xFFFFFFFFL | hi << 32;
        });
        t.unary(MAP_0F, PF3, 0x16, (c, x, d, lo, hi) -> {
            x[d] = lo >>> 32 | lo & ~0xFFFFFFFFL;
            x[d + 1] = hi >>> 32 | hi & ~0xFFFFFFFFL;
        });
    }

    /** To memory only. */
    private static void store(Tables t, int prefix, int opcode, OpFactory f) {
        t.sse(MAP_0F, prefix, opcode, Forms.memOnly(f));
        t.vex(MAP_0F, prefix, opcode, l0(noV(Forms.memOnly(f))));
    }

    private static void narrow(Tables t) {
        XmmFn single = (c, x, d, lo, hi) -> x[d] = x[d] & ~0xFFFFFFFFL | lo & 0xFFFFFFFFL;
        XmmFn dbl = (c, x, d, lo, hi) -> x[d] = lo;
        XmmFn movq = (c, x, d, lo, hi) -> {
            x[d] = lo;
            x[d + 1] = 0;
        };
        t.sse(MAP_0F, PF3, 0x10, i -> i.mem ? new Moves.LoadNarrow(i, 4) : new Forms.Reg(i, single));
        t.sse(MAP_0F, PF2, 0x10, i -> i.mem ? new Moves.LoadNarrow(i, 8) : new Forms.Reg(i, dbl));
        t.sse(MAP_0F, PF3, 0x11, i -> i.mem ? new Moves.StoreNarrow(i, 4, false) : toRm(i, single));
        t.sse(MAP_0F, PF2, 0x11, i -> i.mem ? new Moves.StoreNarrow(i, 8, false) : toRm(i, dbl));
        t.sse(MAP_0F, PF3, 0x7E, i -> i.mem ? new Moves.LoadNarrow(i, 8) : new Forms.Reg(i, movq));
        t.sse(MAP_0F, P66, 0xD6, i -> i.mem ? new Moves.StoreNarrow(i, 8, false) : toRm(i, movq));
        for (int prefix = PF3; prefix <= PF2; prefix++) {
            int size = prefix == PF3 ? 4 : 8;
            XmmFn low = prefix == PF3 ? single : dbl;
            OpFactory load = noV(i -> new VexForms.Narrow(i, movq, size, i.reg));
            OpFactory store = noV(i -> new Moves.StoreNarrow(i, size, false));
            t.vex(MAP_0F, prefix, 0x10, i -> i.mem ? load.create(i) : VexForms.three(low).create(narrow(i)));
            t.vex(MAP_0F, prefix, 0x11, i -> i.mem ? store.create(i)
                : new VexForms.Packed(narrow(i), low, low, i.rm, i.vvvv, i.reg));
        }
        t.vex(MAP_0F, PF3, 0x7E, l0(noV(i -> new VexForms.Narrow(i, movq, 8, i.reg))));
        t.vex(MAP_0F, P66, 0xD6, l0(noV(i -> i.mem ? new Moves.StoreNarrow(i, 8, false)
            : new VexForms.Packed(i, movq, movq, i.rm, i.rm, i.reg))));
    }

    /** VEX.L is ignored. */
    private static Insn narrow(Insn i) {
        i.vexL = false;
        return i;
    }

    /** Register to register with ModRM.rm as the destination. */
    private static Op toRm(Insn i, XmmFn f) {
        int reg = i.reg;
        i.reg = i.rm;
        i.rm = reg;
        return new Forms.Reg(i, f);
    }

    private static void withGeneral(Tables t) {
        t.sse(MAP_0F, P66, 0x6E, i -> i.mem ? new Moves.LoadNarrow(i, i.w ? 8 : 4) : new Moves.FromGpr(i));
        t.sse(MAP_0F, P66, 0x7E, i -> i.mem ? new Moves.StoreNarrow(i, i.w ? 8 : 4, false) : new Moves.ToGpr(i));
        XmmFn all = (c, x, d, lo, hi) -> {
            x[d] = lo;
            x[d + 1] = 0;
        };
        t.vex(MAP_0F, P66, 0x6E, l0(noV(i -> i.mem ? new VexForms.Narrow(i, all, i.w ? 8 : 4, i.reg)
            : new VexMoves.FromGpr(i))));
        t.vex(MAP_0F, P66, 0x7E, l0(noV(i -> i.mem ? new Moves.StoreNarrow(i, i.w ? 8 : 4, false)
            : new Moves.ToGpr(i))));
        masks(t, NP, 0x50, Masks.PS);
        masks(t, P66, 0x50, Masks.PD);
        masks(t, P66, 0xD7, Masks.BYTES);
        Elements.addTo(t);
    }

    private static void masks(Tables t, int prefix, int opcode, int kind) {
        t.sse(MAP_0F, prefix, opcode, Forms.regOnly(i -> new Masks(i, kind)));
        t.vex(MAP_0F, prefix, opcode, noV(Forms.regOnly(i -> new Masks(i, kind))));
    }

    private static void mmx(Tables t) {
        t.mmx(MAP_0F, 0x6E, i -> new Moves.Mmx(i, false, true, i.w ? 8 : 4));
        t.mmx(MAP_0F, 0x7E, i -> new Moves.Mmx(i, true, true, i.w ? 8 : 4));
        t.mmx(MAP_0F, 0x6F, i -> new Moves.Mmx(i, false, false, 8));
        t.mmx(MAP_0F, 0x7F, i -> new Moves.Mmx(i, true, false, 8));
        t.mmx(MAP_0F, 0xE7, Forms.memOnly(i -> new Moves.Mmx(i, true, false, 8)));
        t.mmx(MAP_0F, 0xF7, Forms.regOnly(i -> new Moves.Masked(throughRdi(i), true)));
        t.mmx(MAP_0F, 0xD7, Forms.regOnly(i -> new Masks(i, Masks.MMX)));
        t.sse(MAP_0F, PF3, 0xD6, Forms.regOnly(MmxTransfer::toXmm));
        t.sse(MAP_0F, PF2, 0xD6, Forms.regOnly(MmxTransfer::toMmx));
        t.mmxNoOperand(MAP_0F, 0x77, MmxTransfer.Emms::new);
    }
}
