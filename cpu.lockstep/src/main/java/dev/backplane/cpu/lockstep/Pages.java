package dev.backplane.cpu.lockstep;

import java.util.BitSet;
import java.util.List;

import dev.backplane.api.memory.RamRegion;

/** A set of pages of RAM, each with a dense number. Not thread-safe. */
final class Pages {
    static final int SIZE = 4096;

    private final List<RamRegion> regions;
    private final BitSet set = new BitSet();

    Pages(List<RamRegion> regions) {
        this.regions = regions;
    }

    private int number(long address) {
        int first = 0;
        for (RamRegion r : regions) {
            if (r.contains(address, 1)) {
                return first + (int) (address - r.guestAddress() >>> 12);
            }
            first += (int) (r.size() >>> 12);
        }
        return -1;
    }

    boolean holds(long address) {
        int n = number(address);
        return n >= 0 && set.get(n);
    }

    void add(long address) {
        int n = number(address);
        if (n >= 0) {
            set.set(n);
        }
    }

    void remove(long address) {
        int n = number(address);
        if (n >= 0) {
            set.clear(n);
        }
    }

    void addAll(Pages other) {
        set.or(other.set);
    }

    void clear() {
        set.clear();
    }

    /** The guest-physical addresses of all pages of the set, ascending within a region. */
    long[] addresses() {
        return set.stream().mapToLong(this::address).toArray();
    }

    private long address(int number) {
        int left = number;
        for (RamRegion r : regions) {
            int pages = (int) (r.size() >>> 12);
            if (left < pages) {
                return r.guestAddress() + ((long) left << 12);
            }
            left -= pages;
        }
        throw new IllegalArgumentException("there is no page " + number);
    }
}
