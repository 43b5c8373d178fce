package dev.backplane.cpu.translator;

import static dev.backplane.cpu.x86.Insn.MAP_0F;
import static dev.backplane.cpu.x86.Insn.MAP_0F38;
import static dev.backplane.cpu.x86.Insn.MAP_0F3A;
import static dev.backplane.cpu.x86.OpTable.NP;
import static dev.backplane.cpu.x86.OpTable.P66;
import static dev.backplane.cpu.x86.OpTable.PF2;
import static dev.backplane.cpu.x86.OpTable.PF3;

/** The SSE instructions that are copied, by their operands. What computes approximately (RCPPS) is not among them. */
final class SimdForms {
    /** What VEX maps are more than legacy ones. */
    private static final int VEX = 4;
    /** Bits of a form; the low byte is the size of the memory operand, 0 if there is none. */
    static final int SIZE = 0xFF;
    static final int ALIGNED = 0x100;
    /** The r/m operand is written. */
    static final int STORE = 0x200;
    /** The r/m operand is a general register if it is one. */
    static final int GPR_RM = 0x400;
    /** The reg operand is a general register, which is written. */
    static final int GPR_REG = 0x800;
    static final int IMM = 0x1000;
    /** The reg field extends the opcode. */
    static final int DIGIT = 0x2000;
    /** ECX gets the result. */
    static final int INDEX_IN_ECX = 0x4000;
    /** Only registers. */
    static final int NO_MEMORY = 0x8000;
    /** The memory operand of a general register has its size: 4, or 8 with REX.W. */
    static final int BY_W = 0x10000;

    /** VEX only: the memory operand is as wide as the vectors. */
    static final int VECTOR = 0x20000;
    /** VEX only: the memory operand has twice the size for vectors of 256 bits. */
    static final int DOUBLED = 0x40000;
    /** VEX only: a scalar of 4 bytes, or 8 with VEX.W. */
    static final int SCALAR_BY_W = 0x80000;

    /** MOVDDUP reads half a vector if that has 128 bits. */
    private static final int MOVDDUP = 0x100000;

    private static final int FULL = 16 | ALIGNED;

    private final int[] forms = new int[32 * 256];

    SimdForms() {
        packed();
        integers();
        scalar(PF3, 4);
        scalar(PF2, 8);
        repeats();
        three();
        vex();
    }

    /** The form, or 0: not copied. */
    int get(int map, int column, int opcode) {
        int form = forms[(map << 2 | column) << 8 | opcode];
        return form != 0 || map < VEX ? form : widened(map - VEX, column, opcode);
    }

    /** The VEX form of an instruction that SSE has. */
    private int widened(int map, int column, int opcode) {
        int form = forms[(map << 2 | column) << 8 | opcode];
        if ((form & SIZE) != 16) {
            return form;
        }
        boolean aligned = map == MAP_0F && (opcode == 0x28 || opcode == 0x29 || opcode == 0x2B || opcode == 0xE7
            || column == P66 && (opcode == 0x6F || opcode == 0x7F)) || map == MAP_0F38 && opcode == 0x2A;
        return form & ~(ALIGNED | SIZE) | VECTOR | (aligned ? ALIGNED : 0);
    }

    private void put(int map, int column, int form, int... opcodes) {
        for (int opcode : opcodes) {
            forms[(map << 2 | column) << 8 | opcode] = form;
        }
    }

    private void range(int map, int column, int form, int from, int to) {
        for (int opcode = from; opcode <= to; opcode++) {
            put(map, column, form, opcode);
        }
    }

