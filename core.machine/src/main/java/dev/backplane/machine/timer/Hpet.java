package dev.backplane.machine.timer;

import java.util.function.Consumer;
import java.util.function.IntFunction;

import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.board.BoardPart;
import dev.backplane.machine.board.TimerFactory;
import dev.backplane.machine.interrupt.MessageSink;
import dev.backplane.machine.interrupt.Ticks;

/**
 * The high-precision event timer (IA-PC HPET specification 1.0a): a 64-bit counter of 10 ns and three comparators, all
 * of them periodic-capable. The board puts it at {@value #ADDRESS}, 1 KiB. In legacy replacement mode comparator 0
 * drives ISA interrupt 0 and comparator 1 ISA interrupt 8 in place of the 8254 and the real-time clock, whose lines
 * come in through {@link #legacyInput}.
 *
 * <p>A comparator written with a value that the counter has passed fires at once: a guest that runs slower than the
 * hardware it was written for would otherwise wait for the counter to wrap.
 *
 * <p>Threading: any thread; one lock.
 */
public final class Hpet implements BoardPart, RegisterHandler {
    /** Where the board puts it. */
    public static final long ADDRESS = 0xFED00000L;
    /** Bytes of registers. */
    public static final long SIZE = 0x400;
    /** Femtoseconds of a tick of the main counter. */
    public static final long PERIOD_FEMTOS = 10_000_000;
    /** The low half of the capabilities: vendor 8086, legacy replacement, 64 bits, three comparators, revision 1. */
    public static final int CAPABILITIES = 0x8086A201;
    /** The fewest ticks between two interrupts of a periodic comparator: what the ACPI table tells. */
    public static final int MIN_PERIOD_TICKS = 5_000;

    private static final int TIMERS = 3;
    private static final long NANOS_PER_TICK = PERIOD_FEMTOS / 1_000_000;
    /** GSI 2, 8 and 16 to 23. */
    private static final int ROUTES = 0xFF0104;
    private static final int ENABLE = 1;
    private static final int LEGACY = 2;
    private static final long NEVER = Long.MAX_VALUE;

    private final MachineClock clock;
    private final MessageSink messages;
    private final Consumer<Boolean> legacyChanged;
    private final IrqLine[] routed = new IrqLine[32];
    private final boolean[] routedLevel = new boolean[32];
    /** ISA interrupts 0 and 8: driven by comparator 0 and 1 in legacy mode, else by what came in. */
    private final IrqLine[] legacyOut;
    private final boolean[] legacyIn = new boolean[2];
    private final boolean[] legacyLevel = new boolean[2];
    private final HpetTimer[] timers = new HpetTimer[TIMERS];
    private final DeviceTimer[] wakeups = new DeviceTimer[TIMERS];
    private final long[] dueAt = {NEVER, NEVER, NEVER};
    private int config;
    private int status;
    /** Main counter while halted; while it runs, its value at time 0 of the clock. */
    private long counterBase;

    /**
     * @param irq0          ISA interrupt 0
     * @param irq8          ISA interrupt 8
     * @param gsi           gives the line of a global system interrupt
     * @param messages      takes messages if comparators may deliver them (FSB), else null
     * @param legacyChanged told, under no lock, whether legacy replacement is on
     */
    public Hpet(MachineClock clock, TimerFactory timerFactory, IrqLine irq0, IrqLine irq8, IntFunction<IrqLine> gsi,
            MessageSink messages, Consumer<Boolean> legacyChanged) {
        this.clock = clock;
        this.messages = messages;
        this.legacyChanged = legacyChanged;
        legacyOut = new IrqLine[] {irq0, irq8};
        for (int i = 0; i < 32; i++) {
            if ((ROUTES >>> i & 1) != 0) {
                routed[i] = gsi.apply(i);
            }
        }
        for (int i = 0; i < TIMERS; i++) {
            int index = i;
            timers[i] = new HpetTimer(ROUTES, messages != null);
            wakeups[i] = timerFactory.timer("hpet-" + i, () -> expire(index));
        }
    }

    @Override
    public String name() {
        return "hpet";
    }

    /** The register block. */
    public RegisterHandler registers() {
        return this;
    }

    /**
     * The line of the part that legacy replacement shuts out.
     *
     * @param which 0 for the 8254 (ISA interrupt 0), 1 for the real-time clock (ISA interrupt 8)
     */
    public IrqLine legacyInput(int which) {
        return level -> {
            synchronized (Hpet.this) {
                legacyIn[which] = level;
                if (!legacy()) {
                    driveLegacy(which, level);
                }
            }
        };
    }

