package dev.backplane.cpu.translator;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Raw;

/**
 * What machine code needs to know for RDTSC: the guest's counter at a moment of the host's, and their rates. Looked at
 * anew about once in a millisecond, and when the clock may have been stopped or set. The guest's counter never goes back
 * for that. Only for machines of one vCPU: the counters of several are compared with one another by their guests.
 */
final class TimeStamp {
    private static final MethodHandle CALL = Linker.nativeLinker()
        .downcallHandle(FunctionDescriptor.of(ValueLayout.JAVA_LONG), Linker.Option.critical(false));
    /** Ticks of the host's counter for which what was seen holds, as a power of two. */
    private static final int HOLDS = 21;
    /** Ticks of the host's over which rates are measured: less is not exact, much more sees no change. */
    private static final long SHORTEST = 1L << 25;
    private static final long LONGEST = 1L << 31;
    /** What the rates of two measurements may differ by, in parts of one. */
    private static final double TOLERANCE = 1e-3;
    private static final int TRIES = 4;
    /** A guest's counter that is behind by so many ticks was set. */
    private static final long SET = 1_000_000;
    private static final double UNIT = 1L << 32;

    private final Cpu c;
    private final long env;
    private final MemorySegment function;
    /** Where the rate is measured from. */
    private long hostStart;
    private long guestStart;
    private boolean started;
    private double scale;

    /** {@code function}: code that returns the host's counter. */
    TimeStamp(Cpu c, long env, MemorySegment function) {
        this.c = c;
        this.env = env;
        this.function = function;
        Raw.plainPut64(env + Env.TSC_TOO_OLD, -1L << HOLDS);
        doubt();
    }

    /** Machine code asks before it goes by what was seen. */
    void doubt() {
        Raw.put32(env + Env.TSC_OFF, 1);
    }

    private long host() {
        try {
            return (long) CALL.invokeExact(function);
        } catch (Throwable t) {
            throw new IllegalStateException("machine code cannot be entered", t);
        }
    }

    /** Looks at both counters; whether machine code can go by that. */
    boolean look() {
        if (c.count != 1 || c.tscExits || (c.cr4 & Cpu.CR4_TSD) != 0) {
            return false;
        }
        long host = 0;
        long guest = 0;
        long least = Long.MAX_VALUE;
        long before = host();
        for (int n = 0; n < TRIES; n++) {
            long g = c.bus.readTsc();
            long after = host();
            if (after - before < least) {
                least = after - before;
                host = before + least / 2;
                guest = g;
            }
            before = after;
        }
        if (!rate(host, guest)) {
            return false;
        }
        long last = Raw.plain64(env + Env.TSC_LAST);
        Raw.plainPut64(env + Env.TSC_HOST, -host);
        Raw.plainPut64(env + Env.TSC_GUEST, last > guest && last - guest < SET ? last : guest);
        Raw.plainPut64(env + Env.TSC_SCALE, (long) (scale * UNIT));
        Raw.put32(env + Env.TSC_AUX, (int) c.sys.tscAux);
        Raw.put32(env + Env.TSC_OFF, 0);
        return true;
    }

    private boolean rate(long host, long guest) {
        long elapsed = host - hostStart;
        if (!started || elapsed < 0 || guest < guestStart) {
            start(host, guest);
            scale = 0;
            started = true;
            return false;
        }
        if (elapsed < SHORTEST) {
            return scale != 0;
        }
        double now = (double) (guest - guestStart) / elapsed;
        if (scale != 0 && Math.abs(now - scale) > TOLERANCE * scale || now * UNIT >= 1L << 40) {
            start(host, guest);
            scale = 0;
            return false;
        }
        scale = now;
        if (elapsed > LONGEST) {
            start(host, guest);
        }
        return scale != 0;
    }

    private void start(long host, long guest) {
        hostStart = host;
        guestStart = guest;
    }
}
