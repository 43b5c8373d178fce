package dev.backplane.cpu.translator;

import java.util.ArrayList;
import java.util.List;

/**
 * A random program: a loop around random instructions with forward branches, calls, memory operands that may cross
 * pages or fault, and stores into its own code. Its flags are defined wherever it looks at them. RBP points to data, R13
 * counts.
 */
final class RandomProgram extends Emitted {
    private static final int[] FREE = {0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 14, 15};
    private static final int ROUNDS = 12;

    private final List<Integer> starts = new ArrayList<>();
    private final boolean faults;
    private final boolean patches;

    RandomProgram(long seed) {
        super(seed);
        faults = r.nextInt(4) == 0;
        patches = r.nextInt(4) == 0;
    }

    /** The program, for the address {@link Guest#CODE} plus some offset that the caller chooses. */
    byte[] bytes() {
        count(ROUNDS);
        int loop = out.size();
        int count = 5 + r.nextInt(60);
        for (int n = 0; n < count; n++) {
            starts.add(out.size());
            instruction();
        }
        return end(loop);
    }

    private int any() {
        return FREE[r.nextInt(FREE.length)];
    }

    private void instruction() {
        if (r.nextInt(6) == 0) {
            near();
            return;
        }
        switch (r.nextInt(patches ? 26 : 25)) {
            case 0, 1, 2, 3 -> modrm(r.nextInt(8) << 3 | r.nextInt(4), true);
            case 4, 5, 6 -> modrm(0x88 | r.nextInt(4), true);
            case 7 -> {
                modrm(r.nextBoolean() ? 0x81 : 0x83, true, r.nextInt(8));
            }
            case 8 -> {
                shift();
                define();
            }
            case 9 -> two(0x40 | r.nextInt(16), true);
            case 10 -> two(0x90 | r.nextInt(16), false);
            case 11 -> two(new int[] {0xB6, 0xB7, 0xBE, 0xBF}[r.nextInt(4)], true);
            case 12 -> {
                two(0xAF, true);
                define();
            }
            case 13 -> lea();
            case 14 -> pushPop();
            case 15 -> forward();
            case 16 -> call();
            case 17 -> locked();
            case 18 -> modrm(0xFF, true, r.nextInt(2));
            case 19 -> modrm(0xF7, true, 2 + r.nextInt(2));
            case 20 -> simd();
            case 21 -> {
                emit(0x48 | r.nextInt(2), 0x0F, 0xC8 | new int[] {0, 1, 2, 3, 6, 7}[r.nextInt(6)]);
            }
            case 22 -> string();
            case 23 -> divide();
            case 24 -> modrm(0x86 | r.nextInt(2), true);
            default -> patch();
        }
    }

    /** Accesses near one another, by RBP or by a stack pointer that moves: translated code checks them together. */
    private void near() {
        int count = 2 + r.nextInt(6);
        boolean stack = r.nextInt(3) == 0;
        int at = r.nextInt(4) == 0 ? 0x1000 * (1 + r.nextInt(3)) - 1 - r.nextInt(60) : r.nextInt(0x3000);
        if (faults && r.nextInt(30) == 0) {
            at = Guest.HOLE - Guest.DATA - 1 - r.nextInt(60) + r.nextInt(2) * 0x1000;
        }
        if (stack) {
            emit(0x48, 0x83, 0xEC, 64);
        }
        for (int n = 0; n < count; n++) {
            int reg = any();
            int rex = 0x40 | r.nextInt(2) << 3 | reg >> 3 << 2;
            int field = (reg & 7) << 3;
            int opcode = new int[] {0x8B, 0x89, 0x03, 0x01, 0x3B, 0x88, 0x8A, 0x23, 0x31, 0x63}[r.nextInt(10)];
            switch (r.nextInt(stack ? 4 : 2)) {
                case 0 -> {
                    if (stack) {
                        emit(rex, opcode, 0x44 | field, 0x24, r.nextInt(48));
                    } else {
                        emit(rex, opcode, 0x85 | field);
                        imm32(at + r.nextInt(60));
                    }
                }
                case 1 -> emit(0x48 | reg >> 3 << 2, r.nextBoolean() ? 0x8B : 0x03, 0xC0 | field | r.nextInt(4));
                case 2 -> pushPop();
                default -> emit(0x6A, r.nextInt(256), 0x48, 0x8D, 0x64, 0x24, 8);
            }
        }
        if (stack) {
            emit(0x48, 0x83, 0xC4, 64);
        }
        define();
    }