    private void driveLegacy(int which, boolean level) {
        if (legacyLevel[which] != level) {
            legacyLevel[which] = level;
            legacyOut[which].set(level);
        }
    }

    private boolean legacy() {
        return (config & LEGACY) != 0;
    }

    private boolean running() {
        return (config & ENABLE) != 0;
    }

    private long counter(long now) {
        return running() ? counterBase + now / NANOS_PER_TICK : counterBase;
    }

    // ---- registers ----

    @Override
    public synchronized long read(long offset, int size) {
        return readWord((int) offset & ~7) >>> ((int) offset & 7) * 8;
    }

    private long readWord(int offset) {
        switch (offset) {
            case 0x000:
                return PERIOD_FEMTOS << 32 | CAPABILITIES & 0xFFFFFFFFL;
            case 0x010:
                return config;
            case 0x020:
                return status;
            case 0x0F0:
                return counter(clock.nanoTime());
            default:
                int index = offset - 0x100 >> 5;
                if (index < 0 || index >= TIMERS) {
                    return 0;
                }
                return switch (offset & 0x1F) {
                    case 0x00 -> timers[index].config();
                    case 0x08 -> timers[index].comparator();
                    case 0x10 -> timers[index].message();
                    default -> 0;
                };
        }
    }

    @Override
    public void write(long offset, int size, long value) {
        boolean before;
        boolean after;
        synchronized (this) {
            before = legacy();
            int word = (int) offset & ~7;
            int shift = ((int) offset & 7) * 8;
            long mask = (size == 8 ? -1L : (1L << size * 8) - 1) << shift;
            writeWord(word, mask, value << shift & mask);
            after = legacy();
        }
        if (before != after) {
            legacyChanged.accept(after);
        }
    }

    /** Writes the bytes under a mask of an aligned register. */
    private void writeWord(int offset, long mask, long value) {
        long now = clock.nanoTime();
        switch (offset) {
            case 0x010 -> writeConfig((int) (config & ~mask | value) & (ENABLE | LEGACY), now);
            case 0x020 -> {
                status &= ~(int) value;
                for (int i = 0; i < TIMERS; i++) {
                    updateLevel(i);
                }
            }
            case 0x0F0 -> {
                long merged = counter(now) & ~mask | value;
                counterBase = running() ? merged - now / NANOS_PER_TICK : merged;
                restartAll(now);
            }
            default -> {
                int index = offset - 0x100 >> 5;
                if (index >= 0 && index < TIMERS) {
                    writeTimer(index, offset & 0x1F, mask, value, now);
                }
            }
        }
    }

    private void writeTimer(int index, int register, long mask, long value, long now) {
        HpetTimer t = timers[index];
        switch (register) {
            case 0x00 -> {
                release(index);
                t.config(t.config() & ~mask | value);
                if (!t.is(HpetTimer.LEVEL)) {
                    status &= ~(1 << index);
                }
                updateLevel(index);
            }
            case 0x08 -> t.comparator(t.comparator() & ~mask | value);
            case 0x10 -> t.message(t.message() & ~mask | value);
            default -> {
                return;
            }
        }
        schedule(index, now);
    }

    private void writeConfig(int value, long now) {
        boolean was = running();
        long counter = counter(now);
        for (int i = 0; i < TIMERS; i++) {
            release(i);
        }
        config = value;
        if (running() != was) {
            counterBase = running() ? counter - now / NANOS_PER_TICK : counter;
            restartAll(now);
        }
        for (int i = 0; i < 2; i++) {
            driveLegacy(i, !legacy() && legacyIn[i]);
        }
        for (int i = 0; i < TIMERS; i++) {
            updateLevel(i);
        }
    }

    private void restartAll(long now) {
        for (int i = 0; i < TIMERS; i++) {
            timers[i].restarted();
            schedule(i, now);
        }
    }

    // ---- interrupts ----

    private void schedule(int index, long now) {
        HpetTimer t = timers[index];
        boolean wanted = running() && (t.is(HpetTimer.INT_ENABLE) || t.is(HpetTimer.LEVEL));
        long ticks = wanted ? t.ticksToMatch(counter(now)) : HpetTimer.NEVER;
        if (ticks >= NEVER / NANOS_PER_TICK) {
            dueAt[index] = NEVER;
            wakeups[index].cancel();
            return;
        }
        // Up to the end of the current tick: at that time the counter has the value.
        dueAt[index] = Ticks.sum((now / NANOS_PER_TICK) * NANOS_PER_TICK, ticks * NANOS_PER_TICK);
        wakeups[index].armAt(dueAt[index]);
    }

