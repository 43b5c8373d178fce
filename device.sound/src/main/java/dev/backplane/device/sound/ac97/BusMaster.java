package dev.backplane.device.sound.ac97;

import java.util.Arrays;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.RegisterGroup;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.device.sound.Patience;

/**
 * One bus master box: walks a ring of 32 buffer descriptors up to the last valid one, at the rate of the codec, by
 * machine time (82801AA data sheet, AC'97 native audio bus master control registers). Threading: under the device's
 * lock.
 */
final class BusMaster {
    private static final long SECOND = 1_000_000_000L;
    /** The longest time between two visits, so that a sink gets its frames in small parts. */
    private static final long VISIT_NANOS = 10_000_000;
    /** A ring of tiny buffers must not keep the host busy. */
    private static final long LEAST_VISIT_NANOS = 500_000;
    /** A visit that comes later than this goes on from now: the missed time is not played. */
    private static final int MOST_SECONDS = 1;
    private static final long MOST_FRAMES = 1L << 50;
    private static final int CHUNK = 4096;
    private static final int DESCRIPTOR = 8;
    private static final int LAST = 31;
    private static final int SAMPLE = 2;

    private static final int HALTED = 1;
    private static final int AT_LAST_VALID = 2;
    private static final int LAST_VALID_DONE = 4;
    private static final int BUFFER_DONE = 8;
    private static final int FIFO_ERROR = 16;
    private static final int CAUSES = LAST_VALID_DONE | BUFFER_DONE | FIFO_ERROR;

    private static final int COMPLETION_INTERRUPT = 1 << 31;

    /** What a box needs of its card. */
    interface Card {
        GuestMemory memory();

        long now();

        AudioEndpoint host();

        Mixer mixer();

        /** An interrupt cause changed. */
        void interrupt();

        void bounded();
    }

    private final Card card;
    private final Box box;
    private final DeviceTimer timer;
    private final Register list;
    private final Register lastValid;
    private final Field run;
    private final Field lastValidEnable;
    private final Field fifoEnable;
    private final Field completionEnable;
    private final byte[] chunk = new byte[CHUNK];

    private final Patience patience;

    private int index;
    private int prefetched;
    private int status = HALTED;
    /** A buffer is being worked on. */
    private boolean loaded;
    private long address;
    private int control;
    /** Samples left in the buffer. */
    private int left;
    /** It moves with the time. */
    private boolean running;
    private PcmFormat format;
    private long started;
    /** Frames moved since {@link #started}. */
    private long moved;
    private AudioEndpoint.AudioOutput sink;
    private AudioEndpoint.AudioInput source;
    /** Its host side was open when it was saved. */
    private boolean reopens;

    BusMaster(Card card, DeviceContext context, RegisterGroup group, Box box) {
        this.card = card;
        this.box = box;
        timer = context.timer(box.stream(), this::visit);
        patience = new Patience(context.counter("waited-for-guest-ms"));
        list = group.at(0x0, 32, "BDBAR");
        group.at(0x4, 8, "CIV").onRead(() -> {
            advance();
            return index;
        });
        lastValid = group.at(0x5, 8, "LVI");
        lastValid.bits(4, 0, "INDEX").onWrite(this::goOnPastLast);
        Register causes = group.at(0x6, 16, "SR").onRead(() -> {
            advance();
            return status;
        });
        causes.readWrite().onWrite(clear -> {
            causes.set(0);
            int before = status;
            status &= ~((int) clear & CAUSES);
            if ((before & ~status & BUFFER_DONE) != 0) {
                patience.acknowledged();
            }
            card.interrupt();
        });
        group.at(0x8, 16, "PICB").onRead(() -> {
            advance();
            return left;
        });
        group.at(0xA, 8, "PIV").onRead(() -> {
            advance();
            return prefetched;
        });
        Register controlRegister = group.at(0xB, 8, "CR");
        run = controlRegister.bit(0, "RPBM");
        Field resetAll = controlRegister.bit(1, "RR").selfClearing();
        lastValidEnable = controlRegister.bit(2, "LVBIE");
        fifoEnable = controlRegister.bit(3, "FEIE");
        completionEnable = controlRegister.bit(4, "IOCE");
        controlRegister.onWrite(() -> {
            if (resetAll.isSet()) {
                resetRegisters();
            } else {
                runChanged();
            }
            card.interrupt();
        });
    }

