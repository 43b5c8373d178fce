package dev.backplane.machine.timer;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * One counter of an 8254 (Intel datasheet 231164). Times are counted in its input clock's ticks since power-on. Not
 * thread-safe: the timer guards it.
 */
final class PitChannel {
    static final long NEVER = Long.MAX_VALUE;
    private static final int LOW_THEN_HIGH = 3;

    private int mode = 3;
    private boolean bcd;
    private int access = LOW_THEN_HIGH;
    private boolean gate;
    /** Whether a count was written after the control word. */
    private boolean loaded;
    /** Modes 1 and 5: whether the gate triggered since. */
    private boolean triggered;
    /** Ticks in a cycle: 1 to 65536. */
    private int count = 0x10000;
    /** Modes 2 and 3: the count from {@link #nextAt} on; modes 1 and 5: from the next trigger on. 0 is none. */
    private int nextCount;
    private long nextAt = NEVER;
    /** The tick at which counting began, or how many had passed when the gate stopped it. */
    private long start;
    private long stoppedAfter;
    private boolean stopped;

    private boolean writeHigh;
    private int writtenLow;
    private boolean readHigh;
    private int latch;
    private int latchedReads;
    private boolean statusLatched;
    private int latchedStatus;

    PitChannel(boolean gate) {
        this.gate = gate;
    }

    void reset(boolean newGate) {
        mode = 3;
        bcd = false;
        access = LOW_THEN_HIGH;
        gate = newGate;
        loaded = false;
        triggered = false;
        count = 0x10000;
        nextCount = 0;
        nextAt = NEVER;
        start = 0;
        stoppedAfter = 0;
        stopped = false;
        forgetAccesses();
    }

    private void forgetAccesses() {
        writeHigh = false;
        readHigh = false;
        latchedReads = 0;
        statusLatched = false;
    }

    int mode() {
        return mode;
    }

    int count() {
        return count;
    }

    boolean gate() {
        return gate;
    }

    boolean running() {
        return loaded && !stopped && (mode != 1 && mode != 5 || triggered);
    }

    /** A control word that selects this counter and is not a latch command. */
    void control(int word, long tick) {
        access = word >> 4 & 3;
        int code = word >> 1 & 7;
        mode = code > 5 ? code - 4 : code;
        bcd = (word & 1) != 0;
        loaded = false;
        triggered = false;
        nextCount = 0;
        nextAt = NEVER;
        stopped = !gate && mode != 1 && mode != 5;
        stoppedAfter = 0;
        start = tick;
        forgetAccesses();
    }

    void latchCount(long tick) {
        if (latchedReads == 0) {
            latch = value(tick);
            latchedReads = access == LOW_THEN_HIGH ? 2 : 1;
            readHigh = false;
        }
    }

    void latchStatus(long tick) {
        if (!statusLatched) {
            boolean nullCount = !loaded || nextCount != 0 && !settled(tick);
            latchedStatus = (out(tick) ? 0x80 : 0) | (nullCount ? 0x40 : 0) | access << 4 | mode << 1 | (bcd ? 1 : 0);
            statusLatched = true;
        }
    }

    int read(long tick) {
        if (statusLatched) {
            statusLatched = false;
            return latchedStatus;
        }
        int value = latchedReads > 0 ? latch : value(tick);
        boolean high = access == 2 || access == LOW_THEN_HIGH && readHigh;
        if (access == LOW_THEN_HIGH) {
            readHigh = !readHigh;
        }
        if (latchedReads > 0) {
            latchedReads--;
        }
        return high ? value >>> 8 & 0xFF : value & 0xFF;
    }

    void write(int value, long tick) {
        switch (access) {
            case 1 -> load(value, tick);
            case 2 -> load(value << 8, tick);
            default -> {
                if (writeHigh) {
                    load(value << 8 | writtenLow, tick);
                } else {
                    writtenLow = value;
                    if (mode == 0) {
                        loaded = false; // the first byte stops the count
                    }
                }
                writeHigh = !writeHigh;
            }
        }
    }

    private void load(int raw, long tick) {
        int ticks = bcd ? fromBcd(raw) : raw;
        if (ticks == 0) {
            ticks = bcd ? 10_000 : 0x10000;
        }
        boolean wasLoaded = loaded;
        loaded = true;
        if (mode == 1 || mode == 5) {
            nextCount = ticks;
            return;
        }
        if ((mode == 2 || mode == 3) && wasLoaded && !stopped) {
            settled(tick);
            nextCount = ticks;
            nextAt = start + ((tick - start) / count + 1) * count;
            return;
        }
        count = ticks;
        nextCount = 0;
        nextAt = NEVER;
        start = tick;
        stoppedAfter = 0;
        stopped = !gate;
    }

