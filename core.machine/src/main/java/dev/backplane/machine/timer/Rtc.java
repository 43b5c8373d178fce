package dev.backplane.machine.timer;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;

import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.board.BoardPart;
import dev.backplane.machine.board.TimerFactory;
import dev.backplane.machine.interrupt.Bytes;

/**
 * The MC146818 real-time clock with 128 bytes of battery-backed memory (Motorola MC146818 datasheet; ICH9 datasheet
 * 13.6). The board puts {@link #registers()} at ports 0x70-0x71; the line is ISA interrupt 8. It shows UTC and follows
 * the machine's wall clock at the distance that the guest set; years before 1685 and after 2255 are not kept.
 *
 * <p>Flags are worked out when register C is read; the host is woken only for an interrupt that is enabled and whose
 * flag is not up already, so a guest that does not answer costs nothing. Daylight saving is not done (bit 0 of register
 * B is kept), nor is the square wave.
 *
 * <p>Threading: any thread; one lock.
 */
public final class Rtc implements BoardPart {
    private static final int SECONDS = 0;
    private static final int HOURS_ALARM = 5;
    private static final int YEAR = 9;
    private static final int A = 10;
    private static final int B = 11;
    private static final int C = 12;
    private static final int D = 13;
    private static final int CENTURY = 0x32;
    private static final int SIZE = 128;

    private static final int A_UPDATING = 0x80;
    private static final int B_SET = 0x80;
    private static final int B_BINARY = 4;
    private static final int B_24_HOURS = 2;
    private static final int PERIODIC = 0x40;
    private static final int ALARM = 0x20;
    private static final int UPDATE = 0x10;
    private static final int SOURCES = PERIODIC | ALARM | UPDATE;
    private static final int REQUEST = 0x80;

    private static final long SECOND = 1_000_000_000L;
    /** How long before an update bit 7 of register A warns of it. */
    private static final long WARNING = 244_000;
    private static final long BASE_HZ = 32_768;
    /** The wall clock may jump while a machine is paused: no wake-up for it is farther away than this. */
    private static final long LONGEST_WAIT = 60 * SECOND;
    private static final long NEVER = Long.MAX_VALUE;
    /** Seconds from 1970 that nanoseconds in 64 bits can hold: the years 1685 to 2255. */
    private static final long FARTHEST = 9_000_000_000L;

    private final MachineClock clock;
    private final IrqLine line;
    private final DeviceTimer wakeup;
    private final MemorySize memory;
    private final byte[] cells = new byte[SIZE];
    private int index;
    private boolean nmiMasked;
    /** Guest time minus wall-clock time, in nanoseconds; while {@link #frozen} the guest's time is in the cells. */
    private long offset;
    private boolean frozen;
    /** Up to when flags are worked out: nanoseconds of guest time since 1970. */
    private long settledTo;
    private boolean lineLevel;
    private long dueAt = NEVER;

    /** @param line ISA interrupt 8; called under this part's lock */
    public Rtc(MachineClock clock, TimerFactory timers, IrqLine line, MemorySize memory) {
        this.clock = clock;
        this.line = line;
        this.memory = memory;
        wakeup = timers.timer("rtc", this::expire);
        fillMemory();
        settledTo = guestNanos();
    }

    @Override
    public String name() {
        return "rtc";
    }

    /** Two ports: index (with the NMI mask in bit 7) and data. */
    public RegisterHandler registers() {
        return new Bytes(this::read, this::write);
    }

    /** Whether bit 7 of port 0x70 keeps non-maskable interrupts of the board away from the processors. */
    public synchronized boolean nmiMasked() {
        return nmiMasked;
    }

    private void fillMemory() {
        Arrays.fill(cells, (byte) 0);
        cells[A] = 0x26;
        cells[B] = B_24_HOURS;
        cells[D] = (byte) 0x80;
        put16(0x15, 640);
        long above1M = Math.max(0, memory.below4GiB() - (1 << 20)) >> 10;
        put16(0x17, (int) Math.min(above1M, 0xFFFF));
        put16(0x30, (int) Math.min(above1M, 0xFFFF));
        put16(0x34, (int) Math.min(Math.max(0, memory.below4GiB() - (16 << 20)) >> 16, 0xFFFF));
        long high = memory.above4GiB() >> 16;
        cells[0x5B] = (byte) high;
        cells[0x5C] = (byte) (high >> 8);
        cells[0x5D] = (byte) (high >> 16);
        cells[0x5F] = (byte) (memory.vcpus() - 1);
        cells[0x14] = 0x02; // equipment: numeric coprocessor
        cells[0x38] = 0x00;
        cells[0x3D] = 0x02; // boot order of SeaBIOS: hard disk
        int sum = 0;
        for (int i = 0x10; i <= 0x2D; i++) {
            sum += cells[i] & 0xFF;
        }
        cells[0x2E] = (byte) (sum >> 8);
        cells[0x2F] = (byte) sum;
    }

    private void put16(int at, int value) {
        cells[at] = (byte) value;
        cells[at + 1] = (byte) (value >> 8);
    }

    // ---- time ----

