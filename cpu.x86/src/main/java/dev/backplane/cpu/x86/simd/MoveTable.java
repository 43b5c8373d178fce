package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.Insn.MAP_0F;
import static dev.backplane.cpu.x86.Insn.MAP_0F38;
import static dev.backplane.cpu.x86.OpTable.NP;
import static dev.backplane.cpu.x86.OpTable.P66;
import static dev.backplane.cpu.x86.OpTable.PF2;
import static dev.backplane.cpu.x86.OpTable.PF3;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpFactory;

/** Data transfer of MMX and SSE (Intel SDM Vol. 2, appendix A). */
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

    private static void whole(Tables t) {
        t.sse(MAP_0F, NP, 0x10, load(false));
        t.sse(MAP_0F, P66, 0x10, load(false));
        t.sse(MAP_0F, NP, 0x11, store(false));
        t.sse(MAP_0F, P66, 0x11, store(false));
        t.sse(MAP_0F, NP, 0x28, load(true));
        t.sse(MAP_0F, P66, 0x28, load(true));
        t.sse(MAP_0F, NP, 0x29, store(true));
        t.sse(MAP_0F, P66, 0x29, store(true));
        t.sse(MAP_0F, P66, 0x6F, load(true));
        t.sse(MAP_0F, PF3, 0x6F, load(false));
        t.sse(MAP_0F, P66, 0x7F, store(true));
        t.sse(MAP_0F, PF3, 0x7F, store(false));
        t.sse(MAP_0F, NP, 0x2B, Forms.memOnly(store(true)));
        t.sse(MAP_0F, P66, 0x2B, Forms.memOnly(store(true)));
        t.sse(MAP_0F, P66, 0xE7, Forms.memOnly(store(true)));
        t.sse(MAP_0F38, P66, 0x2A, Forms.memOnly(load(true)));
        t.sse(MAP_0F, PF2, 0xF0, Forms.memOnly(load(false)));
        t.sse(MAP_0F, P66, 0xF7, Forms.regOnly(i -> new Moves.Masked(throughRdi(i), false)));
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
        t.sse(MAP_0F, P66, 0x12, Forms.memOnly(Forms.narrow(8, movlps)));
        t.sse(MAP_0F, NP, 0x16, Forms.narrow(8, (c, x, d, lo, hi) -> x[d + 1] = lo));
        t.sse(MAP_0F, P66, 0x16, Forms.memOnly(Forms.narrow(8, (c, x, d, lo, hi) -> x[d + 1] = lo)));
        for (int prefix = NP; prefix <= P66; prefix++) {
            t.sse(MAP_0F, prefix, 0x13, Forms.memOnly(i -> new Moves.StoreNarrow(i, 8, false)));
            t.sse(MAP_0F, prefix, 0x17, Forms.memOnly(i -> new Moves.StoreNarrow(i, 8, true)));
        }
        t.sse(MAP_0F, PF2, 0x12, Forms.narrow(8, (c, x, d, lo, hi) -> {
            x[d] = lo;
            x[d + 1] = lo;
        }));
        t.sse(MAP_0F, PF3, 0x12, Forms.xmm((c, x, d, lo, hi) -> {
            x[d] = lo & 0xFFFFFFFFL | lo << 32;
            x[d + 1] = hi & 0xFFFFFFFFL | hi << 32;
        }));
        t.sse(MAP_0F, PF3, 0x16, Forms.xmm((c, x, d, lo, hi) -> {
            x[d] = lo >>> 32 | lo & ~0xFFFFFFFFL;
            x[d + 1] = hi >>> 32 | hi & ~0xFFFFFFFFL;
        }));
    }

    private static void narrow(Tables t) {
        XmmFn single = (c, x, d, lo, hi) -> x[d] = x[d] & ~0xFFFFFFFFL | lo & 0xFFFFFFFFL;
        XmmFn dbl = (c, x, d, lo, hi) -> x[d] = lo;
        t.sse(MAP_0F, PF3, 0x10, i -> i.mem ? new Moves.LoadNarrow(i, 4) : new Forms.Reg(i, single));
        t.sse(MAP_0F, PF2, 0x10, i -> i.mem ? new Moves.LoadNarrow(i, 8) : new Forms.Reg(i, dbl));
        t.sse(MAP_0F, PF3, 0x11, i -> i.mem ? new Moves.StoreNarrow(i, 4, false) : toRm(i, single));
        t.sse(MAP_0F, PF2, 0x11, i -> i.mem ? new Moves.StoreNarrow(i, 8, false) : toRm(i, dbl));
        XmmFn movq = (c, x, d, lo, hi) -> {
            x[d] = lo;
            x[d + 1] = 0;
        };
        t.sse(MAP_0F, PF3, 0x7E, i -> i.mem ? new Moves.LoadNarrow(i, 8) : new Forms.Reg(i, movq));
        t.sse(MAP_0F, P66, 0xD6, i -> i.mem ? new Moves.StoreNarrow(i, 8, false) : toRm(i, movq));
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
        t.sse(MAP_0F, NP, 0x50, Forms.regOnly(i -> new Masks(i, Masks.PS)));
        t.sse(MAP_0F, P66, 0x50, Forms.regOnly(i -> new Masks(i, Masks.PD)));
        t.sse(MAP_0F, P66, 0xD7, Forms.regOnly(i -> new Masks(i, Masks.BYTES)));
        Elements.addTo(t);
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
