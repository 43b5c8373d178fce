package dev.backplane.test.oracle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Offsets in the state block, and access to one in memory. */
final class StateBlock {
    static final int IN_GPR = 0x000;
    static final int IN_FLAGS = 0x080;
    static final int OUT_GPR = 0x100;
    static final int OUT_FLAGS = 0x180;
    static final int EXIT = 0x1A0;
    static final int HOST_RSP = 0x1A8;
    static final int HOST_MXCSR = 0x1B0;
    static final int HOST_FCW = 0x1B4;
    /** Where the code continues after registers are loaded: the slot. */
    static final int TARGET = 0x1B8;
    static final int IN_FX = 0x200;
    static final int OUT_FX = 0x400;
    /** Bits 255:128 of the sixteen YMM registers. */
    static final int IN_YMM = 0x600;
    static final int OUT_YMM = 0x700;

    private final MemorySegment memory;
    private final long base;

    /** @param base where the block begins in the segment */
    StateBlock(MemorySegment memory, long base) {
        this.memory = memory;
        this.base = base;
    }

    long gpr(int number) {
        return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, base + OUT_GPR + 8L * number);
    }

    long flags() {
        return memory.get(ValueLayout.JAVA_LONG_UNALIGNED, base + OUT_FLAGS);
    }

    void putLong(int offset, long value) {
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, base + offset, value);
    }

    void load(TestCase c) {
        for (int i = 0; i < 16; i++) {
            putLong(IN_GPR + 8 * i, c.gpr[i]);
        }
        putLong(IN_FLAGS, c.flags);
        MemorySegment.copy(c.fx, 0, memory, ValueLayout.JAVA_BYTE, base + IN_FX, 512);
        MemorySegment.copy(c.ymm, 0, memory, ValueLayout.JAVA_BYTE, base + IN_YMM, 256);
    }

    void outFx(byte[] target) {
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, base + OUT_FX, target, 0, 512);
    }

    void outYmm(byte[] target) {
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, base + OUT_YMM, target, 0, 256);
    }
}