    private long wallNanos() {
        Instant i = clock.wallClock();
        return i.getEpochSecond() * SECOND + i.getNano();
    }

    private long guestNanos() {
        return wallNanos() + offset;
    }

    private RtcCalendar calendar() {
        return new RtcCalendar((cells[B] & B_BINARY) != 0, (cells[B] & B_24_HOURS) != 0);
    }

    private boolean dividerReset() {
        return (cells[A] & 0x60) == 0x60;
    }

    /** Puts the guest's time into the cells. */
    private void showTime(long guestNanos) {
        RtcCalendar cal = calendar();
        LocalDateTime t = LocalDateTime.ofEpochSecond(Math.floorDiv(guestNanos, SECOND), 0, ZoneOffset.UTC);
        cells[0] = (byte) cal.encode(t.getSecond());
        cells[2] = (byte) cal.encode(t.getMinute());
        cells[4] = (byte) cal.encodeHour(t.getHour());
        cells[6] = (byte) cal.encode(t.getDayOfWeek().getValue() % 7 + 1);
        cells[7] = (byte) cal.encode(t.getDayOfMonth());
        cells[8] = (byte) cal.encode(t.getMonthValue());
        cells[YEAR] = (byte) cal.encode(Math.floorMod(t.getYear(), 100));
        int century = Math.floorMod(t.getYear() / 100, 100);
        cells[CENTURY] = (byte) (century / 10 << 4 | century % 10);
    }

    /** Takes the guest's time from the cells, with a fraction of a second in nanoseconds. */
    private void takeTime(long fraction) {
        long meant = calendar().seconds(cells[0] & 0xFF, cells[2] & 0xFF, cells[4] & 0xFF, cells[7] & 0xFF,
            cells[8] & 0xFF, cells[YEAR] & 0xFF, cells[CENTURY] & 0xFF);
        long seconds = Math.clamp(meant, -FARTHEST, FARTHEST);
        offset = seconds * SECOND + fraction - wallNanos();
        settledTo = guestNanos();
    }

    // ---- registers ----

    private synchronized int read(int port) {
        if (port == 0) {
            return 0xFF;
        }
        switch (index) {
            case 0, 2, 4, 6, 7, 8, YEAR, CENTURY -> {
                if (!frozen) {
                    showTime(guestNanos());
                }
                return cells[index];
            }
            case A -> {
                boolean updating = !frozen && Math.floorMod(guestNanos(), SECOND) >= SECOND - WARNING;
                return cells[A] & 0x7F | (updating ? A_UPDATING : 0);
            }
            case C -> {
                settle();
                int flags = cells[C] | ((cells[C] & cells[B] & SOURCES) != 0 ? REQUEST : 0);
                cells[C] = 0;
                updateLine();
                schedule();
                return flags;
            }
            default -> {
                return cells[index];
            }
        }
    }

    private synchronized void write(int port, int value) {
        if (port == 0) {
            index = value & 0x7F;
            nmiMasked = (value & 0x80) != 0;
            return;
        }
        switch (index) {
            case C, D -> { } // read-only
            case A -> change(A, value & 0x7F);
            case B -> change(B, value);
            case 1, 3, HOURS_ALARM -> {
                settle();
                cells[index] = (byte) value;
                schedule();
            }
            case 0, 2, 4, 6, 7, 8, YEAR, CENTURY -> {
                if (frozen) {
                    cells[index] = (byte) value;
                    return;
                }
                settle();
                long now = guestNanos();
                showTime(now);
                cells[index] = (byte) value;
                takeTime(Math.floorMod(now, SECOND));
                schedule();
            }
            default -> cells[index] = (byte) value;
        }
    }

    /** A control register changes: the clock may stop, go on, or be read in another notation from here on. */
    private void change(int register, int value) {
        settle();
        long now = guestNanos();
        if (!frozen) {
            showTime(now);
        }
        boolean wasReset = dividerReset();
        cells[register] = (byte) value;
        boolean stop = dividerReset() || (cells[B] & B_SET) != 0;
        if (stop) {
            // While it is stopped the fraction stays what it was, or half a second when the divider starts anew.
            frozen = true;
        } else if (frozen) {
            frozen = false;
            takeTime(wasReset ? SECOND / 2 : Math.floorMod(now, SECOND));
        } else {
            showTime(now);
        }
        if ((cells[B] & B_SET) != 0) {
            cells[B] &= ~UPDATE; // setting SET clears UIE (datasheet)
        }
        updateLine();
        schedule();
    }

    // ---- flags and interrupts ----

    /** Nanoseconds of a period of the periodic interrupt, or 0 if it is off. */
    private double period() {
        int rate = cells[A] & 0xF;
        if (rate == 0 || dividerReset()) {
            return 0;
        }
        int shift = rate <= 2 ? rate + 6 : rate - 1;
        return (double) SECOND * (1 << shift) / BASE_HZ;
    }

    private static long turn(long nanos, double period) {
        long whole = Math.floorDiv(nanos, SECOND);
        return (long) (whole * (SECOND / period)) + (long) (Math.floorMod(nanos, SECOND) / period);
    }

