package dev.backplane.cpu.x86.fp;

import dev.backplane.cpu.x86.OpTable;

/** The opcodes of x87: D8 to DF, and 9B (FWAIT). */
public final class X87Table {
    private X87Table() {
    }

    /** Adds them to the table. */
    public static void addTo(OpTable t) {
    }
}