    private void expire(int index) {
        synchronized (this) {
            long now = clock.nanoTime();
            if (dueAt[index] == NEVER) {
                return;
            }
            if (now < dueAt[index]) {
                wakeups[index].armAt(dueAt[index]);
                return;
            }
            fire(index);
            timers[index].advance(counter(now));
            schedule(index, now);
            if (dueAt[index] != NEVER && dueAt[index] < now + Pit.MIN_INTERVAL_NANOS
                    && timers[index].is(HpetTimer.PERIODIC)) {
                dueAt[index] = now + Pit.MIN_INTERVAL_NANOS;
                wakeups[index].armAt(dueAt[index]);
            }
        }
    }

    private void fire(int index) {
        HpetTimer t = timers[index];
        if (t.is(HpetTimer.LEVEL)) {
            status |= 1 << index;
            updateLevel(index);
            return;
        }
        if (!t.is(HpetTimer.INT_ENABLE)) {
            return;
        }
        if (t.is(HpetTimer.FSB_ENABLE)) {
            messages.send(t.message() >>> 32, (int) t.message());
        } else if (legacy() && index < 2) {
            driveLegacy(index, true);
            driveLegacy(index, false);
        } else if (routed[t.route()] != null && !routedLevel[t.route()]) {
            routed[t.route()].pulse();
        }
    }

    /** Drives the line of a level-triggered comparator as its status bit says. */
    private void updateLevel(int index) {
        HpetTimer t = timers[index];
        if (!t.is(HpetTimer.LEVEL)) {
            return;
        }
        boolean level = (status >>> index & 1) != 0 && t.is(HpetTimer.INT_ENABLE) && !t.is(HpetTimer.FSB_ENABLE);
        drive(index, level);
    }

    /** Lets go of a level-triggered comparator's line before its route changes. */
    private void release(int index) {
        if (timers[index].is(HpetTimer.LEVEL)) {
            drive(index, false);
        }
    }

    private void drive(int index, boolean level) {
        if (legacy() && index < 2) {
            driveLegacy(index, level);
            return;
        }
        int route = timers[index].route();
        if (routed[route] == null) {
            return;
        }
        boolean any = level;
        for (int i = 0; i < TIMERS && !any; i++) {
            any = i != index && !(legacy() && i < 2) && timers[i].route() == route && asserts(i);
        }
        if (routedLevel[route] != any) {
            routedLevel[route] = any;
            routed[route].set(any);
        }
    }

    private boolean asserts(int index) {
        HpetTimer t = timers[index];
        return t.is(HpetTimer.LEVEL) && t.is(HpetTimer.INT_ENABLE) && !t.is(HpetTimer.FSB_ENABLE)
            && (status >>> index & 1) != 0;
    }

    // ---- reset and state ----

    @Override
    public void reset() {
        synchronized (this) {
            for (int i = 0; i < TIMERS; i++) {
                release(i);
                timers[i].reset();
                dueAt[i] = NEVER;
                wakeups[i].cancel();
            }
            config = 0;
            status = 0;
            counterBase = 0;
            for (int i = 0; i < 2; i++) {
                driveLegacy(i, legacyIn[i]);
            }
        }
        legacyChanged.accept(false);
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.putInt("config", config).putInt("status", status).putLong("counter-base", counterBase);
        for (int i = 0; i < TIMERS; i++) {
            StateWriter section = out.section("timer-" + i);
            timers[i].save(section);
            section.putLong("due-at", dueAt[i]);
        }
        for (int i = 0; i < 2; i++) {
            out.putBoolean("legacy-in-" + i, legacyIn[i]).putBoolean("legacy-level-" + i, legacyLevel[i]);
        }
        int levels = 0;
        for (int i = 0; i < 32; i++) {
            levels |= routedLevel[i] ? 1 << i : 0;
        }
        out.putInt("routed-levels", levels);
    }

    @Override
    public synchronized void restore(StateReader in) throws StateException {
        config = in.getInt("config", 0, ENABLE | LEGACY);
        status = in.getInt("status", 0, 7);
        counterBase = in.getLong("counter-base");
        int levels = in.getInt("routed-levels");
        for (int i = 0; i < 32; i++) {
            routedLevel[i] = routed[i] != null && (levels >>> i & 1) != 0;
        }
        for (int i = 0; i < 2; i++) {
            legacyIn[i] = in.getBoolean("legacy-in-" + i);
            legacyLevel[i] = in.getBoolean("legacy-level-" + i);
        }
        for (int i = 0; i < TIMERS; i++) {
            StateReader section = in.section("timer-" + i);
            timers[i].restore(section);
            dueAt[i] = section.getLong("due-at");
            if (dueAt[i] == NEVER) {
                wakeups[i].cancel();
            } else {
                wakeups[i].armAt(dueAt[i]);
            }
        }
    }
}
