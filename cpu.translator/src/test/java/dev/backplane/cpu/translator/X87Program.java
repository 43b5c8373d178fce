package dev.backplane.cpu.translator;

/**
 * A random loop of x87 and MMX instructions, with what may happen between them: stack faults, control words that unmask
 * exceptions, saved and loaded images, calls, integer code, memory operands that cross pages or fault. RBP points to
 * data, R13 counts.
 */
final class X87Program extends Emitted {
    private static final int ROUNDS = 8;
    /** D9 E0 and above: not the transcendental ones, which the interpreter rounds in its own way. */
    private static final int[] UNARY = {0xE0, 0xE1, 0xE4, 0xE5, 0xE8, 0xE9, 0xEA, 0xEB, 0xEC, 0xED, 0xEE, 0xF4, 0xF6,
        0xF7, 0xFA, 0xFC, 0xFD, 0xD0};
    private static final int[] MMX = {0x60, 0x61, 0x62, 0x63, 0x64, 0x67, 0x68, 0x6B, 0x6F, 0x74, 0x75, 0x76, 0xD1,
        0xD4, 0xD5, 0xDB, 0xDF, 0xE0, 0xE5, 0xEB, 0xEF, 0xF1, 0xF4, 0xF5, 0xF6, 0xFC, 0xFD, 0xFE};

    private final boolean faults;
    private final boolean unmasks;
    private final boolean mmx;

    X87Program(long seed) {
        super(seed);
        faults = r.nextInt(4) == 0;
        unmasks = r.nextInt(3) == 0;
        mmx = r.nextInt(3) == 0;
    }

    byte[] bytes() {
        count(ROUNDS);
        emit(0xDB, 0xE3);
        int loop = out.size();
        int count = 5 + r.nextInt(50);
        for (int n = 0; n < count; n++) {
            instruction();
        }
        return end(loop);
    }

    private void instruction() {
        switch (r.nextInt(24)) {
            case 0, 1, 2 -> memory(new int[] {0xD9, 0xDD, 0xDB, 0xDF}[r.nextInt(4)], 0);
            case 3, 4 -> memory(0xDB, r.nextBoolean() ? 5 : 7);
            case 5, 6 -> memory(new int[] {0xD9, 0xDD, 0xDB, 0xDF}[r.nextInt(4)], 2 + r.nextInt(2));
            case 7, 8 -> memory(new int[] {0xD8, 0xDA, 0xDC, 0xDE}[r.nextInt(4)], r.nextInt(8));
            case 9, 10 -> emit(0xD8, 0xC0 | r.nextInt(64));
            case 11, 12 -> {
                int reg = new int[] {0, 1, 4, 5, 6, 7}[r.nextInt(6)];
                emit(r.nextBoolean() ? 0xDC : 0xDE, 0xC0 | reg << 3 | r.nextInt(8));
            }
            case 13 -> emit(0xD9, UNARY[r.nextInt(UNARY.length)]);
            case 14 -> emit(0xD9, 0xC0 | r.nextInt(16));
            case 15 -> {
                emit(0xDD, 0xC0 | new int[] {0, 2, 3, 4, 5}[r.nextInt(5)] << 3 | r.nextInt(8));
                // FFREE leaves C1 undefined, FXAM defines it.
                emit(0xD9, 0xE5);
            }
            case 16 -> compare();
            case 17 -> memory(new int[] {0xDF, 0xDD, 0xDF, 0xDF}[r.nextInt(4)], 5 + r.nextInt(3) / 2 * 2);
            case 18 -> control();
            case 19 -> image();
            case 20 -> integer();
            case 21 -> call();
            default -> {
                if (mmx) {
                    mmx();
                } else {
                    emit(0xDD, 0xD8 | r.nextInt(8));
                }
            }
        }
    }

    private void compare() {
        switch (r.nextInt(5)) {
            case 0 -> emit(0xDB, 0xE8 | r.nextInt(16));
            case 1 -> emit(0xDF, 0xE8 | r.nextInt(16));
            case 2 -> emit(0xDE, 0xD9, 0xDF, 0xE0);
            case 3 -> emit(0xDA, 0xE9, 0xDF, 0xE0);
            default -> emit(0x48, 0x39, 0xD8, 0xDA | r.nextInt(2), 0xC0 | r.nextInt(32));
        }
    }

