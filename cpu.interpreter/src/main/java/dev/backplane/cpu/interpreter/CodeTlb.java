package dev.backplane.cpu.interpreter;

import java.util.Arrays;

/** One vCPU's way from a linear address and mode to decoded code: a direct-mapped cache of pages. */
final class CodeTlb {
    private static final int ENTRIES = 1024;

    private final long[] tags = new long[ENTRIES];
    private final CodePage.Tree[] trees = new CodePage.Tree[ENTRIES];
    private final int[] indexes = new int[ENTRIES];
    private final boolean[] globals = new boolean[ENTRIES];
    /** The dense number of the page of the last hit. */
    int index;
    /** Whether the page of the last hit is global. */
    boolean global;

    CodeTlb() {
        flush();
    }

    /** The block at a linear address, or null: the slow way must look. */
    Block find(long la, int key) {
        int slot = (int) (la >>> 12) & ENTRIES - 1;
        if (tags[slot] != (la & ~0xFFFL | key)) {
            return null;
        }
        Block[] row = trees[slot].rows[(int) (la >>> 6) & 63];
        if (row == null) {
            return null;
        }
        index = indexes[slot];
        global = globals[slot];
        return row[(int) la & 63];
    }

    void put(long la, int key, CodePage.Tree tree, int index, boolean global) {
        int slot = (int) (la >>> 12) & ENTRIES - 1;
        tags[slot] = la & ~0xFFFL | key;
        trees[slot] = tree;
        indexes[slot] = index;
        globals[slot] = global;
    }

    void flush() {
        Arrays.fill(tags, -1);
    }

    void flushLocal() {
        for (int slot = 0; slot < ENTRIES; slot++) {
            if (!globals[slot]) {
                tags[slot] = -1;
            }
        }
    }

    void flushPage(long la) {
        tags[(int) (la >>> 12) & ENTRIES - 1] = -1;
    }
}
