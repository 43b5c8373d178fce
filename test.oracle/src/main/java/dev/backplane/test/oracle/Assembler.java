package dev.backplane.test.oracle;

/** Writes instruction bytes into a {@link TestCase}: prefixes, REX, opcode, ModRM with operands, immediates. */
final class Assembler {
    /** Opcode maps: one-byte, 0F, 0F 38, 0F 3A. */
    enum Map { ONE, M0F, M0F38, M0F3A }

    private final TestCase c;

    Assembler(TestCase c) {
        this.c = c;
    }

    Assembler bytes(int... values) {
        for (int v : values) {
            c.code[c.length++] = (byte) v;
        }
        return this;
    }

    Assembler imm(long value, int size) {
        for (int i = 0; i < size; i++) {
            bytes((int) (value >>> (8 * i)) & 0xFF);
        }
        return this;
    }

    /**
     * An instruction with ModRM.
     *
     * @param prefix  0, or a legacy prefix (66, F2, F3) that comes before REX
     * @param w       REX.W
     * @param reg     0 to 15: the reg field; for byte registers see {@code rexForced}
     * @param rm      the other operand
     * @param rexForced an empty REX is put even if not needed (SPL, BPL, SIL, DIL)
     */
    Assembler modrm(int prefix, Map map, int opcode, boolean w, int reg, Operand rm, boolean rexForced) {
        if (prefix != 0) {
            bytes(prefix);
        }
        int rex = (w ? 8 : 0) | (reg >> 3 & 1) << 2 | rm.rexXB();
        if (rex != 0 || rexForced) {
            bytes(0x40 | rex);
        }
        opcode(map, opcode);
        rm.emit(this, reg & 7);
        return this;
    }

    Assembler modrm(int prefix, Map map, int opcode, boolean w, int reg, Operand rm) {
        return modrm(prefix, map, opcode, w, reg, rm, false);
    }

    /**
     * A VEX-encoded instruction with ModRM, with the short prefix if it can be and {@code three} does not ask for the
     * long one.
     *
     * @param pp   0 for none, 1 for 66, 2 for F3, 3 for F2
     * @param wide VEX.L
     * @param vvvv a register, 0 if the field is not used
     */
    Assembler vex(int pp, Map map, int opcode, boolean w, boolean wide, int reg, int vvvv, Operand rm,
            boolean three) {
        int last = (~vvvv & 15) << 3 | (wide ? 4 : 0) | pp;
        int r = ~reg >> 3 & 1;
        if (map == Map.M0F && !w && rm.rexXB() == 0 && !three) {
            bytes(0xC5, r << 7 | last);
        } else {
            bytes(0xC4, r << 7 | (~rm.rexXB() & 3) << 5 | map.ordinal(), (w ? 0x80 : 0) | last);
        }
        bytes(opcode);
        rm.emit(this, reg & 7);
        return this;
    }

    /** An instruction without ModRM whose low opcode bits may name a register. */
    Assembler plain(int prefix, Map map, int opcode, boolean w, int register, boolean rexForced) {
        if (prefix != 0) {
            bytes(prefix);
        }
        int rex = (w ? 8 : 0) | register >> 3 & 1;
        if (rex != 0 || rexForced) {
            bytes(0x40 | rex);
        }
        return opcode(map, opcode + (register & 7));
    }

    private Assembler opcode(Map map, int opcode) {
        switch (map) {
            case ONE -> { }
            case M0F -> bytes(0x0F);
            case M0F38 -> bytes(0x0F, 0x38);
            case M0F3A -> bytes(0x0F, 0x3A);
        }
        return bytes(opcode);
    }
}
