package dev.backplane.machine.pci;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

import dev.backplane.api.device.RegisterHandler;
import dev.backplane.machine.pci.RootPort.Window;

/**
 * Finds the BAR at an address. Works on an immutable table that is made when it is first needed after a change, so that
 * a guest that moves BARs without end costs nothing but its own time. Where BARs overlap, the first in order of slots
 * wins.
 *
 * <p>Threading: any thread; lookups take no lock unless the table has to be made.
 */
final class Decoder implements RegisterHandler {
    /** A BAR as its function places it, before windows cut it. */
    record Placed(Bar bar, long base, List<Window> windows) {
    }

    private record Entry(long first, long last, long origin, RegisterHandler handler) {
    }

    private record Table(long[] firsts, Entry[] entries) {
        Entry find(long address) {
            int low = 0;
            int high = firsts.length - 1;
            while (low <= high) {
                int mid = low + high >>> 1;
                if (firsts[mid] <= address) {
                    low = mid + 1;
                } else {
                    high = mid - 1;
                }
            }
            return high >= 0 && address <= entries[high].last ? entries[high] : null;
        }
    }

    private final long start;
    private final long size;
    private final Supplier<List<Placed>> placed;
    private final Object making = new Object();
    private volatile int changes;
    private volatile Table table;

    /**
     * @param start  the first address of the part of the address space that is PCI's
     * @param placed gives the BARs that answer now, the most important first
     */
    Decoder(long start, long size, Supplier<List<Placed>> placed) {
        this.start = start;
        this.size = size;
        this.placed = placed;
    }

    /** Something moved. */
    void invalidate() {
        synchronized (making) {
            changes++;
            table = null;
        }
    }

    @Override
    public long read(long offset, int bytes) {
        Entry e = table().find(start + offset);
        if (e != null && start + offset + bytes - 1 <= e.last) {
            return e.handler.read(start + offset - e.origin, bytes);
        }
        if (bytes == 1) {
            return 0xFF;
        }
        int half = bytes >> 1;
        long mask = -1L >>> 64 - half * 8;
        return read(offset, half) & mask | (read(offset + half, half) & mask) << half * 8;
    }

    @Override
    public void write(long offset, int bytes, long value) {
        Entry e = table().find(start + offset);
        if (e != null && start + offset + bytes - 1 <= e.last) {
            e.handler.write(start + offset - e.origin, bytes, value & -1L >>> 64 - bytes * 8);
        } else if (bytes > 1) {
            int half = bytes >> 1;
            write(offset, half, value);
            write(offset + half, half, value >>> half * 8);
        }
    }

    private Table table() {
        Table t = table;
        while (t == null) {
            int before = changes;
            Table made = make();
            synchronized (making) {
                if (before == changes) {
                    table = made;
                    t = made;
                }
            }
        }
        return t;
    }

    private Table make() {
        List<Entry> entries = new ArrayList<>();
        for (Placed p : placed.get()) {
            for (Window w : p.windows) {
                add(entries, p, w);
            }
        }
        long[] firsts = new long[entries.size()];
        for (int i = 0; i < firsts.length; i++) {
            firsts[i] = entries.get(i).first;
        }
        return new Table(firsts, entries.toArray(Entry[]::new));
    }

    /** Adds what lies in PCI's part and in the window and is not taken; entries stay sorted. */
    private void add(List<Entry> entries, Placed p, Window w) {
        long first = max(max(p.base, w.first()), start);
        long last = min(min(p.base + p.bar.size() - 1, w.last()), start + size - 1);
        if (Long.compareUnsigned(first, last) > 0) {
            return;
        }
        List<Entry> pieces = new ArrayList<>();
        long at = first;
        for (Entry e : entries) {
            if (e.last < at) {
                continue;
            }
            if (e.first > last) {
                break;
            }
            if (e.first > at) {
                pieces.add(new Entry(at, e.first - 1, p.base, p.bar.handler()));
            }
            at = e.last + 1;
        }
        if (at <= last) {
            pieces.add(new Entry(at, last, p.base, p.bar.handler()));
        }
        entries.addAll(pieces);
        entries.sort(Comparator.comparingLong(Entry::first));
    }

    private static long max(long a, long b) {
        return Long.compareUnsigned(a, b) >= 0 ? a : b;
    }

    private static long min(long a, long b) {
        return Long.compareUnsigned(a, b) <= 0 ? a : b;
    }
}
