package dev.backplane.cpu.x86.encode;

import dev.backplane.cpu.x86.Raw;

/**
 * Writes 64-bit machine code (Intel SDM vol. 2, chapter 2) to memory. Code may be written at one address and run at
 * another: what is relative to the instruction pointer is relative to where it is written, so both sides of a branch
 * must come from the same assembler.
 *
 * <p>Operands are register numbers as in encodings, 0 to 15; a memory operand is an {@link Address}. Not thread-safe;
 * allocates nothing. The caller sees to it that there is room.
 */
public final class Assembler {
    /** Opcode maps. */
    public static final int MAP_1 = 0;
    public static final int MAP_0F = 1;
    public static final int MAP_0F38 = 2;
    public static final int MAP_0F3A = 3;

    private static final int LOCK = 0xF0;
    private static final int[] VEX_PP = {0, 0x66, 0xF3, 0xF2};

    private long at;
    private boolean lock;

    /** Goes on writing at an address. */
    public void start(long address) {
        at = address;
    }

    /** Where the next byte goes. */
    public long here() {
        return at;
    }

    public void byte8(int v) {
        Raw.put8(at++, v);
    }

    public void imm16(int v) {
        Raw.put16(at, v);
        at += 2;
    }

    public void imm32(int v) {
        Raw.put32(at, v);
        at += 4;
    }

    public void imm64(long v) {
        Raw.put64(at, v);
        at += 8;
    }

    /** An immediate of 0, 1, 2, 4 or 8 bytes. */
    public void imm(int bytes, long v) {
        switch (bytes) {
            case 1 -> byte8((int) v);
            case 2 -> imm16((int) v);
            case 4 -> imm32((int) v);
            case 8 -> imm64(v);
            default -> {
            }
        }
    }

    /** The next instruction gets a LOCK prefix. */
    public void lock() {
        lock = true;
    }

    // Instructions with ModRM.

    private void prefixes(int prefix) {
        if (lock) {
            byte8(LOCK);
            lock = false;
        }
        if (prefix != 0) {
            byte8(prefix);
        }
    }

    private void map(int map, int opcode) {
        if (map != MAP_1) {
            byte8(0x0F);
            if (map == MAP_0F38) {
                byte8(0x38);
            } else if (map == MAP_0F3A) {
                byte8(0x3A);
            }
        }
        byte8(opcode);
    }

    /**
     * An instruction on two registers.
     *
     * @param prefix    66, F2 or F3, or 0
     * @param w         REX.W
     * @param byteReg   the register in the reg field is a byte register (SPL to DIL need a REX prefix)
     * @param byteRm    likewise for the other one
     */
    public void rr(int prefix, int map, int opcode, boolean w, int reg, int rm, boolean byteReg, boolean byteRm) {
        prefixes(prefix);
        int rex = (w ? 8 : 0) | reg >> 3 << 2 | rm >> 3;
        if (rex != 0 || byteReg && reg >= 4 || byteRm && rm >= 4) {
            byte8(0x40 | rex);
        }
        map(map, opcode);
        byte8(0xC0 | (reg & 7) << 3 | rm & 7);
    }

    /** An instruction on two registers that are not byte registers. */
    public void rr(int prefix, int map, int opcode, boolean w, int reg, int rm) {
        rr(prefix, map, opcode, w, reg, rm, false, false);
    }

    /** An instruction on a register (or opcode extension) and memory. */
    public void rm(int prefix, int map, int opcode, boolean w, int reg, Address m, boolean byteReg) {
        prefixes(prefix);
        int rex = (w ? 8 : 0) | reg >> 3 << 2 | (m.index > 0 ? m.index >> 3 << 1 : 0) | (m.base > 0 ? m.base >> 3 : 0);
        if (rex != 0 || byteReg && reg >= 4) {
            byte8(0x40 | rex);
        }
        map(map, opcode);
        operand(reg, m);
    }

    /** An instruction on a register (or opcode extension), not a byte register, and memory. */
    public void rm(int prefix, int map, int opcode, boolean w, int reg, Address m) {
        rm(prefix, map, opcode, w, reg, m, false);
    }

    private void operand(int reg, Address m) {
        int r = (reg & 7) << 3;
        int disp = m.disp;
        if (m.base < 0) {
            byte8(r | 4);
            byte8(m.scale << 6 | (m.index < 0 ? 4 : m.index & 7) << 3 | 5);
            imm32(disp);
            return;
        }
        int low = m.base & 7;
        int mod = disp == 0 && low != 5 ? 0 : (byte) disp == disp ? 1 : 2;
        if (m.index < 0 && low != 4) {
            byte8(mod << 6 | r | low);
        } else {
            byte8(mod << 6 | r | 4);
            byte8(m.scale << 6 | (m.index < 0 ? 4 : m.index & 7) << 3 | low);
        }
        if (mod == 1) {
            byte8(disp);
        } else if (mod == 2) {
            imm32(disp);
        }
    }