    private void define() {
        emit(0x48, 0x39, 0xC0 | new int[] {0, 1, 2, 3}[r.nextInt(4)] << 3 | 6);
    }

    /** Prefixes and opcode of map 1, then operands and an immediate if the opcode has one. */
    private void modrm(int opcode, boolean sizes) {
        modrm(opcode, sizes, -1);
    }

    private void modrm(int opcode, boolean sizes, int digit) {
        boolean p66 = sizes && r.nextInt(6) == 0;
        if (p66) {
            emit(0x66);
        }
        int w = r.nextBoolean() ? 8 : 0;
        int immediate = opcode == 0x83 ? 1 : opcode == 0x81 ? p66 && w == 0 ? 2 : 4 : 0;
        operands(digit, w, immediate, opcode);
    }

    private void two(int opcode, boolean sizes) {
        if (sizes && r.nextInt(6) == 0) {
            emit(0x66);
        }
        operands(-1, r.nextBoolean() ? 8 : 0, 0, 0x0F, opcode);
    }

    /** REX, opcode, ModRM and what follows; the operand in r/m is a register or memory at RBP. */
    private void operands(int digit, int w, int immediate, int... opcode) {
        boolean memory = r.nextInt(3) != 0;
        int reg = digit >= 0 ? digit : any();
        int rm = any();
        boolean rex = w != 0 || reg >= 8 || !memory && rm >= 8 || r.nextBoolean();
        if (!rex) {
            // Without REX byte registers may be AH to BH; RSP and RBP stay what they are.
            int op = opcode[opcode.length - 1];
            boolean bytes = opcode.length == 1 ? (op & 1) == 0 && op != 0x81 : (op & 0xF0) == 0x90
                || op == 0xB6 || op == 0xBE;
            if (bytes && r.nextInt(3) == 0) {
                if (digit < 0 && opcode.length == 1) {
                    reg = 4 + r.nextInt(4);
                }
                rm = 4 + r.nextInt(4);
            }
        } else {
            emit(0x40 | w | reg >> 3 << 2 | (memory ? 0 : rm >> 3));
        }
        emit(opcode);
        if (memory) {
            memory(reg);
        } else {
            emit(0xC0 | (reg & 7) << 3 | rm & 7);
        }
        for (int n = 0; n < immediate; n++) {
            emit(r.nextInt(256));
        }
    }

    private void memory(int reg) {
        int field = (reg & 7) << 3;
        if (faults && r.nextInt(150) == 0) {
            // Into or over the edge of the hole.
            emit(0x80 | field | 5);
            imm32(Guest.HOLE - Guest.DATA - 1 - r.nextInt(12) + r.nextInt(2) * 0x1000);
        } else if (r.nextInt(4) == 0) {
            emit(0x80 | field | 5);
            imm32(0x1000 * (1 + r.nextInt(3)) - 1 - r.nextInt(16));
        } else {
            emit(0x80 | field | 5);
            imm32(r.nextInt(0x3000));
        }
    }

    private void shift() {
        int opcode = new int[] {0xC0, 0xC1, 0xD0, 0xD1, 0xD2, 0xD3}[r.nextInt(6)];
        operands(new int[] {0, 1, 4, 5, 7}[r.nextInt(5)], r.nextBoolean() ? 8 : 0, opcode < 0xD0 ? 1 : 0, opcode);
    }

    private void lea() {
        int reg = any();
        int base = any();
        int index = any();
        emit(0x48 | reg >> 3 << 2 | index >> 3 << 1 | base >> 3, 0x8D, 0x84 | (reg & 7) << 3,
            r.nextInt(4) << 6 | (index & 7) << 3 | base & 7);
        imm32(r.nextInt());
    }

    private void pushPop() {
        int a = any();
        int b = any();
        emit(0x40 | a >> 3, 0x50 | a & 7, 0x40 | b >> 3, 0x58 | b & 7);
    }

