package dev.backplane.device.sound.hda;

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
import dev.backplane.device.sound.Gain;
import dev.backplane.device.sound.Patience;

/**
 * One stream's DMA engine: walks the buffer descriptor list at the rate of the stream's format, by machine time
 * (3.3.35 to 3.3.43, 3.6.3). Threading: under the device's lock.
 */
final class Dma {
    private static final long SECOND = 1_000_000_000L;
    /** The longest time between two visits, so that a sink gets its frames in small parts. */
    private static final long VISIT_NANOS = 10_000_000;
    /** A list of empty buffers must not keep the host busy. */
    private static final long LEAST_VISIT_NANOS = 500_000;
    /** A visit that comes later than this goes on from now: the missed time is not played. */
    private static final long MOST_NANOS = SECOND;
    private static final int CHUNK = 4096;
    private static final int ENTRY = 16;
    private static final int COMPLETE = 4;
    private static final int CAUSES_SHIFT = 2;

    /** What a stream needs of its card. */
    interface Card {
        GuestMemory memory();

        long now();

        Codec codec();

        AudioEndpoint host();

        /** An interrupt cause changed. */
        void interrupt();

        /** Where the position of a stream is to be written, or 0. */
        long positionBuffer();

        void bounded();
    }

    private final Card card;
    private final int index;
    private final boolean output;
    private final DeviceTimer timer;
    private final Field run;
    private final Field interruptEnable;
    private final Field number;
    private final Register status;
    private final Register length;
    private final Register lastIndex;
    private final Register formatRegister;
    private final Register listLow;
    private final Register listHigh;
    private final byte[] chunk = new byte[CHUNK];

    private final Patience patience;

    private boolean running;
    private PcmFormat format;
    private long started;
    /** Bytes moved since {@link #started}. */
    private long moved;
    private long position;
    private int entry;
    private long inEntry;
    /** It ran when it was saved. */
    private boolean resumes;
    private AudioEndpoint.AudioOutput sink;
    private AudioEndpoint.AudioInput source;

    Dma(Card card, DeviceContext context, RegisterGroup group, int index, boolean output) {
        this.card = card;
        this.index = index;
        this.output = output;
        timer = context.timer("stream-" + index, this::visit);
        patience = new Patience(context.counter("waited-for-guest-ms"));
        Register control = group.at(0, 24, "CTL");
        control.bit(0, "SRST").onWrite(this::streamReset);
        run = control.bit(1, "RUN").onWrite(this::runChanged);
        interruptEnable = control.bit(2, "IOCE").onWrite(card::interrupt);
        control.bit(3, "FEIE");
        control.bit(4, "DEIE");
        control.bits(17, 16, "STRIPE");
        control.bit(18, "TP");
        control.bit(19, "DIR");
        number = control.bits(23, 20, "STRM");
        status = group.at(3, 8, "STS");
        status.bits(4, CAUSES_SHIFT, "CAUSES").write1Clears().onWrite(this::acknowledged);
        status.bit(5, "FIFORDY").onRead(() -> running ? 1 : 0);
        group.at(4, 32, "LPIB").onRead(this::readPosition);
        length = group.at(8, 32, "CBL");
        lastIndex = group.at(0x0C, 16, "LVI").range(0, 255);
        group.at(0x0E, 16, "FIFOW").constant(4);
        group.at(0x10, 16, "FIFOS").constant(output ? 0xBF : 0x77);
        formatRegister = group.at(0x12, 16, "FMT");
        listLow = group.at(0x18, 32, "BDPL");
        listHigh = group.at(0x1C, 32, "BDPU");
    }

    private void acknowledged(long before, long now) {
        if (((before & ~now) << CAUSES_SHIFT & COMPLETE) != 0) {
            patience.acknowledged();
        }
        card.interrupt();
    }

    private void streamReset(long before, long now) {
        if (now != 0 && before == 0) {
            stop();
            position = 0;
            entry = 0;
            inEntry = 0;
        }
    }

    private void runChanged(long before, long now) {
        if (now != 0 && !running) {
            start();
        } else if (now == 0 && running) {
            advance();
            stop();
        }
    }

    private void start() {
        format = StreamFormat.of((int) formatRegister.get());
        if (format == null) {
            card.bounded();
            return;
        }
        running = true;
        patience.start();
        moved = 0;
        position = 0;
        entry = 0;
        inEntry = 0;
        open();
        // what the host took to open it is no time that was played
        started = card.now();
        schedule();
    }

    private String name() {
        int node = card.codec().outputOf((int) number.get());
        return !output ? "microphone" : node == Codec.HEADPHONE_DAC ? "headphones" : "line-" + index;
    }

    private void open() {
        if (output) {
            sink = card.host().play(name(), format);
        } else {
            source = card.host().record(name(), format);
        }
    }

