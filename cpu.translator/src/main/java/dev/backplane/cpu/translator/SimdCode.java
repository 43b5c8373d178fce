package dev.backplane.cpu.translator;

import static dev.backplane.cpu.translator.CodeWriter.C;
import static dev.backplane.cpu.translator.CodeWriter.CX;
import static dev.backplane.cpu.translator.CodeWriter.D;

import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.encode.Assembler;

/** Machine code of SSE instructions: copied, with general registers and memory operands rewritten. */
final class SimdCode {
    private static final int[] PREFIX = {0, 0x66, 0xF3, 0xF2};

    private final CodeWriter w;
    private final Assembler a;
    private final SimdForms forms = new SimdForms();

    SimdCode(CodeWriter w) {
        this.w = w;
        a = w.a;
    }

    /** Writes the code; false (and nothing written) if the op has to do it. */
    boolean emit(Insn i) {
        int form = forms.get(i.map, i.pp, i.opcode);
        if (form == 0 || i.mem && ((form & SimdForms.NO_MEMORY) != 0 || !w.addressable(i))) {
            return false;
        }
        boolean gprRm = (form & SimdForms.GPR_RM) != 0;
        if (!gprRm && !i.mem && (form & SimdForms.STORE) != 0 && (form & SimdForms.ALIGNED) != 0
            && (i.opcode == 0x2B || i.opcode == 0xE7)) {
            return false;
        }
        w.xmm();
        int prefix = PREFIX[i.pp];
        boolean digit = (form & SimdForms.DIGIT) != 0;
        boolean gprReg = (form & SimdForms.GPR_REG) != 0;
        boolean rexW = i.w && (gprRm || gprReg || (form & SimdForms.SIZE) == 16 && i.map == Insn.MAP_0F3A);
        int immBytes = (form & SimdForms.IMM) != 0 ? 1 : 0;
        if (i.mem) {
            boolean store = (form & SimdForms.STORE) != 0;
            int size = (form & SimdForms.BY_W) != 0 ? i.w ? 8 : 4 : form & SimdForms.SIZE;
            int la = w.linear(i);
            if ((form & SimdForms.ALIGNED) != 0) {
                w.checkAligned(la, store);
            } else {
                w.check(la, size, store);
            }
            int reg = gprReg ? w.target(i.reg, C) : i.reg;
            a.rm(prefix, i.map, i.opcode, rexW, reg, w.operand(la));
            a.imm(immBytes, i.imm);
            finish(i, form, gprReg, reg);
            return true;
        }
        int reg = digit ? i.regLow : gprReg ? w.target(i.reg, C) : i.reg;
        if (!gprRm) {
            a.rr(prefix, i.map, i.opcode, rexW, reg, i.rm);
            a.imm(immBytes, i.imm);
            finish(i, form, gprReg, reg);
            return true;
        }
        boolean write = (form & SimdForms.STORE) != 0;
        int rm = write ? w.target(i.rm, D) : w.source(i.rm, D);
        a.rr(prefix, i.map, i.opcode, rexW, reg, rm);
        a.imm(immBytes, i.imm);
        if (write) {
            w.done(i.rm, rm);
        }
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

    /** Whether an instruction's op reads or writes x87, MMX or SSE state. */
    static boolean touches(Insn i, OpTable table) {
        if (i.map == Insn.MAP_0F && (i.opcode == 0xAE || i.opcode == 0xC7)) {
            return true;
        }
        OpTable.Entry e = table.get(i.map, i.pp, i.opcode);
        return e != null && e.kind() != OpTable.Kind.INTEGER;
    }
}
