package dev.backplane.cpu.translator;

import static dev.backplane.cpu.translator.CodeWriter.C;
import static dev.backplane.cpu.translator.CodeWriter.CX;
import static dev.backplane.cpu.translator.CodeWriter.D;

import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.encode.Assembler;

/** Machine code of SSE, AVX and FMA instructions: copied, with general registers and memory operands rewritten. */
final class SimdCode {
    /** Bits of {@link #touches}. */
    static final int XMM = 1;
    static final int X87 = 2;
    private static final int[] PREFIX = {0, 0x66, 0xF3, 0xF2};
    private static final int ZERO_UPPER = 0x77;

    private final CodeWriter w;
    private final Assembler a;
    final SimdForms forms = new SimdForms();

    SimdCode(CodeWriter w) {
        this.w = w;
        a = w.a;
    }

    /** Writes the code; false (and nothing written) if the op has to do it. */
    boolean emit(Insn i) {
        if (i.vex && i.map == Insn.MAP_VEX_0F && i.opcode == ZERO_UPPER) {
            w.xmm();
            a.byte8(0xC5);
            a.byte8(i.vexL ? 0xFC : 0xF8);
            a.byte8(ZERO_UPPER);
            return true;
        }
        int form = forms.get(i.map, i.pp, i.opcode);
        if (form == 0 || i.mem && ((form & SimdForms.NO_MEMORY) != 0 || !w.addressable(i))) {
            return false;
        }
        w.xmm();
        boolean digit = (form & SimdForms.DIGIT) != 0;
        boolean gprRm = (form & SimdForms.GPR_RM) != 0;
        boolean gprReg = (form & SimdForms.GPR_REG) != 0;
        boolean store = (form & SimdForms.STORE) != 0;
        boolean wide = i.vex ? i.vexW
            : i.w && (gprRm || gprReg || (form & SimdForms.SIZE) == 16 && i.map == Insn.MAP_0F3A);
        int immBytes = (form & SimdForms.IMM) != 0 ? 1 : 0;
        if (i.mem) {
            int size = SimdForms.size(form, i.vex ? i.vexW : i.w, i.vexL);
            int la = w.linear(i);
            if ((form & SimdForms.ALIGNED) == 0) {
                w.check(la, size, store);
            } else {
                w.checkAligned(la, size, store);
            }
            int reg = gprReg ? w.target(i.reg, C) : i.reg;
            if (i.vex) {
                a.vexRm(PREFIX[i.pp], i.map & 3, i.opcode, wide, i.vexL, reg, i.vvvv, w.operand(la));
            } else {
                a.rm(PREFIX[i.pp], i.map, i.opcode, wide, reg, w.operand(la));
            }
            a.imm(immBytes, i.imm);
            finish(i, form, gprReg, reg);
            return true;
        }
        int reg = digit ? i.regLow : gprReg ? w.target(i.reg, C) : i.reg;
        int rm = !gprRm ? i.rm : store ? w.target(i.rm, D) : w.source(i.rm, D);
        if (i.vex) {
            a.vexRr(PREFIX[i.pp], i.map & 3, i.opcode, wide, i.vexL, reg, i.vvvv, rm);
        } else {
            a.rr(PREFIX[i.pp], i.map, i.opcode, wide, reg, rm);
        }
        a.imm(immBytes, i.imm);
        if (gprRm && store) {
            w.done(i.rm, rm);
        }
        finish(i, form, gprReg, reg);
        return true;
    }

    private void finish(Insn i, int form, boolean gprReg, int reg) {
        if (gprReg) {
            w.done(i.reg, reg);
        }
        if ((form & SimdForms.INDEX_IN_ECX) != 0) {
            a.mov32(CX, C);
        }
    }

    /** What of {@link #XMM} and {@link #X87} state an instruction's op reads or writes. */
    static int touches(Insn i, OpTable table) {
        if (i.map == Insn.MAP_0F && (i.opcode == 0xAE || i.opcode == 0xC7)) {
            return XMM | X87;
        }
        OpTable.Entry e = table.get(i.map, i.pp, i.opcode);
        if (e == null) {
            return 0;
        }
        return switch (e.kind()) {
            case INTEGER -> 0;
            case X87 -> X87;
            case MMX -> XMM | X87;
            // MOVQ2DQ, MOVDQ2Q and conversions between the two.
            case SSE -> i.map == Insn.MAP_0F && (i.opcode == 0xD6 || i.opcode >= 0x2A && i.opcode <= 0x2D)
                ? XMM | X87 : XMM;
            default -> XMM;
        };
    }
}
