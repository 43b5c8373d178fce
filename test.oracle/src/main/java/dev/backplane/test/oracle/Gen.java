package dev.backplane.test.oracle;

import java.util.SplittableRandom;

/** What templates make cases with: random values, operands, and the case under construction. */
final class Gen {
    static final int RAX = 0;
    static final int RCX = 1;
    static final int RDX = 2;
    static final int RBX = 3;
    static final int RSP = 4;
    static final int RBP = 5;
    static final int RSI = 6;
    static final int RDI = 7;

    final TestCase c = new TestCase();
    final Assembler a = new Assembler(c);
    final Values v;
    /** Memory to set before the case: offsets in the data area, and values. */
    final int[] pokeAt = new int[64];
    final long[] pokeValue = new long[64];
    int pokes;

    Gen(SplittableRandom random) {
        v = new Values(random);
    }

    /** Random registers, flags and x87/SSE state. */
    void begin(String name) {
        c.begin(name);
        pokes = 0;
        for (int i = 0; i < 16; i++) {
            c.gpr[i] = v.integer();
        }
        c.gpr[RSP] = Layout.DATA + 0xF00 + 8L * v.below(64);
        // Interrupts are enabled as they are in a program of the host, since PUSHF shows them.
        c.flags = 0x202 | randomFlags();
        fpu();
    }

    private long randomFlags() {
        return v.below(0x1000) & (TestCase.STATUS | TestCase.DF);
    }

    private void fpu() {
        // All exceptions masked, any rounding and precision control; reserved bit 6 set as processors keep it.
        put16(0, 0x7F | (v.chance(3) ? v.below(4) : 3) << 8 | (v.chance(3) ? v.below(4) : 0) << 10);
        int top = v.below(8);
        put16(2, top << 11 | (v.chance(4) ? v.below(64) : 0) | v.below(8) << 8);
        int tags = v.chance(3) ? v.below(256) : 0xFF;
        c.fx[4] = (byte) tags;
        put16(6, 0);
        putLong(8, 0);
        putLong(16, 0);
        putInt(24, 0x1F80 | (v.chance(3) ? v.below(4) << 13 : 0) | (v.chance(2) ? v.below(64) : 0)
            | (v.chance(8) ? 0x8000 : 0) | (v.chance(8) ? 0x40 : 0));
        putInt(28, 0xFFFF);
        for (int i = 0; i < 8; i++) {
            int e = v.extendedExponent();
            putLong(32 + 16 * i, v.extendedMantissa(e));
            putLong(40 + 16 * i, e);
        }
        for (int i = 0; i < 16; i++) {
            putLong(160 + 16 * i, v.vectorHalf());
            putLong(168 + 16 * i, v.vectorHalf());
        }
        for (int i = 0; i < 32; i++) {
            putUpper(i, v.chance(4) ? 0 : v.vectorHalf());
        }
    }

    void put16(int offset, int value) {
        c.fx[offset] = (byte) value;
        c.fx[offset + 1] = (byte) (value >> 8);
    }

    void putInt(int offset, int value) {
        put16(offset, value);
        put16(offset + 2, value >>> 16);
    }

    void putLong(int offset, long value) {
        putInt(offset, (int) value);
        putInt(offset + 4, (int) (value >>> 32));
    }

    /** Half n (0 low, 1 high) of the upper 128 bits of a register is number 2 * register + n. */
    void putUpper(int number, long value) {
        for (int i = 0; i < 8; i++) {
            c.ymm[8 * number + i] = (byte) (value >>> 8 * i);
        }
    }

    /** Sets quadword n, 0 to 3, of a YMM register. */
    void putQuadword(int register, int n, long value) {
        if (n < 2) {
            putLong(160 + 16 * register + 8 * n, value);
        } else {
            putUpper(2 * register + n - 2, value);
        }
    }

    void poke(long address, long value) {
        pokeAt[pokes] = (int) (address - Layout.DATA);
        pokeValue[pokes++] = value;
    }

    /** One of the registers that are not in the mask. */
    int register(int notMask) {
        int r;
        do {
            r = v.below(16);
        } while ((notMask >> r & 1) != 0);
        return r;
    }

    /** A memory operand of random form whose registers are not in the mask; contents are random. */
    Operand.Memory memory(int size, int align, int notMask) {
        long address = Layout.DATA + 0x800 + v.below(0x1000 - size);
        if (v.chance(6)) {
            address = Layout.DATA + 0x1000 - v.below(size + 2);
        }
        address &= -align;
        for (int i = 0; i < size; i += 8) {
            poke(address + i, size >= 8 ? v.vectorHalf() : v.integer());
        }
        return memoryAt(address, notMask);
    }

    /** A memory operand that means the address. */
    Operand.Memory memoryAt(long address, int notMask) {
        int disp = switch (v.below(4)) {
            case 0 -> 0;
            case 1 -> v.below(256) - 128;
            default -> v.below(1 << 20) - (1 << 19);
        };
        if (v.chance(10)) {
            return new Operand.Memory(-1, -1, 0, (int) address);
        }
        int base = register(notMask);
        if (v.chance(2)) {
            c.gpr[base] = address - disp;
            return new Operand.Memory(base, -1, 0, disp);
        }
        int index = register(notMask | 1 << RSP | 1 << base);
        int scale = v.below(4);
        c.gpr[index] = v.chance(2) ? v.integer() : v.below(100);
        c.gpr[base] = address - disp - (c.gpr[index] << scale);
        return new Operand.Memory(base, index, scale, disp);
    }

    /** A register or, half the time, a memory operand. */
    Operand rm(int size, int align, int notMask) {
        return v.chance(2) ? memory(size, align, notMask) : new Operand.Register(register(notMask));
    }

    /** A general-purpose register or memory operand. RSP may be the register. */
    Operand rm(int size) {
        return rm(size, 1, 0);
    }

    /** 1, 2, 4 or 8. */
    int size() {
        return 1 << v.below(4);
    }

    /** 2, 4 or 8. */
    int wideSize() {
        return 2 << v.below(3);
    }

    /** Opcode for byte or wider operands: even for bytes, odd for the rest, with prefix 66 and REX.W by size. */
    void sized(Assembler.Map map, int opcodeForByte, int size, int reg, Operand rm) {
        a.modrm(size == 2 ? 0x66 : 0, map, size == 1 ? opcodeForByte : opcodeForByte + 1, size == 8, reg, rm,
            size == 1 && v.chance(2));
    }

    /** The same opcode for operands of 2, 4 and 8 bytes. */
    void wide(Assembler.Map map, int opcode, int size, int reg, Operand rm) {
        a.modrm(size == 2 ? 0x66 : 0, map, opcode, size == 8, reg, rm);
    }

    /** An immediate as it goes with the operand size: at most 4 bytes. */
    void immediate(int size) {
        a.imm(v.integer(), Math.min(size, 4));
    }
}