    /** Ends it, for good or because the card goes. */
    void stop() {
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

    /** Whether its interrupt is pending and enabled. */
    boolean interrupts() {
        return interruptEnable.get() != 0 && (status.get() & COMPLETE) != 0;
    }

    private long readPosition() {
        advance();
        return position;
    }

    private void visit() {
        advance();
        schedule();
    }

    /** At the end of the descriptor at the latest: its interrupt is due then. */
    private void schedule() {
        if (!running) {
            return;
        }
        long rest = Math.max(format.frameBytes(), entryLength() - inEntry);
        long frames = (moved + rest + format.frameBytes() - 1) / format.frameBytes();
        long due = started + (frames * SECOND + format.rate() - 1) / format.rate();
        timer.armAt(Math.clamp(due, card.now() + LEAST_VISIT_NANOS, card.now() + VISIT_NANOS));
    }

    private long list() {
        return (listHigh.get() << 32 | listLow.get()) & ~0x7FL;
    }

    /** In whole frames. */
    private long entryLength() {
        return wholeFrames(card.memory().read32(list() + (long) entry * ENTRY + 8) & 0xFFFF_FFFFL);
    }

    private long wholeFrames(long bytes) {
        return bytes - bytes % format.frameBytes();
    }

    /** Moves what is due by now. */
    void advance() {
        if (!running) {
            return;
        }
        long now = card.now();
        if (now - started > 3600 * SECOND) {
            rebase();
        }
        long due = (now - started) * format.rate() / SECOND * format.frameBytes();
        long most = MOST_NANOS / SECOND * format.rate() * format.frameBytes();
        if (due - moved > most) {
            started += (due - moved) / format.frameBytes() * SECOND / format.rate();
            due = (now - started) * format.rate() / SECOND * format.frameBytes();
            card.bounded();
        }
        boolean complete = false;
        int empty = 0;
        long allowed = patience.allowed(due);
        while (running && moved < allowed && empty <= 256) {
            long size = entryLength();
            long part = Math.min(Math.min(size - inEntry, allowed - moved), CHUNK - CHUNK % format.frameBytes());
            if (part > 0) {
                move(part);
                empty = 0;
            } else {
                empty++;
            }
            if (inEntry >= size) {
                if ((card.memory().read32(list() + (long) entry * ENTRY + 12) & 1) != 0) {
                    complete = true;
                    patience.raised(moved, interruptEnable.get() == 0 ? 0 : wholeFrames(length.get()));
                    allowed = patience.allowed(due);
                }
                entry = entry >= lastIndex.get() ? 0 : entry + 1;
                inEntry = 0;
            }
        }
        if (allowed < due && moved >= allowed) {
            long waited = (due - allowed) / format.frameBytes() * SECOND / format.rate();
            started += waited;
            patience.waits(now, waited);
        }
        writePosition();
        if (complete) {
            status.set(status.get() | COMPLETE);
            card.interrupt();
        }
    }

    /** Whole seconds go out of the count, so that it never overflows. */
    private void rebase() {
        long seconds = (card.now() - started) / SECOND - 1;
        started += seconds * SECOND;
        long by = seconds * format.rate() * format.frameBytes();
        moved -= by;
        patience.moved(-by);
    }

    private void move(long part) {
        int count = (int) part;
        long address = card.memory().read64(list() + (long) entry * ENTRY) + inEntry;
        long due = started + moved / format.frameBytes() * SECOND / format.rate();
        if (output) {
            if (!card.memory().read(address, chunk, 0, count)) {
                Arrays.fill(chunk, 0, count, (byte) 0);
            }
            int node = card.codec().outputOf((int) number.get());
            if (node != 0) {
                Gain.apply(chunk, 0, count, format, factor(node, false), factor(node, true));
                sink.write(chunk, 0, count, due);
            }
        } else {
            Arrays.fill(chunk, 0, count, (byte) 0);
            if (card.codec().inputIs((int) number.get())) {
                source.read(chunk, 0, count, due);
                Gain.apply(chunk, 0, count, format, factor(Codec.ADC, false), factor(Codec.ADC, true));
            }
            card.memory().write(address, chunk, 0, count);
        }
        moved += count;
        inEntry += count;
        long total = length.get();
        position = total == 0 ? 0 : (position + count) % total;
    }

    private double factor(int node, boolean rightSide) {
        int level = card.codec().level(node, rightSide);
        return level < 0 ? 0 : Gain.ofDecibels(level - Codec.STEPS);
    }

    private void writePosition() {
        long buffer = card.positionBuffer();
        if (buffer != 0) {
            card.memory().write32(buffer + index * 8L, (int) position);
        }
    }

    void save(StateWriter out) {
        out.putBoolean("running", running).putLong("started", started).putLong("moved", moved)
            .putLong("position", position).putInt("entry", entry).putLong("in-entry", inEntry);
    }

    void restore(StateReader in) throws StateException {
        running = in.getBoolean("running");
        started = in.getLong("started");
        moved = in.getLong("moved");
        position = in.getLong("position");
        entry = in.getInt("entry", 0, 255);
        inEntry = in.getLong("in-entry");
        format = StreamFormat.of((int) formatRegister.get());
        if (running && format == null) {
            throw new StateException("running with the format 0x%x, which is none".formatted(formatRegister.get()));
        }
        boolean wholeFrames = !running || inEntry % format.frameBytes() == 0;
        if (moved < 0 || inEntry < 0 || inEntry > 0xFFFF_FFFFL || !wholeFrames || position < 0
                || position > 0xFFFF_FFFFL) {
            throw new StateException("moved is " + moved + ", in-entry " + inEntry + ", position " + position);
        }
        resumes = running;
    }

    /** After a restore: the host's side is opened when the card goes on. */
    void goOn() {
        if (resumes) {
            resumes = false;
            open();
        }
    }
}