    private void forward() {
        // jcc over an instruction of known length: mov r, imm32.
        int reg = any();
        emit(0x70 | r.nextInt(16), 7, 0x48 | reg >> 3, 0xC7, 0xC0 | reg & 7);
        imm32(r.nextInt());
    }

    private void call() {
        // call over; jmp after; over: add r, imm8; ret; after:
        int reg = any();
        emit(0xE8);
        imm32(2);
        emit(0xEB, 5, 0x48 | reg >> 3, 0x83, 0xC0 | reg & 7, r.nextInt(256), 0xC3);
    }

    private void locked() {
        int kind = r.nextInt(3);
        int reg = any();
        int rex = 0x40 | (r.nextBoolean() ? 8 : 0) | reg >> 3 << 2;
        // Aligned: a locked access over the end of a page is slow, not different.
        if (kind == 0) {
            emit(0xF0, rex, 0x01, 0x85 | (reg & 7) << 3);
        } else {
            emit(0xF0, rex, 0x0F, kind == 1 ? 0xC1 : 0xB1, 0x85 | (reg & 7) << 3);
        }
        imm32(r.nextInt(0x300) << 3);
    }

    private void simd() {
        int[] opcodes = {0xFC, 0xFD, 0xFE, 0xD4, 0xEF, 0xEB, 0xDB, 0x60, 0x62, 0x6C, 0x74, 0x76, 0xF4, 0xD5};
        int reg = r.nextInt(16);
        int rm = r.nextInt(16);
        switch (r.nextInt(5)) {
            case 0 -> {
                emit(0xF3, 0x40 | reg >> 3 << 2, 0x0F, 0x6F);
                memory(reg);
            }
            case 1 -> {
                emit(0xF3, 0x40 | reg >> 3 << 2, 0x0F, 0x7F);
                memory(reg);
            }
            case 2 -> {
                int g = any();
                emit(0x66, 0x48 | reg >> 3 << 2 | g >> 3, 0x0F, r.nextBoolean() ? 0x6E : 0x7E,
                    0xC0 | (reg & 7) << 3 | g & 7);
            }
            case 3 -> {
                // The same with VEX and 256 bits.
                emit(0xC4, (~reg >> 3 & 1) << 7 | 0x40 | (~rm >> 3 & 1) << 5 | 1, (~r.nextInt(16) & 15) << 3 | 5,
                    opcodes[r.nextInt(opcodes.length)], 0xC0 | (reg & 7) << 3 | rm & 7);
            }
            default -> emit(0x66, 0x40 | reg >> 3 << 2 | rm >> 3, 0x0F, opcodes[r.nextInt(opcodes.length)],
                0xC0 | (reg & 7) << 3 | rm & 7);
        }
    }

    private void string() {
        // lea rsi/rdi, [rbp+x]; mov ecx, n; rep movs/stos/lods
        emit(0x48, 0x8D, 0xB5);
        imm32(r.nextInt(0x3000));
        emit(0x48, 0x8D, 0xBD);
        imm32(r.nextInt(0x3000));
        emit(0xB9);
        imm32(r.nextInt(40));
        emit(0xF3, new int[] {0xA4, 0xA5, 0xAA, 0xAB, 0xAC}[r.nextInt(5)]);
    }

    private void divide() {
        // xor edx, edx or cqo; div/idiv r: a divisor of 0 ends the program.
        int reg = new int[] {3, 6, 7, 8, 9, 10, 12}[r.nextInt(7)];
        if (!faults) {
            emit(0x48 | reg >> 3, 0x83, 0xC8 | reg & 7, 0x10);
        }
        boolean signed = r.nextBoolean();
        if (signed) {
            emit(0x48, 0x99);
        } else {
            emit(0x31, 0xD2);
        }
        emit(0x48 | reg >> 3, 0xF7, (signed ? 0xF8 : 0xF0) | reg & 7);
        define();
    }

    /** Writes a byte of an immediate further up: mov r, imm32 ahead is what it changes. */
    private void patch() {
        int reg = any();
        // mov byte [rip + 4 + n], al lies before: mov reg, imm32 whose immediate it hits; then jmp is no issue.
        emit(0x88, 0x05);
        imm32(3);
        emit(0x48 | reg >> 3, 0xC7, 0xC0 | reg & 7);
        imm32(r.nextInt());
    }
}
