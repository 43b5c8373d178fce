package dev.backplane.machine.bus;

import java.util.List;

import dev.backplane.api.device.RegisterHandler;

/** Disjoint ranges in ascending order; immutable. */
final class RangeTable {
    static final RangeTable EMPTY = new RangeTable(List.of());

    /**
     * One run of addresses with one handler.
     *
     * @param first  the lowest address
     * @param last   the highest address
     * @param origin the address whose offset is 0, at most {@code first}
     */
    record Entry(long first, long last, long origin, String owner, RegisterHandler handler) {
    }

    private final long[] firsts;
    private final Entry[] entries;

    RangeTable(List<Entry> sorted) {
        entries = sorted.toArray(Entry[]::new);
        firsts = new long[entries.length];
        for (int i = 0; i < firsts.length; i++) {
            firsts[i] = entries[i].first();
        }
    }

    /** The entry that holds the address, or null. */
    Entry find(long address) {
        int i = floor(address);
        return i >= 0 && address <= entries[i].last() ? entries[i] : null;
    }

    /** Whether any entry holds any of the bytes. */
    boolean touches(long address, int size) {
        int i = floor(address + size - 1);
        return i >= 0 && entries[i].last() >= address;
    }

    private int floor(long address) {
        int low = 0;
        int high = firsts.length - 1;
        while (low <= high) {
            int mid = (low + high) >>> 1;
            if (firsts[mid] <= address) {
                low = mid + 1;
            } else {
                high = mid - 1;
            }
        }
        return high;
    }
}
