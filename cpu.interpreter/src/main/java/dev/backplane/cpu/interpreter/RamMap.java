package dev.backplane.cpu.interpreter;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

import dev.backplane.api.memory.RamRegion;

/** Where guest-physical pages lie in host memory, and a dense number for each page of RAM. Immutable. */
final class RamMap {
    private final long[] start;
    private final long[] size;
    private final long[] host;
    private final boolean[] readOnly;
    private final int[] firstIndex;
    private final int pages;

    RamMap(List<RamRegion> regions) {
        int n = regions.size();
        start = new long[n];
        size = new long[n];
        host = new long[n];
        readOnly = new boolean[n];
        firstIndex = new int[n];
        int next = 0;
        for (int i = 0; i < n; i++) {
            RamRegion r = regions.get(i);
            start[i] = r.guestAddress();
            size[i] = r.size();
            host[i] = r.memory().address();
            readOnly[i] = r.readOnly();
            firstIndex[i] = next;
            next += (int) (r.size() >>> 12);
        }
        pages = next;
    }

    /** The largest regions that are writable; {@code ints} is the address of an array of an int for each page. */
    List<DirectMemory.Region> largest(int count, long ints) {
        return IntStream.range(0, start.length).filter(i -> !readOnly[i]).boxed()
            .sorted(Comparator.comparingLong((Integer i) -> size[i]).reversed()).limit(count)
            .map(i -> new DirectMemory.Region(start[i], size[i], host[i], ints + 4L * firstIndex[i])).toList();
    }

    int pages() {
        return pages;
    }

    private int region(long pa) {
        for (int i = 0; i < start.length; i++) {
            if (Long.compareUnsigned(pa - start[i], size[i]) < 0) {
                return i;
            }
        }
        return -1;
    }

    /** The host address of the page, 0 if it is not RAM. */
    long hostPage(long pa) {
        int i = region(pa);
        return i < 0 ? 0 : host[i] + (pa - start[i] & ~0xFFFL);
    }

    /** The host address of the page with this number. */
    long hostPageOfIndex(int index) {
        for (int i = start.length - 1;; i--) {
            if (index >= firstIndex[i]) {
                return host[i] + ((long) (index - firstIndex[i]) << 12);
            }
        }
    }

    boolean writable(long pa) {
        int i = region(pa);
        return i >= 0 && !readOnly[i];
    }

    /** The page's number, -1 if it is not RAM. */
    int index(long pa) {
        int i = region(pa);
        return i < 0 ? -1 : firstIndex[i] + (int) (pa - start[i] >>> 12);
    }
}