    /** All but the interrupt enable bits (RR of the control register). */
    private void resetRegisters() {
        stop();
        run.set(false);
        list.set(0);
        lastValid.set(0);
        index = 0;
        prefetched = 0;
        status = HALTED;
        loaded = false;
        left = 0;
    }

    /** A reset of the link or the card. */
    void reset() {
        resetRegisters();
        lastValidEnable.set(false);
        fifoEnable.set(false);
        completionEnable.set(false);
    }

    private void runChanged() {
        if (run.isSet() && !running && (status & AT_LAST_VALID) == 0) {
            if (!loaded) {
                load();
            }
            begin();
        } else if (!run.isSet()) {
            advance();
            stop();
            status |= HALTED;
        }
    }

    /** The driver gave more buffers to an engine that ran out of them. */
    private void goOnPastLast() {
        advance();
        if ((status & AT_LAST_VALID) != 0) {
            status &= ~AT_LAST_VALID;
            index = prefetched;
            load();
            if (run.isSet()) {
                begin();
            }
        }
    }

    private void begin() {
        running = true;
        status &= ~HALTED;
        moved = 0;
        patience.start();
        open();
        // After the host opened, which takes time: drivers measure the rate from the end of their write.
        started = card.now();
        schedule();
    }

    private void open() {
        format = box.format(card.mixer());
        if (sink == null && source == null) {
            if (box.output()) {
                sink = card.host().play(box.stream(), format);
            } else {
                source = card.host().record(box.stream(), format);
            }
        }
    }

    private void stop() {
        running = false;
        timer.cancel();
        closeHost();
    }

    private void closeHost() {
        if (sink != null) {
            sink.close();
            sink = null;
        }
        if (source != null) {
            source.close();
            source = null;
        }
    }

    /** The codec may have another rate now. */
    void rateChanged() {
        if (format == null || box.format(card.mixer()).equals(format)) {
            return;
        }
        advance();
        closeHost();
        if (running) {
            begin();
        }
    }

    /** Whether an interrupt of it is pending and enabled. */
    boolean interrupts() {
        return lastValidEnable.isSet() && (status & LAST_VALID_DONE) != 0
            || fifoEnable.isSet() && (status & FIFO_ERROR) != 0
            || completionEnable.isSet() && (status & BUFFER_DONE) != 0;
    }

    private void visit() {
        advance();
        schedule();
    }

    /** At the end of the buffer at the latest: its interrupt is due then. */
    private void schedule() {
        if (!running) {
            return;
        }
        long end = dueTime(moved + left / format.channels());
        long now = card.now();
        boolean near = end - now <= VISIT_NANOS + LEAST_VISIT_NANOS;
        timer.armAt(near ? Math.max(end, now + LEAST_VISIT_NANOS) : now + VISIT_NANOS);
    }

    /** When so many frames are over, rounded up. */
    private long dueTime(long frames) {
        long rate = format.rate();
        return started + frames / rate * SECOND + (frames % rate * SECOND + rate - 1) / rate;
    }

    private void load() {
        long at = (list.get() & ~7L) + (long) index * DESCRIPTOR;
        address = card.memory().read32(at) & 0xFFFF_FFFEL;
        control = card.memory().read32(at + 4);
        left = (control & 0xFFFF) / box.channels() * box.channels();
        prefetched = index + 1 & LAST;
        loaded = true;
    }

