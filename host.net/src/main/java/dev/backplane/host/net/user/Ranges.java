package dev.backplane.host.net.user;

/** A few disjoint ranges of stream offsets in ascending order (the blocks of RFC 2018). Not thread-safe. */
final class Ranges {
    private final long[] low;
    private final long[] high;
    private int count;

    /** @param most how many ranges it holds */
    Ranges(int most) {
        low = new long[most];
        high = new long[most];
    }

    int count() {
        return count;
    }

    long low(int index) {
        return low[index];
    }

    long high(int index) {
        return high[index];
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Behind the last range, or 0. */
    long top() {
        return count == 0 ? 0 : high[count - 1];
    }

    void clear() {
        count = 0;
    }

    /**
     * Adds a range, joined with those that it touches.
     *
     * @return false if there are too many already; nothing changed then
     */
    boolean add(long from, long to) {
        int first = 0;
        while (first < count && high[first] < from) {
            first++;
        }
        int last = first;
        long newLow = from;
        long newHigh = to;
        while (last < count && low[last] <= to) {
            newLow = Math.min(newLow, low[last]);
            newHigh = Math.max(newHigh, high[last]);
            last++;
        }
        int change = 1 - (last - first);
        if (count + change > low.length) {
            return false;
        }
        System.arraycopy(low, last, low, last + change, count - last);
        System.arraycopy(high, last, high, last + change, count - last);
        low[first] = newLow;
        high[first] = newHigh;
        count += change;
        return true;
    }

    /** Forgets all that is before {@code offset}. */
    void dropBelow(long offset) {
        int keep = 0;
        for (int i = 0; i < count; i++) {
            if (high[i] > offset) {
                low[keep] = Math.max(low[i], offset);
                high[keep++] = high[i];
            }
        }
        count = keep;
    }

    /** The end of the range that has {@code offset}, or {@code offset} if none has. */
    long skip(long offset) {
        for (int i = 0; i < count; i++) {
            if (low[i] <= offset && offset < high[i]) {
                return high[i];
            }
        }
        return offset;
    }

    /** Where the first range behind {@code offset} begins, or {@code limit} if none does before it. */
    long nextLow(long offset, long limit) {
        for (int i = 0; i < count; i++) {
            if (low[i] > offset) {
                return Math.min(low[i], limit);
            }
        }
        return limit;
    }

    /** Lows and highs in turn. */
    long[] toArray() {
        long[] all = new long[count * 2];
        for (int i = 0; i < count; i++) {
            all[2 * i] = low[i];
            all[2 * i + 1] = high[i];
        }
        return all;
    }
}
