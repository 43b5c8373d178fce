package dev.backplane.device.serial;

import java.util.Arrays;

/** A receive FIFO: up to 16 bytes, each with the error bits of the line status register that came with it. */
final class ByteFifo {
    static final int DEPTH = 16;

    private final int[] entries = new int[DEPTH];
    private int first;
    private int count;
    private int flagged;

    int count() {
        return count;
    }

    /** Whether any entry has error bits. */
    boolean hasErrors() {
        return flagged > 0;
    }

    void clear() {
        first = 0;
        count = 0;
        flagged = 0;
    }

    /** The caller has made sure that there is room. */
    void add(int value, int errors) {
        entries[first + count & DEPTH - 1] = value | errors << 8;
        count++;
        if (errors != 0) {
            flagged++;
        }
    }

    /** The oldest byte, which goes; the caller has made sure that there is one. */
    int remove() {
        int entry = entries[first];
        if (entry >> 8 != 0) {
            flagged--;
        }
        first = first + 1 & DEPTH - 1;
        count--;
        return entry & 0xFF;
    }

    /** Error bits of the oldest byte, which stay until {@link #clearHeadErrors}. */
    int headErrors() {
        return count == 0 ? 0 : entries[first] >> 8;
    }

    void clearHeadErrors() {
        if (headErrors() != 0) {
            entries[first] &= 0xFF;
            flagged--;
        }
    }

    /** The entries, oldest first: byte in bits 0 to 7, errors above. */
    int[] toArray() {
        int[] result = new int[count];
        Arrays.setAll(result, i -> entries[first + i & DEPTH - 1]);
        return result;
    }
}