    /** Moves what is due by now. */
    void advance() {
        if (!running) {
            return;
        }
        long elapsed = card.now() - started;
        long rate = format.rate();
        long due = elapsed / SECOND * rate + elapsed % SECOND * rate / SECOND;
        if (due - moved > MOST_SECONDS * rate) {
            started = card.now();
            moved = 0;
            due = 0;
            card.bounded();
        }
        int before = status;
        long allowed = patience.allowed(due);
        // Ends: each turn moves frames, or goes to the next of 32 buffers, at one of which it halts.
        while (running && (left == 0 || moved < allowed)) {
            if (left == 0) {
                complete();
                allowed = patience.allowed(due);
            } else {
                move(Math.min(Math.min(left / format.channels(), allowed - moved), CHUNK / format.frameBytes()));
            }
        }
        if (running && allowed < due) {
            long waited = (due - allowed) * SECOND / rate;
            started += waited;
            patience.waits(card.now(), waited);
        }
        if (status != before) {
            card.interrupt();
        }
    }

    private void complete() {
        if ((control & COMPLETION_INTERRUPT) != 0) {
            status |= BUFFER_DONE;
            patience.raised(moved, completionEnable.isSet() ? ring() : 0);
        }
        if (index == (lastValid.get() & LAST)) {
            status |= LAST_VALID_DONE | AT_LAST_VALID | HALTED;
            running = false;
            timer.cancel();
        } else {
            index = prefetched;
            load();
        }
    }

    /** Frames of the buffers up to the one where the list begins anew with the first one. */
    private long ring() {
        long first = list.get() & ~7L;
        int start = card.memory().read32(first + (long) index * DESCRIPTOR);
        long samples = 0;
        for (int i = 0; i <= LAST; i++) {
            long at = first + (index + i & LAST) * (long) DESCRIPTOR;
            if (i > 0 && card.memory().read32(at) == start) {
                break;
            }
            samples += card.memory().read32(at + 4) & 0xFFFF;
        }
        return samples / box.channels();
    }

    private void move(long frames) {
        int count = (int) frames * format.frameBytes();
        long due = dueTime(moved);
        if (box.output()) {
            if (!card.memory().read(address, chunk, 0, count)) {
                Arrays.fill(chunk, 0, count, (byte) 0);
            }
            card.mixer().play(chunk, count, format);
            sink.write(chunk, 0, count, due);
        } else {
            source.read(chunk, 0, count, due);
            card.mixer().record(chunk, count, format);
            card.memory().write(address, chunk, 0, count);
        }
        moved += frames;
        left -= count / SAMPLE;
        address += count;
    }

    void save(StateWriter out) {
        out.putInt("index", index).putInt("prefetched", prefetched).putInt("status", status)
            .putBoolean("loaded", loaded).putLong("address", address).putInt("control", control)
            .putInt("left", left).putBoolean("running", running).putLong("started", started).putLong("moved", moved)
            .putBoolean("open", sink != null || source != null);
    }

    void restore(StateReader in) throws StateException {
        index = in.getInt("index", 0, LAST);
        prefetched = in.getInt("prefetched", 0, LAST);
        status = in.getInt("status", 0, HALTED | AT_LAST_VALID | CAUSES);
        loaded = in.getBoolean("loaded");
        address = in.getLong("address");
        control = in.getInt("control");
        left = in.getInt("left", 0, 0xFFFF);
        running = in.getBoolean("running");
        started = in.getLong("started");
        moved = in.getLong("moved");
        if (address < 0 || address >= 1L << 33 || left % box.channels() != 0) {
            throw new StateException("address is " + address + ", left is " + left);
        }
        if (started < 0 || started > card.now() || moved < 0 || moved > MOST_FRAMES) {
            throw new StateException("started is " + started + ", moved is " + moved);
        }
        format = box.format(card.mixer());
        reopens = in.getBoolean("open") || running;
    }

    /** After a restore: the host's side is opened when the card goes on. */
    void goOn() {
        if (!reopens) {
            return;
        }
        reopens = false;
        open();
        if (running && !timer.armed()) {
            schedule();
        }
    }
}
