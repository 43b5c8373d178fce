package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.OpTable;

/** The opcodes of the system instructions. */
public final class SystemTable {
    private SystemTable() {
    }

    /** Adds them to the table. */
    public static void addTo(OpTable t) {
    }
}
