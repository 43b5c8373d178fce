package dev.backplane.machine.timer;

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
import dev.backplane.machine.interrupt.Ticks;

/**
 * ACPI fixed hardware (ACPI 6.5, 4.8): PM1a event and control blocks, the power-management timer with 32 bits, and
 * general-purpose event block 0. The board puts {@link #registers()} at ports {@value #BASE} ff.; the constants are
 * what FADT and DSDT tell. The machine is always in ACPI mode (SCI_EN reads as one), so the FADT names no SMI command
 * port. Of the sleeping states only S5 exists. The fixed events are timer, global lock, power button and real-time
 * clock.
 *
 * <p>Threading: any thread; one lock.
 */
public final class AcpiPm implements BoardPart, RegisterHandler {
    /** First port of the block. */
    public static final int BASE = 0x600;
    /** Ports in the block. */
    public static final int SIZE = 0x80;
    /** Port of the PM1a event block: status, then enable. */
    public static final int PM1_EVENT = BASE;
    /** Bytes of the PM1a event block. */
    public static final int PM1_EVENT_LENGTH = 4;
    /** Port of the PM1a control block. */
    public static final int PM1_CONTROL = BASE + 4;
    /** Bytes of the PM1a control block. */
    public static final int PM1_CONTROL_LENGTH = 2;
    /** Port of the timer, 4 bytes; the FADT sets TMR_VAL_EXT. */
    public static final int PM_TIMER = BASE + 8;
    /** Port of general-purpose event block 0: status, then enable. */
    public static final int GPE0 = BASE + 0x20;
    /** Bytes of general-purpose event block 0: 64 events. */
    public static final int GPE0_LENGTH = 16;
    /** The ISA interrupt of the SCI: level-triggered, active high, GSI 9. */
    public static final int SCI_IRQ = 9;
    /** SLP_TYPa of S5, soft-off. */
    public static final int SLP_TYP_S5 = 5;
    /** Frequency of the timer in Hz. */
    public static final long TIMER_HZ = 3_579_545;

    private static final int TMR = 1;
    private static final int GLOBAL = 1 << 5;
    private static final int POWER_BUTTON = 1 << 8;
    private static final int RTC = 1 << 10;
    private static final int EVENTS = TMR | GLOBAL | POWER_BUTTON | RTC;
    private static final int SCI_ENABLE = 1;
    private static final int SLEEP_ENABLE = 1 << 13;
    /** SCI_EN, BM_RLD and SLP_TYP: what is kept of the control register. */
    private static final int CONTROL_KEPT = 0x1C03;
    private static final int GPE_BYTES = GPE0_LENGTH / 2;
    private static final long NEVER = Long.MAX_VALUE;

    private final MachineClock clock;
    private final IrqLine sci;
    private final BoardEvents events;
    private final DeviceTimer wakeup;
    private int status;
    private int enable;
    private int control = SCI_ENABLE;
    /** How often the timer's top bit had toggled when that was last taken note of. */
    private long toggles;
    private final byte[] gpeStatus = new byte[GPE_BYTES];
    private final byte[] gpeEnable = new byte[GPE_BYTES];
    private boolean lineLevel;
    private long dueAt = NEVER;

    /** @param sci ISA interrupt {@link #SCI_IRQ}; called under this part's lock */
    public AcpiPm(MachineClock clock, TimerFactory timers, IrqLine sci, BoardEvents events) {
        this.clock = clock;
        this.sci = sci;
        this.events = events;
        wakeup = timers.timer("acpi-pm", this::expire);
    }

    @Override
    public String name() {
        return "acpi-pm";
    }

    /** The port block. */
    public RegisterHandler registers() {
        return this;
    }

    /** The power button is pressed: the guest is asked to shut down. */
    public synchronized void pressPowerButton() {
        status |= POWER_BUTTON;
        update();
    }

    /** The real-time clock asserts its interrupt (ICH9 datasheet 13.8.3.1, RTC_STS). */
    synchronized void realTimeClock() {
        status |= RTC;
        update();
    }

    /**
     * A general-purpose event happens.
     *
     * @param event 0 to 63
     */
    public synchronized void raiseGpe(int event) {
        gpeStatus[event >> 3] |= (byte) (1 << (event & 7));
        update();
    }

    private long ticks() {
        return Ticks.scale(Math.max(0, clock.nanoTime()), TIMER_HZ, Ticks.NANOS);
    }

    /** Takes note of the timer's top bit. */
    private void settle() {
        long now = ticks() >>> 31;
        if (now != toggles) {
            toggles = now;
            status |= TMR;
        }
    }