    /** FNSTCW, FNSTSW, FWAIT, FNCLEX, FNINIT, FLDCW. */
    private void control() {
        switch (r.nextInt(7)) {
            case 0 -> memory(0xD9, 7);
            case 1 -> memory(0xDD, 7);
            case 2 -> emit(0xDF, 0xE0);
            case 3 -> emit(0x9B);
            case 4 -> emit(0xDB, 0xE2 | r.nextInt(2));
            default -> {
                // mov word [rbp + x], control; fldcw [rbp + x]
                int mask = unmasks && r.nextInt(3) == 0 ? r.nextInt(64) : 0x3F;
                int at = r.nextInt(0x1800);
                emit(0x66, 0xC7, 0x85);
                imm32(at);
                int control = mask | 0x40 | new int[] {0, 2, 3}[r.nextInt(3)] << 8 | r.nextInt(4) << 10;
                emit(control, control >> 8, 0xD9, 0xAD);
                imm32(at);
            }
        }
    }

    /** FNSTENV, FNSTENV and FLDENV, FNSAVE and FRSTOR, FXSAVE64. */
    private void image() {
        int at = r.nextInt(0x1E00) & -16;
        switch (r.nextInt(5)) {
            case 0 -> fixed(0xD9, 6, at);
            case 1 -> {
                fixed(0xD9, 6, at);
                fixed(0xD9, 4, at);
            }
            case 2 -> {
                fixed(0xDD, 6, at);
                fixed(0xDD, 4, at);
            }
            case 3 -> {
                emit(0x0F);
                fixed(0xAE, 0, at);
            }
            default -> {
                emit(0x48, 0x0F);
                fixed(0xAE, 0, at);
                emit(0x48, 0x0F);
                fixed(0xAE, 1, at);
            }
        }
    }

    private void fixed(int opcode, int reg, int at) {
        emit(opcode, 0x85 | reg << 3);
        imm32(at);
    }

    private void integer() {
        int reg = r.nextInt(4);
        switch (r.nextInt(4)) {
            case 0 -> emit(0x48, 0x83, 0xC0 | reg, r.nextInt(256));
            case 1 -> memory(0x03, reg);
            case 2 -> memory(0x89, reg);
            // jcc over an instruction
            default -> emit(0x70 | r.nextInt(16), 2, 0xD9, 0xE8);
        }
    }

    /** call over; jmp after; over: fld1; ret; after: */
    private void call() {
        emit(0xE8);
        imm32(2);
        emit(0xEB, 3, 0xD9, 0xE8 | r.nextInt(6), 0xC3);
    }

    private void mmx() {
        switch (r.nextInt(8)) {
            case 0 -> emit(0x0F, 0x77);
            case 1 -> {
                emit(0x48, 0x0F, 0x6E | r.nextInt(2) << 4, 0xC0 | r.nextInt(8) << 3 | r.nextInt(4));
            }
            case 2 -> {
                emit(0x0F);
                memory(r.nextBoolean() ? 0x7F : 0x7E, r.nextInt(8));
            }
            case 3 -> emit(0x0F, 0x70, 0xC0 | r.nextInt(64), r.nextInt(256));
            case 4 -> emit(0x0F, 0x71 + r.nextInt(3), 0xD0 | r.nextInt(8), r.nextInt(70));
            case 5 -> emit(0x0F, 0x38, r.nextInt(12), 0xC0 | r.nextInt(64));
            case 6 -> {
                emit(0x0F);
                memory(MMX[r.nextInt(MMX.length)], r.nextInt(8));
            }
            default -> emit(0x0F, MMX[r.nextInt(MMX.length)], 0xC0 | r.nextInt(64));
        }
    }

    private void memory(int opcode, int reg) {
        emit(opcode, 0x85 | reg << 3);
        if (faults && r.nextInt(60) == 0) {
            imm32(Guest.HOLE - Guest.DATA - 1 - r.nextInt(12) + r.nextInt(2) * 0x1000);
        } else if (r.nextInt(6) == 0) {
            imm32(0x1000 * (1 + r.nextInt(2)) - 1 - r.nextInt(16));
        } else {
            imm32(r.nextInt(0x1000));
        }
    }
}