    private void packed() {
        for (int p : new int[] {NP, P66}) {
            put(MAP_0F, p, 16, 0x10);
            put(MAP_0F, p, 16 | STORE, 0x11);
            put(MAP_0F, p, 8, 0x12, 0x16);
            put(MAP_0F, p, 8 | STORE, 0x13, 0x17);
            put(MAP_0F, p, FULL, 0x14, 0x15, 0x28, 0x51, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5B, 0x5C, 0x5D, 0x5E,
                0x5F);
            put(MAP_0F, p, FULL | STORE, 0x29, 0x2B);
            put(MAP_0F, p, p == NP ? 4 : 8, 0x2E, 0x2F);
            put(MAP_0F, p, GPR_REG | NO_MEMORY, 0x50);
            put(MAP_0F, p, p == NP ? 8 : FULL, 0x5A);
            put(MAP_0F, p, FULL | IMM, 0xC2, 0xC6);
        }
    }

    private void integers() {
        range(MAP_0F, P66, FULL, 0x60, 0x6D);
        put(MAP_0F, P66, GPR_RM | BY_W, 0x6E);
        put(MAP_0F, P66, FULL, 0x6F);
        put(MAP_0F, P66, FULL | IMM, 0x70);
        put(MAP_0F, P66, IMM | DIGIT | NO_MEMORY, 0x71, 0x72, 0x73);
        put(MAP_0F, P66, FULL, 0x74, 0x75, 0x76, 0x7C, 0x7D);
        put(MAP_0F, P66, GPR_RM | BY_W | STORE, 0x7E);
        put(MAP_0F, P66, FULL | STORE, 0x7F, 0xE7);
        put(MAP_0F, P66, 2 | GPR_RM | IMM, 0xC4);
        put(MAP_0F, P66, GPR_REG | IMM | NO_MEMORY, 0xC5);
        range(MAP_0F, P66, FULL, 0xD0, 0xD5);
        put(MAP_0F, P66, 8 | STORE, 0xD6);
        put(MAP_0F, P66, GPR_REG | NO_MEMORY, 0xD7);
        range(MAP_0F, P66, FULL, 0xD8, 0xE6);
        range(MAP_0F, P66, FULL, 0xE8, 0xEF);
        range(MAP_0F, P66, FULL, 0xF1, 0xF6);
        range(MAP_0F, P66, FULL, 0xF8, 0xFE);
    }

    private void scalar(int p, int size) {
        put(MAP_0F, p, size, 0x10, 0x51, 0x58, 0x59, 0x5A, 0x5C, 0x5D, 0x5E, 0x5F);
        put(MAP_0F, p, size | STORE, 0x11);
        put(MAP_0F, p, GPR_RM | BY_W, 0x2A);
        put(MAP_0F, p, size | GPR_REG, 0x2C, 0x2D);
        put(MAP_0F, p, size | IMM, 0xC2);
    }

    private void repeats() {
        put(MAP_0F, PF3, FULL, 0x12, 0x16, 0x5B);
        put(MAP_0F, PF3, 16, 0x6F);
        put(MAP_0F, PF3, FULL | IMM, 0x70);
        put(MAP_0F, PF3, 8, 0x7E, 0xE6);
        put(MAP_0F, PF3, 16 | STORE, 0x7F);
        put(MAP_0F, PF2, 8, 0x12);
        put(MAP_0F, PF2, FULL | IMM, 0x70);
        put(MAP_0F, PF2, FULL, 0x7C, 0x7D, 0xD0, 0xE6);
        put(MAP_0F, PF2, 16, 0xF0);
    }