    private void update() {
        boolean level = (status & enable & EVENTS) != 0;
        for (int i = 0; i < GPE_BYTES && !level; i++) {
            level = (gpeStatus[i] & gpeEnable[i]) != 0;
        }
        if (level != lineLevel) {
            lineLevel = level;
            sci.set(level);
        }
    }

    private void schedule() {
        if ((enable & TMR) != 0 && (status & TMR) == 0) {
            dueAt = Ticks.scaleUp(toggles + 1 << 31, Ticks.NANOS, TIMER_HZ);
            wakeup.armAt(dueAt);
        } else {
            dueAt = NEVER;
            wakeup.cancel();
        }
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
        update();
        schedule();
    }

    @Override
    public synchronized long read(long offset, int size) {
        int at = (int) offset;
        if (at >= PM_TIMER - BASE && at < PM_TIMER - BASE + 4) {
            // One reading for all bytes of an access.
            return (ticks() & 0xFFFFFFFFL) >>> (at & 3) * 8;
        }
        settle();
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (readByte(at + i) & 0xFFL) << 8 * i;
        }
        return value;
    }

    private int readByte(int at) {
        return switch (at) {
            case 0, 1 -> status >> 8 * at;
            case 2, 3 -> enable >> 8 * (at - 2);
            case 4, 5 -> control >> 8 * (at - 4);
            default -> {
                int gpe = at - (GPE0 - BASE);
                if (gpe < 0 || gpe >= GPE0_LENGTH) {
                    yield 0;
                }
                yield gpe < GPE_BYTES ? gpeStatus[gpe] : gpeEnable[gpe - GPE_BYTES];
            }
        };
    }

    @Override
    public void write(long offset, int size, long value) {
        boolean off;
        synchronized (this) {
            settle();
            off = false;
            for (int i = 0; i < size; i++) {
                off |= writeByte((int) offset + i, (int) (value >>> 8 * i) & 0xFF);
            }
            update();
            schedule();
        }
        if (off) {
            events.powerOff();
        }
    }

    /** Whether that byte turns the machine off. */
    private boolean writeByte(int at, int value) {
        switch (at) {
            case 0, 1 -> status &= ~(value << 8 * at);
            case 2, 3 -> {
                int shift = 8 * (at - 2);
                enable = (enable & ~(0xFF << shift) | value << shift) & EVENTS;
            }
            case 4, 5 -> {
                int shift = 8 * (at - 4);
                int written = value << shift;
                control = (control & ~(0xFF << shift) | written) & CONTROL_KEPT | SCI_ENABLE;
                return (written & SLEEP_ENABLE) != 0 && (control >> 10 & 7) == SLP_TYP_S5;
            }
            default -> {
                int gpe = at - (GPE0 - BASE);
                if (gpe >= 0 && gpe < GPE_BYTES) {
                    gpeStatus[gpe] &= (byte) ~value;
                } else if (gpe >= GPE_BYTES && gpe < GPE0_LENGTH) {
                    gpeEnable[gpe - GPE_BYTES] = (byte) value;
                }
            }
        }
        return false;
    }

    @Override
    public synchronized void reset() {
        status = 0;
        enable = 0;
        control = SCI_ENABLE;
        toggles = ticks() >>> 31;
        Arrays.fill(gpeStatus, (byte) 0);
        Arrays.fill(gpeEnable, (byte) 0);
        update();
        schedule();
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.putInt("status", status).putInt("enable", enable).putInt("control", control).putLong("toggles", toggles)
            .putBytes("gpe-status", gpeStatus).putBytes("gpe-enable", gpeEnable).putBoolean("line", lineLevel);
    }

    @Override
    public synchronized void restore(StateReader in) throws StateException {
        byte[] savedStatus = in.getBytes("gpe-status", GPE_BYTES);
        byte[] savedEnable = in.getBytes("gpe-enable", GPE_BYTES);
        status = in.getInt("status", 0, 0xFFFF) & EVENTS;
        enable = in.getInt("enable", 0, 0xFFFF) & EVENTS;
        control = in.getInt("control", 0, 0xFFFF) & CONTROL_KEPT | SCI_ENABLE;
        toggles = in.getLong("toggles") & 0x1FFFFFFFFL;
        lineLevel = in.getBoolean("line");
        System.arraycopy(savedStatus, 0, gpeStatus, 0, GPE_BYTES);
        System.arraycopy(savedEnable, 0, gpeEnable, 0, GPE_BYTES);
        schedule();
    }
}
