package dev.backplane.test.oracle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The code around the instructions under test, the same bytes on host and guest: load every register from the state
 * block, run the slot, store every register, leave through the pointer in the state block.
 *
 * <p>Entry (offset 0) saves what the C calling convention wants and is used by the host alone; the guest begins at
 * {@link #BODY}.
 */
final class Harness {
    static final int BODY = 0x80;
    static final int STORE = 0x200;
    static final int HOST_EXIT = 0x360;
    static final int GUEST_EXIT = 0x3C0;
    /** A slot whose code crosses from the first code page to the second. */
    static final int SLOT_CROSSING = 0x1000 - 7;
    /** The guest's exit writes this port. */
    static final int PORT = 0xE0;

    private final MemorySegment code;
    /** Whether the upper halves of the YMM registers are loaded and stored too. */
    private final boolean avx;
    private int at;

    Harness(MemorySegment code, boolean avx) {
        this.code = code;
        this.avx = avx;
    }

    void install() {
        code.fill((byte) 0xCC);
        at = 0;
        emit(0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57);
        gprTo(4, StateBlock.HOST_RSP);
        emit(0x0F, 0xAE, 0x1C, 0x25);
        address(StateBlock.HOST_MXCSR);
        emit(0xD9, 0x3C, 0x25);
        address(StateBlock.HOST_FCW);
        jump(BODY);
        at = BODY;
        emit(0x48, 0x0F, 0xAE, 0x0C, 0x25);
        address(StateBlock.IN_FX);
        upperHalves(0x18, StateBlock.IN_YMM);
        emit(0x48, 0xC7, 0xC4);
        address(StateBlock.IN_FLAGS);
        emit(0x9D);
        for (int r = 0; r < 16; r++) {
            emit(0x48 | r >> 3 << 2, 0x8B, 4 | (r & 7) << 3, 0x25);
            address(StateBlock.IN_GPR + 8 * r);
        }
        emit(0xFF, 0x24, 0x25);
        address(StateBlock.TARGET);
        at = STORE;
        for (int r = 0; r < 16; r++) {
            gprTo(r, StateBlock.OUT_GPR + 8 * r);
        }
        emit(0x48, 0xC7, 0xC4);
        address(StateBlock.OUT_FLAGS + 8);
        emit(0x9C, 0xFC);
        emit(0x48, 0x0F, 0xAE, 0x04, 0x25);
        address(StateBlock.OUT_FX);
        upperHalves(0x19, StateBlock.OUT_YMM);
        emit(0xFF, 0x24, 0x25);
        address(StateBlock.EXIT);
        at = HOST_EXIT;
        if (avx) {
            // VZEROUPPER: the rest of the process has no use for what is in them.
            emit(0xC5, 0xF8, 0x77);
        }
        emit(0x48, 0x8B, 0x24, 0x25);
        address(StateBlock.HOST_RSP);
        emit(0xDB, 0xE3, 0xD9, 0x2C, 0x25);
        address(StateBlock.HOST_FCW);
        emit(0x0F, 0xAE, 0x14, 0x25);
        address(StateBlock.HOST_MXCSR);
        emit(0x41, 0x5F, 0x41, 0x5E, 0x41, 0x5D, 0x41, 0x5C, 0x5D, 0x5B, 0xC3);
        at = GUEST_EXIT;
        emit(0xE6, PORT);
        jump(BODY);
    }

    /** VINSERTF128 from memory (18) or VEXTRACTF128 to memory (19) for every register. */
    private void upperHalves(int opcode, int offset) {
        for (int r = 0; avx && r < 16; r++) {
            int vvvv = opcode == 0x18 ? r : 0;
            emit(0xC4, (~r >> 3 & 1) << 7 | 0x63, (~vvvv & 15) << 3 | 5, opcode, 4 | (r & 7) << 3, 0x25);
            address(offset + 16 * r);
            emit(1);
        }
    }

    /** Puts a case's code into a slot, followed by the jump to the store part. */
    void place(TestCase c, int slot) {
        MemorySegment.copy(c.code, 0, code, ValueLayout.JAVA_BYTE, slot, c.length);
        at = slot + c.length;
        jump(STORE);
    }

    private void gprTo(int r, int offset) {
        emit(0x48 | r >> 3 << 2, 0x89, 4 | (r & 7) << 3, 0x25);
        address(offset);
    }

    private void jump(int target) {
        emit(0xE9);
        imm32(target - (at + 4));
    }

    private void address(int stateOffset) {
        imm32((int) (Layout.STATE + stateOffset));
    }

    private void imm32(int v) {
        code.set(ValueLayout.JAVA_INT_UNALIGNED, at, v);
        at += 4;
    }

    private void emit(int... bytes) {
        for (int b : bytes) {
            code.set(ValueLayout.JAVA_BYTE, at++, (byte) b);
        }
    }
}