    private void three() {
        range(MAP_0F38, P66, FULL, 0x00, 0x0B);
        put(MAP_0F38, P66, FULL, 0x10, 0x14, 0x15, 0x17, 0x1C, 0x1D, 0x1E, 0x28, 0x29, 0x2A, 0x2B, 0x37);
        range(MAP_0F38, P66, FULL, 0x38, 0x41);
        range(MAP_0F38, P66, FULL, 0xDB, 0xDF);
        for (int first : new int[] {0x20, 0x30}) {
            put(MAP_0F38, P66, 8, first, first + 3, first + 5);
            put(MAP_0F38, P66, 4, first + 1, first + 4);
            put(MAP_0F38, P66, 2, first + 2);
        }
        range(MAP_0F3A, P66, FULL | IMM, 0x08, 0x09);
        put(MAP_0F3A, P66, 4 | IMM, 0x0A, 0x21);
        put(MAP_0F3A, P66, 8 | IMM, 0x0B);
        range(MAP_0F3A, P66, FULL | IMM, 0x0C, 0x0F);
        put(MAP_0F3A, P66, 1 | GPR_RM | STORE | IMM, 0x14);
        put(MAP_0F3A, P66, 2 | GPR_RM | STORE | IMM, 0x15);
        put(MAP_0F3A, P66, GPR_RM | STORE | BY_W | IMM, 0x16);
        put(MAP_0F3A, P66, 4 | GPR_RM | STORE | IMM, 0x17);
        put(MAP_0F3A, P66, 1 | GPR_RM | IMM, 0x20);
        put(MAP_0F3A, P66, GPR_RM | BY_W | IMM, 0x22);
        put(MAP_0F3A, P66, FULL | IMM, 0x40, 0x41, 0x42, 0x44, 0xDF);
        put(MAP_0F3A, P66, 16 | IMM, 0x60, 0x62);
        put(MAP_0F3A, P66, 16 | IMM | INDEX_IN_ECX, 0x61, 0x63);
    }

    /** What AVX, AVX2, FMA and F16C add, and what is not simply wider. */
    private void vex() {
        int two = MAP_0F + VEX;
        int three = MAP_0F38 + VEX;
        int imm = MAP_0F3A + VEX;
        put(two, P66, 16, 0xD1, 0xD2, 0xD3, 0xE1, 0xE2, 0xF1, 0xF2, 0xF3);
        put(two, NP, 8 | DOUBLED, 0x5A);
        put(two, PF3, 8 | DOUBLED, 0xE6);
        put(two, PF2, VECTOR | MOVDDUP, 0x12);
        for (int first : new int[] {0x20, 0x30}) {
            put(three, P66, 8 | DOUBLED, first, first + 3, first + 5);
            put(three, P66, 4 | DOUBLED, first + 1, first + 4);
            put(three, P66, 2 | DOUBLED, first + 2);
        }
        put(three, P66, VECTOR, 0x0C, 0x0D, 0x0E, 0x0F, 0x16, 0x36, 0x45, 0x46, 0x47);
        put(three, P66, 8 | DOUBLED, 0x13);
        put(three, P66, 4, 0x18, 0x58);
        put(three, P66, 8, 0x19, 0x59);
        put(three, P66, 16, 0x1A, 0x5A);
        put(three, P66, 1, 0x78);
        put(three, P66, 2, 0x79);
        for (int order = 0x90; order <= 0xB0; order += 0x10) {
            for (int low = 6; low < 16; low++) {
                put(three, P66, low >= 8 && (low & 1) != 0 ? SCALAR_BY_W : VECTOR, order + low);
            }
        }
        put(imm, P66, VECTOR | IMM, 0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x46, 0x4A, 0x4B, 0x4C);
        put(imm, P66, 16 | IMM, 0x18, 0x38);
        put(imm, P66, 16 | STORE | IMM, 0x19, 0x39);
        put(imm, P66, 8 | DOUBLED | STORE | IMM, 0x1D);
        put(imm, P66, 16 | IMM, 0x60, 0x62);
        put(imm, P66, 16 | IMM | INDEX_IN_ECX, 0x61, 0x63);
    }

    /** The size of the memory operand. */
    static int size(int form, boolean w, boolean l) {
        if ((form & VECTOR) != 0) {
            return l ? 32 : (form & MOVDDUP) != 0 ? 8 : 16;
        }
        if ((form & (BY_W | SCALAR_BY_W)) != 0) {
            return w ? 8 : 4;
        }
        return (form & DOUBLED) != 0 && l ? 2 * (form & SIZE) : form & SIZE;
    }
}
