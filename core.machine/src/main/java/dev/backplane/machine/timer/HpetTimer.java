package dev.backplane.machine.timer;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** The registers of one comparator of an HPET (IA-PC HPET specification 1.0a, 2.3.8 ff.). The HPET guards it. */
final class HpetTimer {
    static final long LEVEL = 1L << 1;
    static final long INT_ENABLE = 1L << 2;
    static final long PERIODIC = 1L << 3;
    static final long PERIODIC_CAP = 1L << 4;
    static final long SIZE_CAP = 1L << 5;
    static final long SET_VALUE = 1L << 6;
    static final long MODE_32 = 1L << 8;
    static final long ROUTE = 0x1FL << 9;
    static final long FSB_ENABLE = 1L << 14;
    static final long FSB_CAP = 1L << 15;
    static final long NEVER = Long.MAX_VALUE;

    private final long capabilities;
    private final long writable;
    private long config;
    private long comparator = -1;
    private long period;
    private long message;
    /** Counter ticks from now to the next match were already signalled for this comparator value. */
    private boolean fired;

    /** @param routes a bit for each interrupt of the I/O APIC it may use */
    HpetTimer(int routes, boolean messages) {
        capabilities = (long) routes << 32 | PERIODIC_CAP | SIZE_CAP | (messages ? FSB_CAP : 0);
        writable = LEVEL | INT_ENABLE | PERIODIC | SET_VALUE | MODE_32 | ROUTE | (messages ? FSB_ENABLE : 0);
        reset();
    }

    void reset() {
        config = capabilities;
        comparator = -1;
        period = 0;
        message = 0;
        fired = false;
    }

    long config() {
        return config;
    }

    void config(long value) {
        long accepted = value & writable;
        int route = (int) (accepted >>> 9) & 0x1F;
        if ((capabilities >>> 32 >>> route & 1) == 0) {
            // A route that is not offered is not taken (specification, Tn_INT_ROUTE_CNF).
            accepted = accepted & ~ROUTE | config & ROUTE;
        }
        boolean narrower = (accepted & MODE_32) != 0 && (config & MODE_32) == 0;
        config = capabilities | accepted;
        if (narrower) {
            comparator &= 0xFFFFFFFFL;
            period &= 0xFFFFFFFFL;
        }
    }

    boolean is(long bit) {
        return (config & bit) != 0;
    }

    int route() {
        return (int) (config >>> 9) & 0x1F;
    }

    long comparator() {
        return comparator;
    }

    void comparator(long value) {
        long v = is(MODE_32) ? value & 0xFFFFFFFFL : value;
        if (!is(PERIODIC) || is(SET_VALUE)) {
            comparator = v;
        }
        if (is(PERIODIC)) {
            period = v;
        }
        config &= ~SET_VALUE;
        fired = false;
    }

    long message() {
        return message;
    }

    void message(long value) {
        message = value;
    }

    /** The counter began to run or was set: a match that lies behind counts again. */
    void restarted() {
        fired = false;
    }

    /** Counter ticks until the next match: 0 if it is due (or was missed and not signalled), or {@link #NEVER}. */
    long ticksToMatch(long counter) {
        if (is(MODE_32)) {
            int ahead = (int) comparator - (int) counter;
            if (ahead > 0) {
                return ahead;
            }
            // A one-shot of 32 bits matches again when the counter has gone round.
            return fired ? (ahead & 0xFFFFFFFFL) + (ahead == 0 ? 1L << 32 : 0) : 0;
        }
        long ahead = comparator - counter;
        if (ahead > 0) {
            return ahead;
        }
        return fired ? NEVER : 0;
    }

    /** The match at or before a counter value was signalled: moves a periodic comparator beyond it. */
    void advance(long counter) {
        if (!is(PERIODIC) || period == 0) {
            fired = true;
            return;
        }
        if (is(MODE_32)) {
            long behind = (int) counter - (int) comparator & 0xFFFFFFFFL;
            comparator = comparator + (behind / period + 1) * period & 0xFFFFFFFFL;
        } else {
            long behind = counter - comparator;
            comparator += (Long.divideUnsigned(behind, period) + 1) * period;
        }
    }

    void save(StateWriter out) {
        out.putLong("config", config).putLong("comparator", comparator).putLong("period", period)
            .putLong("message", message).putBoolean("fired", fired);
    }

    void restore(StateReader in) throws StateException {
        config = in.getLong("config") & (writable & ~ROUTE) | capabilities;
        config(config | in.getLong("config") & ROUTE);
        comparator = in.getLong("comparator");
        period = in.getLong("period");
        message = in.getLong("message");
        fired = in.getBoolean("fired");
    }
}
