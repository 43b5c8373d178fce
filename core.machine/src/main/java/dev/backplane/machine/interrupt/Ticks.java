package dev.backplane.machine.interrupt;

/** Exact conversion between nanoseconds and counter ticks, without overflow and without allocation. */
public final class Ticks {
    /** Nanoseconds in a second. */
    public static final long NANOS = 1_000_000_000L;

    private Ticks() {
    }

    /**
     * {@code floor(a * b / c)}, or {@link Long#MAX_VALUE} if that is too large.
     *
     * @param a 0 or more
     * @param b 1 to 2^31 or so; {@code b * c} is less than 2^63
     * @param c 1 or more
     */
    public static long scale(long a, long b, long c) {
        long high = Math.multiplyHigh(a, b);
        long low = a * b;
        if (high == 0 && low >= 0) {
            return low / c;
        }
        long whole = a / c;
        if (Math.multiplyHigh(whole, b) != 0 || whole * b < 0) {
            return Long.MAX_VALUE;
        }
        long sum = whole * b + a % c * b / c;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    /** As {@link #scale}, rounded up. */
    public static long scaleUp(long a, long b, long c) {
        long down = scale(a, b, c);
        if (down == Long.MAX_VALUE) {
            return down;
        }
        long rest = a * b - down * c;
        return rest == 0 ? down : down + 1;
    }

    /** A sum of two numbers that are not negative, {@link Long#MAX_VALUE} if it is too large. */
    public static long sum(long a, long b) {
        long s = a + b;
        return s < 0 ? Long.MAX_VALUE : s;
    }
}
