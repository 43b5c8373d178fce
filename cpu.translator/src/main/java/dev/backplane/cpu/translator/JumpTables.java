package dev.backplane.cpu.translator;

import dev.backplane.cpu.x86.Raw;

/**
 * Where indirect branches, and those into other pages, find machine code: for each way of looking at memory a
 * direct-mapped table of RIP (negated) and code, off-heap for the code that looks.
 */
final class JumpTables {
    private final long base;
    private final int[][] filled = new int[Env.JUMP_TABLES][Env.JUMP_ENTRIES];
    private final int[] count = new int[Env.JUMP_TABLES];

    JumpTables(long env) {
        base = env + Env.JUMPS;
        for (int t = 0; t < Env.JUMP_TABLES; t++) {
            for (int slot = 0; slot < Env.JUMP_ENTRIES; slot++) {
                clear(t, slot);
            }
        }
    }

    private long entry(int table, int slot) {
        return base + (long) table * Env.JUMP_TABLE_BYTES + ((long) slot << 4);
    }

    /** A tag that no RIP of the slot has. */
    private static long none(int slot) {
        return -(slot ^ 1L);
    }

    private void clear(int table, int slot) {
        Raw.plainPut64(entry(table, slot), none(slot));
    }

    void put(int table, long rip, long code) {
        int slot = (int) rip & Env.JUMP_ENTRIES - 1;
        long e = entry(table, slot);
        if (Raw.plain64(e) == none(slot)) {
            if (count[table] == Env.JUMP_ENTRIES) {
                flush(table);
            }
            filled[table][count[table]++] = slot;
        }
        Raw.plainPut64(e + 8, code);
        Raw.plainPut64(e, -rip);
    }

    private void flush(int table) {
        for (int n = 0; n < count[table]; n++) {
            clear(table, filled[table][n]);
        }
        count[table] = 0;
    }

    void flush() {
        for (int t = 0; t < Env.JUMP_TABLES; t++) {
            flush(t);
        }
    }

    /** Forgets the entries of one page. */
    void flushPage(long linear) {
        for (int t = 0; t < Env.JUMP_TABLES; t++) {
            int kept = 0;
            for (int n = 0; n < count[t]; n++) {
                int slot = filled[t][n];
                if ((-Raw.plain64(entry(t, slot)) ^ linear) >>> 12 == 0) {
                    clear(t, slot);
                } else {
                    filled[t][kept++] = slot;
                }
            }
            count[t] = kept;
        }
    }
}
