package dev.backplane.machine.timer;

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
import dev.backplane.machine.interrupt.Ticks;

/**
 * The 8254 programmable interval timer (Intel datasheet 231164) at 1193182 Hz, and the system control port 0x61 (ICH9
 * datasheet 13.7.1). The board puts {@link #registers()} at ports 0x40-0x43 and {@link #controlPort()} at 0x61. OUT of
 * counter 0 drives an interrupt line; of its falling edges only those of mode 0 and 1 are shown there, since the
 * controllers look at rising ones.
 *
 * <p>Threading: any thread; one lock.
 */
public final class Pit implements BoardPart {
    /** Input clock of the counters in Hz. */
    public static final long HZ = 1_193_182;
    /** The host is woken no more often than this. */
    static final long MIN_INTERVAL_NANOS = 50_000;
    /** Half a period of the memory refresh request that bit 4 of port 0x61 shows: 15 microseconds. */
    private static final int REFRESH_TICKS = 18;
    private static final int CONTROL = 3;

    private final MachineClock clock;
    private final IrqLine output;
    private final DeviceTimer wakeup;
    private final PitChannel[] channels = {new PitChannel(true), new PitChannel(true), new PitChannel(false)};
    private SpeakerOutput speaker = (time, data, gate, mode, count) -> { };
    private boolean connected = true;
    private boolean lineLevel;
    /** Bits 3:1 of port 0x61 as written. */
    private int control;
    private long dueAt = Long.MAX_VALUE;

    /** @param output OUT of counter 0; called under this part's lock */
    public Pit(MachineClock clock, TimerFactory timers, IrqLine output) {
        this.clock = clock;
        this.output = output;
        wakeup = timers.timer("pit", this::expire);
    }

    @Override
    public String name() {
        return "pit";
    }

    /** Wiring: who hears of the speaker; before the machine runs. */
    public synchronized void onSpeaker(SpeakerOutput listener) {
        speaker = listener;
    }

    /** While the HPET replaces counter 0 its interrupts go nowhere, and none are made. */
    synchronized void connected(boolean value) {
        connected = value;
        schedule(clock.nanoTime());
    }

    private static long tickAt(long nanos) {
        return Ticks.scale(Math.max(0, nanos), HZ, Ticks.NANOS);
    }

    private long tick() {
        return tickAt(clock.nanoTime());
    }

    /** Four ports: counters 0 to 2 and the control word. */
    public RegisterHandler registers() {
        return new Bytes(this::read, this::write);
    }

    /** One port: gate of counter 2, speaker, refresh and OUT of counter 2. */
    public RegisterHandler controlPort() {
        return new Bytes(offset -> readControl(), (offset, value) -> writeControl(value));
    }

    private synchronized int read(int offset) {
        return offset < CONTROL ? channels[offset].read(tick()) : 0;
    }

    private synchronized void write(int offset, int value) {
        long tick = tick();
        if (offset < CONTROL) {
            channels[offset].write(value, tick);
            changed(offset);
            return;
        }
        int selected = value >> 6;
        if (selected == 3) {
            for (int i = 0; i < 3; i++) {
                if ((value & 2 << i) != 0) {
                    if ((value & 0x20) == 0) {
                        channels[i].latchCount(tick);
                    }
                    if ((value & 0x10) == 0) {
                        channels[i].latchStatus(tick);
                    }
                }
            }
        } else if ((value & 0x30) == 0) {
            channels[selected].latchCount(tick);
        } else {
            channels[selected].control(value, tick);
            changed(selected);
        }
    }

    private void changed(int channel) {
        long now = clock.nanoTime();
        if (channel == 0) {
            drive(channels[0].out(tickAt(now)));
            schedule(now);
        } else if (channel == 2) {
            speakerChanged(now);
        }
    }

    private void speakerChanged(long now) {
        PitChannel c = channels[2];
        speaker.changed(now, (control & 2) != 0, c.gate(), c.mode(), c.count());
    }

    private synchronized int readControl() {
        long tick = tick();
        return (channels[2].gate() ? 1 : 0) | control & 0xE | ((tick / REFRESH_TICKS & 1) != 0 ? 0x10 : 0)
            | (channels[2].out(tick) ? 0x20 : 0);
    }

    private synchronized void writeControl(int value) {
        control = value & 0xE;
        channels[2].gate((value & 1) != 0, tick());
        speakerChanged(clock.nanoTime());
    }

    private void drive(boolean level) {
        if (level != lineLevel) {
            lineLevel = level;
            output.set(level);
        }
    }

    private void schedule(long now) {
        long rise = connected ? channels[0].nextRise(tickAt(now)) : PitChannel.NEVER;
        if (rise == PitChannel.NEVER) {
            dueAt = Long.MAX_VALUE;
            wakeup.cancel();
            return;
        }
        long at = Ticks.scaleUp(rise, Ticks.NANOS, HZ);
        boolean repeats = channels[0].mode() == 2 || channels[0].mode() == 3;
        dueAt = repeats ? Math.max(at, now + MIN_INTERVAL_NANOS) : at;
        wakeup.armAt(dueAt);
    }

    private synchronized void expire() {
        long now = clock.nanoTime();
        if (dueAt == Long.MAX_VALUE) {
            return;
        }
        if (now < dueAt) {
            wakeup.armAt(dueAt);
            return;
        }
        // The falling half of a periodic output is not shown as it happens: it comes right before the rising edge.
        drive(false);
        drive(true);
        schedule(now);
    }

    @Override
    public synchronized void reset() {
        for (int i = 0; i < 3; i++) {
            channels[i].reset(i != 2);
        }
        control = 0;
        connected = true;
        drive(false);
        schedule(clock.nanoTime());
    }

    @Override
    public synchronized void save(StateWriter out) {
        for (int i = 0; i < 3; i++) {
            channels[i].save(out.section("counter-" + i));
        }
        out.putInt("control", control).putBoolean("connected", connected).putBoolean("line", lineLevel)
            .putLong("due-at", dueAt);
    }

    @Override
    public synchronized void restore(StateReader in) throws StateException {
        for (int i = 0; i < 3; i++) {
            channels[i].restore(in.section("counter-" + i));
        }
        control = in.getInt("control", 0, 0xE);
        connected = in.getBoolean("connected");
        lineLevel = in.getBoolean("line");
        dueAt = in.getLong("due-at");
        if (dueAt == Long.MAX_VALUE) {
            wakeup.cancel();
        } else {
            wakeup.armAt(dueAt);
        }
    }
}