    private static int fromBcd(int v) {
        return (v >> 12 & 0xF) * 1000 + (v >> 8 & 0xF) * 100 + (v >> 4 & 0xF) * 10 + (v & 0xF);
    }

    private static int toBcd(int v) {
        return v / 1000 % 10 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10;
    }

    /** Takes over a count whose time has come; whether none is outstanding. */
    private boolean settled(long tick) {
        if (nextAt <= tick) {
            start = nextAt;
            count = nextCount;
            nextCount = 0;
            nextAt = NEVER;
        }
        return nextCount == 0;
    }

    void gate(boolean level, long tick) {
        if (level == gate) {
            return;
        }
        gate = level;
        if (!level) {
            if (mode != 1 && mode != 5) {
                settled(tick);
                stoppedAfter = Math.max(0, tick - start);
                stopped = true;
            }
            return;
        }
        switch (mode) {
            case 1, 5 -> {
                if (loaded) {
                    if (nextCount != 0) {
                        count = nextCount;
                        nextCount = 0;
                    }
                    triggered = true;
                    start = tick;
                }
            }
            case 2, 3 -> {
                if (nextCount != 0) {
                    count = nextCount;
                    nextCount = 0;
                    nextAt = NEVER;
                }
                stopped = false;
                start = tick;
            }
            default -> {
                if (stopped) {
                    stopped = false;
                    start = tick - stoppedAfter;
                }
            }
        }
    }

    private long elapsed(long tick) {
        settled(tick);
        return stopped ? stoppedAfter : Math.max(0, tick - start);
    }

    /** The counting element as it is read: 16 bits, in the counter's own notation. */
    private int value(long tick) {
        if (!loaded || (mode == 1 || mode == 5) && !triggered) {
            return bcd ? toBcd(count % 10_000) : count & 0xFFFF;
        }
        long passed = elapsed(tick);
        long left = switch (mode) {
            case 2 -> count - passed % count;
            case 3 -> count - 2 * (passed % count) % count & ~1L;
            default -> count - passed;
        };
        return bcd ? toBcd((int) Math.floorMod(left, 10_000L)) : (int) left & 0xFFFF;
    }

    /** The level of OUT. */
    boolean out(long tick) {
        if (!loaded) {
            return mode != 0;
        }
        long passed = elapsed(tick);
        return switch (mode) {
            case 0 -> passed >= count;
            case 1 -> !triggered || passed >= count;
            case 2 -> stopped || passed % count != count - 1 || count == 1;
            case 3 -> stopped || passed % count < count + 1 >> 1;
            case 4 -> passed != count;
            default -> !triggered || passed != count;
        };
    }

    /** The tick of the next rising edge of OUT after a tick, or {@link #NEVER}. */
    long nextRise(long tick) {
        if (!running()) {
            return NEVER;
        }
        long passed = elapsed(tick);
        long at = switch (mode) {
            case 0, 1 -> start + count;
            case 2, 3 -> start + (passed / count + 1) * count;
            default -> start + count + 1;
        };
        return at > tick ? at : NEVER;
    }

    void save(StateWriter out) {
        out.putInt("mode", mode).putBoolean("bcd", bcd).putInt("access", access).putBoolean("gate", gate)
            .putBoolean("loaded", loaded).putBoolean("triggered", triggered).putInt("count", count)
            .putInt("next-count", nextCount).putLong("next-at", nextAt).putLong("start", start)
            .putLong("stopped-after", stoppedAfter).putBoolean("stopped", stopped)
            .putBoolean("write-high", writeHigh).putInt("written-low", writtenLow).putBoolean("read-high", readHigh)
            .putInt("latch", latch).putInt("latched-reads", latchedReads).putBoolean("status-latched", statusLatched)
            .putInt("latched-status", latchedStatus);
    }

    void restore(StateReader in) throws StateException {
        mode = in.getInt("mode", 0, 5);
        bcd = in.getBoolean("bcd");
        access = in.getInt("access", 1, 3);
        gate = in.getBoolean("gate");
        loaded = in.getBoolean("loaded");
        triggered = in.getBoolean("triggered");
        count = in.getInt("count", 1, 0x10000);
        nextCount = in.getInt("next-count", 0, 0x10000);
        nextAt = nextCount == 0 || mode == 1 || mode == 5 ? NEVER : Math.max(0, in.getLong("next-at"));
        start = in.getLong("start");
        stoppedAfter = Math.max(0, in.getLong("stopped-after"));
        stopped = in.getBoolean("stopped");
        writeHigh = in.getBoolean("write-high");
        writtenLow = in.getInt("written-low", 0, 0xFF);
        readHigh = in.getBoolean("read-high");
        latch = in.getInt("latch", 0, 0xFFFF);
        latchedReads = in.getInt("latched-reads", 0, 2);
        statusLatched = in.getBoolean("status-latched");
        latchedStatus = in.getInt("latched-status", 0, 0xFF);
    }
}
