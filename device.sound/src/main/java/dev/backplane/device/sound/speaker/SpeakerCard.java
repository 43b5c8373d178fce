package dev.backplane.device.sound.speaker;

import java.util.concurrent.CompletableFuture;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;

/**
 * Renders the loudspeaker's wave to PCM by machine time: each sample is the wave's mean over its time, so that tones of
 * any pitch and sounds made of pulses (one-bit and pulse-width modulation) come out right. A stream is open from the
 * first movement until it was still for a while. Threading: under the device's lock.
 */
final class SpeakerCard implements Device {
    static final PcmFormat FORMAT = new PcmFormat(48_000, 1, 16);
    static final String STREAM = "speaker";
    private static final long SECOND = 1_000_000_000L;
    private static final double SAMPLE_NANOS = (double) SECOND / FORMAT.rate();
    private static final long VISIT_NANOS = 10_000_000;
    /** So long it is still before its stream ends. */
    private static final long STILL_NANOS = SECOND / 2;
    /** A visit that comes later than this goes on from now. */
    private static final long MOST_NANOS = SECOND;
    private static final double LOUDNESS = 12_000;
    /** The cone does not follow a constant current: a high-pass at 15 Hz. */
    private static final double DECAY = 0.998;
    private static final int CHUNK = 512;

    private final DeviceContext context;
    private final AudioEndpoint host;
    private final DeviceTimer timer;
    private final Wave wave = new Wave();
    private final byte[] chunk = new byte[CHUNK * 2];

    private AudioEndpoint.AudioOutput sink;
    private boolean sounding;
    /** When the stream began, and how many samples of it were rendered. */
    private long started;
    private long rendered;
    private long movedAt;
    private double level;
    private double cone;

    SpeakerCard(DeviceContext context) throws DeviceException {
        this.context = context;
        host = context.host("audio", AudioEndpoint.class);
        timer = context.timer("visit", this::visit);
        context.speaker(this::changed);
    }

    private void changed(long nanoTime, boolean data, boolean gate, int mode, int count) {
        if (sounding) {
            render(nanoTime);
        }
        double before = wave.next(1);
        wave.change(data, gate, mode, count);
        boolean moved = wave.moves() || Math.abs(wave.next(1) - before) > 0.01;
        if (moved) {
            movedAt = nanoTime;
        }
        if (moved && !sounding) {
            sounding = true;
            started = nanoTime;
            rendered = 0;
            level = 0;
            cone = 0;
            sink = host.play(STREAM, FORMAT);
            timer.armAt(nanoTime + VISIT_NANOS);
        }
    }

    private void visit() {
        if (!sounding) {
            return;
        }
        long now = context.clock().nanoTime();
        render(now);
        if (wave.moves()) {
            movedAt = now;
        }
        if (now - movedAt > STILL_NANOS) {
            end();
        } else {
            timer.armAt(now + VISIT_NANOS);
        }
    }

    private void end() {
        sounding = false;
        timer.cancel();
        if (sink != null) {
            sink.close();
            sink = null;
        }
    }

    /** All samples that are over by a time. */
    private void render(long until) {
        if (until - timeOf(rendered) > MOST_NANOS) {
            started = until;
            rendered = 0;
        }
        while (timeOf(rendered + 1) <= until) {
            long first = timeOf(rendered);
            int count = 0;
            while (count < CHUNK && timeOf(rendered + 1) <= until) {
                double now = wave.next(SAMPLE_NANOS);
                cone = DECAY * (cone + now - level);
                level = now;
                int sample = (int) Math.clamp(Math.round(cone * LOUDNESS), Short.MIN_VALUE, Short.MAX_VALUE);
                chunk[count * 2] = (byte) sample;
                chunk[count * 2 + 1] = (byte) (sample >> 8);
                count++;
                rendered++;
            }
            sink.write(chunk, 0, count * 2, first);
        }
    }

    private long timeOf(long sample) {
        return started + sample / FORMAT.rate() * SECOND + sample % FORMAT.rate() * SECOND / FORMAT.rate();
    }

    @Override
    public void reset() {
        wave.silence();
        end();
    }

    /** Changes on their way to it are carried out first. */
    @Override
    public CompletableFuture<Void> quiesce() {
        return CompletableFuture.runAsync(() -> { }, context::execute);
    }

    @Override
    public void resume() {
        if (sounding && sink == null) {
            sink = host.play(STREAM, FORMAT);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.putBoolean("sounding", sounding).putLong("started", started).putLong("rendered", rendered)
            .putLong("moved-at", movedAt).putLong("level-millionths", (long) (level * 1e6))
            .putLong("cone-millionths", (long) (cone * 1e6));
        wave.save(out.section("wave"));
    }

    @Override
    public void restore(StateReader in) throws StateException {
        sounding = in.getBoolean("sounding");
        started = in.getLong("started");
        rendered = in.getLong("rendered");
        movedAt = in.getLong("moved-at");
        level = Math.clamp(in.getLong("level-millionths") / 1e6, 0, 1);
        cone = Math.clamp(in.getLong("cone-millionths") / 1e6, -2, 2);
        if (rendered < 0 || started < 0 || rendered > Long.MAX_VALUE / SECOND) {
            throw new StateException("started is " + started + ", rendered " + rendered);
        }
        wave.restore(in.section("wave"));
    }
}
