package dev.backplane.test.oracle;

/**
 * Where things are. The same linear addresses are used on the host (mapped there with mmap) and in the guest, all below
 * 2 GiB so that they fit a 32-bit displacement; so both run the very same bytes.
 * They lie below 16 MiB, where no JVM puts anything of its own.
 */
final class Layout {
    /** Operands of instructions: two pages, so that accesses cross a page boundary. */
    static final long DATA = 0x20_0000L;
    static final int DATA_SIZE = 0x2000;
    /** Registers in and out; see {@link StateBlock}. */
    static final long STATE = 0x21_0000L;
    static final int STATE_SIZE = 0x1000;
    /** The whole mapping that holds data and state. */
    static final int MEMORY_SIZE = 0x1_1000;
    /** Code: entry, register load, instruction slot, register store. */
    static final long CODE = 0x80_0000L;
    static final int CODE_SIZE = 0x2000;
    /** Where the instructions under test begin; most cases lie within a page, see {@link Harness#SLOT_CROSSING}. */
    static final int SLOT = 0x400;

    private Layout() {
    }
}
