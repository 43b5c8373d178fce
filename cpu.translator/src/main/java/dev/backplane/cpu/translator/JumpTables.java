package dev.backplane.cpu.translator;

import java.util.Arrays;

import dev.backplane.cpu.x86.Raw;

/**
 * Where indirect branches, and those into other pages, find machine code: for each way of looking at memory a
 * direct-mapped table of RIPs (negated) and of code, off-heap for the code that looks.
 */
final class JumpTables {
    /** A slot is the sum of RIP and RIP shifted by this: functions begin at multiples of 16. */
    static final int SHIFT = 9;
    static final long MASK = Env.JUMP_ENTRIES - 1L;
    private static final int PAGES = 4096;

    private final long base;
    /** For each table the slots that have been used: for pages that are not global, and for those that are. */
    private final int[][] filled = new int[2 * Env.JUMP_TABLES][Env.JUMP_ENTRIES];
    private final int[] count = new int[2 * Env.JUMP_TABLES];
    /** For each list, which pages may have entries, by the low bits of their numbers. */
    private final long[][] pages = new long[2 * Env.JUMP_TABLES][PAGES >> 6];

    JumpTables(long env) {
        base = env + Env.JUMPS;
        for (int t = 0; t < Env.JUMP_TABLES; t++) {
            for (int slot = 0; slot < Env.JUMP_ENTRIES; slot++) {
                clear(t, slot);
            }
        }
    }

    private long entry(int table, int slot) {
        return base + (long) table * Env.JUMP_TABLE_BYTES + ((long) slot << 3);
    }

    /** The entry that is also found while attention is asked for: its code must poll. */
    static boolean first(long rip) {
        return slot(rip) == 0;
    }

    private static int slot(long rip) {
        return (int) (rip + (rip >>> SHIFT)) & Env.JUMP_ENTRIES - 1;
    }

    /** A tag that no RIP of the slot has. */
    private static long none(int slot) {
        long rip = 0;
        while (slot(rip) == slot) {
            rip++;
        }
        return -rip;
    }

    private void clear(int table, int slot) {
        Raw.plainPut64(entry(table, slot), none(slot));
    }

    void put(int table, long rip, long code, boolean global) {
        int slot = slot(rip);
        int list = 2 * table + (global ? 1 : 0);
        if (count[list] == Env.JUMP_ENTRIES) {
            flush(list);
        }
        filled[list][count[list]++] = slot;
        int page = (int) (rip >>> 12) & PAGES - 1;
        pages[list][page >> 6] |= 1L << page;
        long e = entry(table, slot);
        Raw.plainPut64(e + Env.JUMP_CODE, code);
        Raw.plainPut64(e, -rip);
    }

    private void flush(int list) {
        for (int n = 0; n < count[list]; n++) {
            clear(list >> 1, filled[list][n]);
        }
        count[list] = 0;
        Arrays.fill(pages[list], 0);
    }

    void flush() {
        for (int list = 0; list < count.length; list++) {
            flush(list);
        }
    }

    /** Forgets the entries of pages that are not global. */
    void flushLocal() {
        for (int list = 0; list < count.length; list += 2) {
            flush(list);
        }
    }

    /** Forgets the entries of one page. */
    void flushPage(long linear) {
        int page = (int) (linear >>> 12) & PAGES - 1;
        for (int list = 0; list < count.length; list++) {
            if ((pages[list][page >> 6] & 1L << page) == 0) {
                continue;
            }
            for (int n = 0; n < count[list]; n++) {
                int slot = filled[list][n];
                if ((-Raw.plain64(entry(list >> 1, slot)) ^ linear) >>> 12 == 0) {
                    clear(list >> 1, slot);
                }
            }
        }
    }
}
