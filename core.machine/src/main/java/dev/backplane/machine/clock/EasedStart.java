package dev.backplane.machine.clock;

import java.util.concurrent.TimeUnit;

/**
 * How a clock goes that begins slowly: for two seconds at 1/16, 1/8, 1/4 and 1/2 of its rate, then an eighth faster until
 * it has caught up with what it lost. Lengths are nanoseconds. Immutable.
 *
 * @param owed what an eased start before this one had not caught up yet
 */
record EasedStart(long owed) {
    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int FIRST_SHIFT = 4;
    private static final int CATCH_UP_SHIFT = 3;
    /** How long it is slow. */
    static final long SLOW = FIRST_SHIFT * STEP;
    /** How far it falls behind by that. */
    static final long LOST = SLOW - slow(SLOW);

    /** What goes by on the clock in so much of the host's time. */
    long passed(long elapsed) {
        if (elapsed < SLOW) {
            return slow(elapsed);
        }
        long since = elapsed - SLOW;
        return SLOW - LOST + since + Math.min(since >> CATCH_UP_SHIFT, LOST + owed);
    }

    private static long slow(long elapsed) {
        long passed = 0;
        long left = elapsed;
        for (int shift = FIRST_SHIFT; shift > 0 && left > 0; shift--) {
            passed += Math.min(left, STEP) >> shift;
            left -= STEP;
        }
        return passed;
    }

    /** How far the clock is behind. */
    long behind(long elapsed) {
        return owed + elapsed - passed(elapsed);
    }

    /** So much of the host's time that at most {@code nanos} go by on the clock. */
    long atMost(long nanos, long elapsed) {
        return behind(elapsed) > 0 ? nanos - (nanos >> CATCH_UP_SHIFT) : nanos;
    }
}