    /**
     * A VEX instruction with three registers.
     *
     * @param pp   66, F3, F2 or 0
     * @param w    VEX.W
     * @param l    VEX.L: vectors of 256 bits
     * @param vvvv the second source, 0 if there is none
     */
    public void vexRr(int pp, int map, int opcode, boolean w, boolean l, int reg, int vvvv, int rm) {
        vex(pp, map, w, l, reg, 0, rm, vvvv);
        byte8(opcode);
        byte8(0xC0 | (reg & 7) << 3 | rm & 7);
    }

    /** As {@link #vexRr} with memory as the last operand. */
    public void vexRm(int pp, int map, int opcode, boolean w, boolean l, int reg, int vvvv, Address m) {
        vex(pp, map, w, l, reg, Math.max(m.index, 0), Math.max(m.base, 0), vvvv);
        byte8(opcode);
        operand(reg, m);
    }

    private void vex(int pp, int map, boolean w, boolean l, int reg, int index, int base, int vvvv) {
        int p = 0;
        while (VEX_PP[p] != pp) {
            p++;
        }
        byte8(0xC4);
        byte8((~reg >> 3 & 1) << 7 | (~index >> 3 & 1) << 6 | (~base >> 3 & 1) << 5 | map);
        byte8((w ? 0x80 : 0) | (~vvvv & 15) << 3 | (l ? 4 : 0) | p);
    }

    // Frequent instructions; none of these changes flags.

    /** MOV r64, r64; nothing if they are the same. */
    public void mov64(int to, int from) {
        if (to != from) {
            rr(0, MAP_1, 0x8B, true, to, from);
        }
    }

    /** MOV r32, r32: clears the upper half. */
    public void mov32(int to, int from) {
        rr(0, MAP_1, 0x8B, false, to, from);
    }

    public void load64(int to, Address m) {
        rm(0, MAP_1, 0x8B, true, to, m);
    }

    public void load32(int to, Address m) {
        rm(0, MAP_1, 0x8B, false, to, m);
    }

    public void store64(Address m, int from) {
        rm(0, MAP_1, 0x89, true, from, m);
    }

    public void store32(Address m, int value) {
        rm(0, MAP_1, 0xC7, false, 0, m);
        imm32(value);
    }

    public void lea64(int to, Address m) {
        rm(0, MAP_1, 0x8D, true, to, m);
    }

    public void lea32(int to, Address m) {
        rm(0, MAP_1, 0x8D, false, to, m);
    }

    /** MOV r64, imm: the shortest form. */
    public void movImm(int to, long v) {
        if (v >>> 32 == 0) {
            if (to >= 8) {
                byte8(0x41);
            }
            byte8(0xB8 | to & 7);
            imm32((int) v);
        } else if ((int) v == v) {
            rr(0, MAP_1, 0xC7, true, 0, to);
            imm32((int) v);
        } else {
            byte8(to >= 8 ? 0x49 : 0x48);
            byte8(0xB8 | to & 7);
            imm64(v);
        }
    }

    public void not64(int r) {
        rr(0, MAP_1, 0xF7, true, 2, r);
    }

    /** RORX r64, r64, imm8. */
    public void rorx(int to, int from, int count) {
        vexRr(0xF2, MAP_0F3A, 0xF0, true, false, to, 0, from);
        byte8(count);
    }

    /** PEXT r64, r64, m64. */
    public void pext(int to, int from, Address mask) {
        vexRm(0xF3, MAP_0F38, 0xF5, true, false, to, from, mask);
    }

    public void push(int r) {
        if (r >= 8) {
            byte8(0x41);
        }
        byte8(0x50 | r & 7);
    }

    public void pop(int r) {
        if (r >= 8) {
            byte8(0x41);
        }
        byte8(0x58 | r & 7);
    }

    // Branches.

    /** JMP rel32 to an address. */
    public void jmp(long target) {
        byte8(0xE9);
        imm32((int) (target - (at + 4)));
    }

    /** CALL rel32 to an address. */
    public void call(long target) {
        byte8(0xE8);
        imm32((int) (target - (at + 4)));
    }

    /** Jcc rel32 to an address; condition 0 to 15. */
    public void jcc(int condition, long target) {
        byte8(0x0F);
        byte8(0x80 | condition);
        imm32((int) (target - (at + 4)));
    }

    /** JRCXZ over the next {@code bytes} bytes, -128 to 127. */
    public void jrcxz(int bytes) {
        byte8(0xE3);
        byte8(bytes);
    }

    /** Lets a branch with an 8-bit displacement, which ends before {@code end}, go to the next byte. */
    public void patchShort(long end) {
        long distance = at - end;
        if ((byte) distance != distance) {
            throw new IllegalStateException("a short branch over " + distance + " bytes");
        }
        Raw.put8(end - 1, (int) distance);
    }

    /** Lets a branch with a 32-bit displacement, which ends before {@code end}, go to a target. */
    public static void patch(long end, long target) {
        Raw.put32(end - 4, (int) (target - end));
    }
}
