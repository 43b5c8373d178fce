package dev.backplane.test.oracle;

/** The rm operand of an instruction. */
sealed interface Operand {
    /** REX.X and REX.B. */
    int rexXB();

    /** Emits ModRM, SIB and displacement. */
    void emit(Assembler a, int regField);

    /** A register, 0 to 15. */
    record Register(int number) implements Operand {
        @Override
        public int rexXB() {
            return number >> 3;
        }

        @Override
        public void emit(Assembler a, int regField) {
            a.bytes(0xC0 | regField << 3 | number & 7);
        }
    }

    /**
     * A memory operand.
     *
     * @param base  0 to 15, -1 for none (absolute)
     * @param index 0 to 15 but 4, or -1 for none
     * @param scale 0 to 3: the shift
     * @param disp  signed
     */
    record Memory(int base, int index, int scale, int disp) implements Operand {
        @Override
        public int rexXB() {
            return (index >= 8 ? 2 : 0) | (base >= 8 ? 1 : 0);
        }

        @Override
        public void emit(Assembler a, int regField) {
            boolean sib = base < 0 || index >= 0 || (base & 7) == 4;
            int mod = base < 0 || disp == 0 && (base & 7) != 5 ? 0 : disp == (byte) disp ? 1 : 2;
            a.bytes(mod << 6 | regField << 3 | (sib ? 4 : base & 7));
            if (sib) {
                a.bytes(scale << 6 | (index < 0 ? 4 : index & 7) << 3 | (base < 0 ? 5 : base & 7));
            }
            if (base < 0 || mod == 2) {
                a.imm(disp, 4);
            } else if (mod == 1) {
                a.imm(disp, 1);
            }
        }
    }

    /**
     * The memory operand of a gather.
     *
     * @param base  0 to 15
     * @param index an XMM or YMM register, 0 to 15
     * @param scale 0 to 3: the shift
     * @param disp  signed
     */
    record Vectors(int base, int index, int scale, int disp) implements Operand {
        @Override
        public int rexXB() {
            return (index >= 8 ? 2 : 0) | (base >= 8 ? 1 : 0);
        }

        @Override
        public void emit(Assembler a, int regField) {
            boolean near = disp == (byte) disp;
            a.bytes((near ? 0x40 : 0x80) | regField << 3 | 4, scale << 6 | (index & 7) << 3 | base & 7);
            a.imm(disp, near ? 1 : 4);
        }
    }
}