    /** Raises the flags of all that happened since the last time. */
    private void settle() {
        long now = guestNanos();
        long from = settledTo;
        if (now <= from) {
            if (from - now > SECOND) {
                settledTo = now; // the wall clock was set back
            }
            return;
        }
        settledTo = now;
        int flags = cells[C] & SOURCES;
        double period = period();
        if (period > 0 && turn(now, period) != turn(from, period)) {
            flags |= PERIODIC;
        }
        if (!frozen && Math.floorDiv(now, SECOND) != Math.floorDiv(from, SECOND)) {
            flags |= UPDATE;
            if ((flags & ALARM) == 0) {
                long alarm = nextAlarm(Math.floorDiv(from, SECOND));
                if (alarm != NEVER && alarm * SECOND <= now) {
                    flags |= ALARM;
                }
            }
        }
        cells[C] = (byte) flags;
    }

    /** The first second after a given one at which the alarm registers match, or {@link #NEVER}. */
    private long nextAlarm(long after) {
        RtcCalendar cal = calendar();
        int second = anyOr(cells[1], cal.decode(cells[1] & 0xFF));
        int minute = anyOr(cells[3], cal.decode(cells[3] & 0xFF));
        int hour = anyOr(cells[HOURS_ALARM], cal.decodeHour(cells[HOURS_ALARM] & 0xFF));
        if (second > 59 || minute > 59 || hour > 23) {
            return NEVER;
        }
        long t = after + 1;
        for (int steps = 0; steps < 256; steps++) {
            if (hour >= 0 && Math.floorMod(Math.floorDiv(t, 3600), 24) != hour) {
                t = (Math.floorDiv(t, 3600) + 1) * 3600;
            } else if (minute >= 0 && Math.floorMod(Math.floorDiv(t, 60), 60) != minute) {
                t = (Math.floorDiv(t, 60) + 1) * 60;
            } else if (second >= 0 && Math.floorMod(t, 60) != second) {
                t++;
            } else {
                return t;
            }
        }
        return NEVER;
    }

    /** -1 if the two top bits say "any". */
    private static int anyOr(byte register, int value) {
        return (register & 0xC0) == 0xC0 ? -1 : value;
    }

    private void updateLine() {
        boolean level = (cells[C] & cells[B] & SOURCES) != 0;
        cells[C] = (byte) (level ? cells[C] | REQUEST : cells[C] & ~REQUEST);
        if (level != lineLevel) {
            lineLevel = level;
            line.set(level);
        }
    }

    private void schedule() {
        int wanted = cells[B] & ~cells[C] & SOURCES;
        long now = guestNanos();
        long next = NEVER;
        double period = period();
        if ((wanted & PERIODIC) != 0 && period > 0) {
            long within = Math.floorMod(now, SECOND);
            long turn = (long) (within / period) + 1;
            next = Math.min(next, now - within + (long) Math.ceil(turn * period));
        }
        if ((wanted & UPDATE) != 0 && !frozen) {
            next = Math.min(next, (Math.floorDiv(now, SECOND) + 1) * SECOND);
        }
        if ((wanted & ALARM) != 0 && !frozen) {
            long alarm = nextAlarm(Math.floorDiv(now, SECOND));
            if (alarm != NEVER) {
                next = Math.min(next, alarm * SECOND);
            }
        }
        if (next == NEVER) {
            dueAt = NEVER;
            wakeup.cancel();
            return;
        }
        dueAt = clock.nanoTime() + Math.clamp(next - now, Pit.MIN_INTERVAL_NANOS, LONGEST_WAIT);
        wakeup.armAt(dueAt);
    }

    private synchronized void expire() {
        if (dueAt == NEVER) {
            return;
        }
        if (clock.nanoTime() < dueAt) {
            wakeup.armAt(dueAt);
            return;
        }
        settle();
        updateLine();
        schedule();
    }

    // ---- reset and state ----

    /** Reset clears the interrupt enables and flags; time and memory are kept by the battery. */
    @Override
    public synchronized void reset() {
        cells[B] &= ~(SOURCES | 8);
        cells[C] = 0;
        index = 0;
        nmiMasked = false;
        settledTo = guestNanos();
        cells[0x0F] = 0;
        updateLine();
        schedule();
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.putBytes("cells", cells).putInt("index", index).putBoolean("nmi-masked", nmiMasked)
            .putLong("offset", offset).putBoolean("frozen", frozen).putLong("settled-to", settledTo)
            .putBoolean("line", lineLevel).putLong("due-at", dueAt);
    }

    @Override
    public synchronized void restore(StateReader in) throws StateException {
        byte[] saved = in.getBytes("cells", SIZE);
        index = in.getInt("index", 0, SIZE - 1);
        nmiMasked = in.getBoolean("nmi-masked");
        offset = in.getLong("offset");
        frozen = in.getBoolean("frozen");
        settledTo = in.getLong("settled-to");
        lineLevel = in.getBoolean("line");
        System.arraycopy(saved, 0, cells, 0, SIZE);
        dueAt = in.getLong("due-at");
        if (dueAt == NEVER) {
            wakeup.cancel();
        } else {
            wakeup.armAt(dueAt);
        }
    }
}
