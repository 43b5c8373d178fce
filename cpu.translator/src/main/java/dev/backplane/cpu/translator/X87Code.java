package dev.backplane.cpu.translator;

import static dev.backplane.cpu.translator.CodeWriter.C;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_0F;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_1;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.encode.Assembler;

/**
 * Machine code of x87 and MMX instructions: copied, on the host's own register stack, while all x87 exceptions are
 * masked. What saves, loads or resets the whole state is left to the op.
 */
final class X87Code {
    /** Memory operands by opcode (D8 first) and reg field: the size in bytes, 0: the op has to do it. */
    private static final int[][] SIZES = {{4, 4, 4, 4, 4, 4, 4, 4}, {4, 0, 4, 4, 0, 2, 0, 2}, {4, 4, 4, 4, 4, 4, 4, 4},
        {4, 4, 4, 4, 0, 10, 0, 10}, {8, 8, 8, 8, 8, 8, 8, 8}, {8, 8, 8, 8, 0, 0, 0, 2}, {2, 2, 2, 2, 2, 2, 2, 2},
        {2, 2, 2, 2, 10, 8, 10, 8}};
    /** Reg fields that store, as bits, for the odd opcodes; the even ones never do. */
    private static final int[] STORES = {0, 0x8C, 0, 0x8E, 0, 0x8E, 0, 0xCE};
    private static final int WAIT = 0x9B;

    /** Bits of an MMX form; the low byte is the size of the memory operand. */
    private static final int STORE = 0x100;
    private static final int GPR_RM = 0x200;
    private static final int GPR_REG = 0x400;
    private static final int IMM = 0x800;
    private static final int DIGIT = 0x1000;
    private static final int BY_W = 0x2000;
    private static final int NO_MEMORY = 0x4000;

    private final CodeWriter w;
    private final Assembler a;

    X87Code(CodeWriter w) {
        this.w = w;
        a = w.a;
    }

    /** Writes the code of an x87 instruction; false (and nothing written) if the op has to do it. */
    boolean emit(Insn i) {
        if (i.opcode == WAIT) {
            w.x87();
            return true;
        }
        if (!i.mem) {
            return register(i);
        }
        int escape = i.opcode - 0xD8;
        int size = SIZES[escape][i.regLow];
        if (size == 0 || !w.addressable(i) || i.seg >= Cpu.FS) {
            return false;
        }
        w.x87();
        int la = w.linear(i);
        w.check(la, size, (STORES[escape] >> i.regLow & 1) != 0);
        if (i.opcode == 0xD9 && i.regLow == 5) {
            loadControl(la);
            return true;
        }
        a.rm(0, MAP_1, i.opcode, false, i.regLow, w.operand(la));
        if (!control(i)) {
            a.store64(w.env(Env.X87_DP), la);
            w.x87Last(i, i.seg);
        }
        return true;
    }

    /** FNSTCW and FNSTSW leave the pointers alone. */
    private static boolean control(Insn i) {
        return i.regLow == 7 && (i.opcode == 0xD9 || i.opcode == 0xDD);
    }

    private boolean register(Insn i) {
        int second = i.modrm;
        if (i.opcode == 0xDB && second >= 0xE0 && second < 0xE8) {
            // FNINIT and FNCLEX, and what does nothing since the 80287.
            return false;
        }
        w.x87();
        a.byte8(i.opcode);
        a.byte8(second);
        if (i.opcode != 0xDF || second != 0xE0) {
            w.x87Last(i, -1);
        }
        return true;
    }

    /** FLDCW of a word that may change meanwhile, and which must mask everything. */
    private void loadControl(int la) {
        a.rm(0, MAP_0F, 0xB7, false, C, w.operand(la));
        a.store64(w.env(Env.X87_CONTROL), C);
        a.not64(C);
        a.pext(C, C, w.env(Env.MASK_63));
        a.jrcxz(5);
        w.leaveForOp();
        a.rm(0, MAP_1, 0xD9, false, 5, w.env(Env.X87_CONTROL));
    }

    // MMX.

    private static int mmxForm(int map, int op) {
        if (map == Insn.MAP_0F38) {
            return op <= 0x0B || op >= 0x1C && op <= 0x1E ? 8 : 0;
        }
        if (map == Insn.MAP_0F3A) {
            return op == 0x0F ? 8 | IMM : 0;
        }
        return switch (op) {
            case 0x60, 0x61, 0x62 -> 4;
            case 0x6E -> GPR_RM | BY_W;
            case 0x70 -> 8 | IMM;
            case 0x71, 0x72, 0x73 -> IMM | DIGIT | NO_MEMORY;
            case 0x7E -> GPR_RM | BY_W | STORE;
            case 0x7F -> 8 | STORE;
            case 0xC4 -> 2 | GPR_RM | IMM;
            case 0xC5 -> GPR_REG | IMM | NO_MEMORY;
            case 0xD7 -> GPR_REG | NO_MEMORY;
            case 0xE7 -> 8 | STORE;
            case 0x6C, 0x6D, 0xD0, 0xD6, 0xE6, 0xF0, 0xF7, 0xFF -> 0;
            default -> op >= 0x63 && op <= 0x6F || op >= 0x74 && op <= 0x76 || op >= 0xD1 && op <= 0xFE ? 8 : 0;
        };
    }

    /** Writes the code of an MMX instruction; false (and nothing written) if the op has to do it. */
    boolean emitMmx(Insn i) {
        if (i.vex || i.pp != 0) {
            return false;
        }
        if (i.map == Insn.MAP_0F && i.opcode == 0x77) {
            w.x87();
            a.byte8(0x0F);
            a.byte8(0x77);
            return true;
        }
        int form = mmxForm(i.map, i.opcode);
        if (form == 0 || i.mem && ((form & NO_MEMORY) != 0 || !w.addressable(i))) {
            return false;
        }
        w.x87();
        boolean store = (form & STORE) != 0;
        boolean gprRm = (form & GPR_RM) != 0;
        boolean gprReg = (form & GPR_REG) != 0;
        boolean wide = (form & BY_W) != 0 && i.w;
        int bytes = (form & IMM) != 0 ? 1 : 0;
        if (i.mem) {
            int la = w.linear(i);
            w.check(la, (form & BY_W) != 0 ? i.w ? 8 : 4 : form & 0xFF, store);
            a.rm(0, i.map, i.opcode, wide, i.regLow, w.operand(la));
            a.imm(bytes, i.imm);
            return true;
        }
        int reg = gprReg ? w.target(i.reg, C) : i.regLow;
        int rm = !gprRm ? i.rmLow : store ? w.target(i.rm, CodeWriter.D) : w.source(i.rm, CodeWriter.D);
        a.rr(0, i.map, i.opcode, wide, reg, rm);
        a.imm(bytes, i.imm);
        if (gprRm && store) {
            w.done(i.rm, rm);
        }
        if (gprReg) {
            w.done(i.reg, reg);
        }
        return true;
    }
}
