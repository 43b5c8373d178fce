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

    private static final int FULL = 16 | ALIGNED;

    private final int[] forms = new int[16 * 256];

    SimdForms() {
        packed();
        integers();
        scalar(PF3, 4);
        scalar(PF2, 8);
        repeats();
        three();
    }

    /** The form, or 0: not copied. */
    int get(int map, int column, int opcode) {
        return map > 3 ? 0 : forms[(map << 2 | column) << 8 | opcode];
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
}
