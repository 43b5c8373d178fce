package dev.backplane.host.audio;

import java.time.Duration;

import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.LineUnavailableException;
import javax.sound.sampled.Mixer;
import javax.sound.sampled.SourceDataLine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.Counter;
import dev.backplane.api.host.Handover;
import dev.backplane.api.state.StateWriter;

/**
 * A stream on its way to a sound device, which a thread of its own feeds. The device's clock is not the guest's: a
 * {@link Pacer} is between them. Threading: under the device's lock, but for the feeder.
 */
final class Playback implements Sounds.Sink {
    private static final Logger LOG = LoggerFactory.getLogger(Playback.class);
    private static final Duration LONGEST_STOP = Duration.ofMillis(500);

    private final String name;
    private final PcmFormat format;
    private final Mixer mixer;
    private final double latency;
    private final Counter dropped;
    private final float[] frames;
    private final Thread feeder;
    private volatile Pacer pacer;
    private volatile SourceDataLine line;
    private volatile boolean stopping;
    /** Frames that came before the device was open. */
    private volatile boolean failed;

    /** @param from what the former build handed over */
    Playback(String name, PcmFormat format, Mixer mixer, double latency, Counter dropped, Handover from) {
        this.name = name;
        this.format = format;
        this.mixer = mixer;
        this.latency = latency;
        this.dropped = dropped;
        frames = new float[4096 * format.channels()];
        SourceDataLine old = from == null ? null : from.take(key("line"), SourceDataLine.class);
        if (old != null) {
            float[] waiting = from.take(key("frames"), float[].class);
            double[] manner = from.take(key("manner"), double[].class);
            line = old;
            pacer = pacer(old.getFormat());
            if (waiting != null && manner != null) {
                pacer.goOn(waiting, manner);
            }
        }
        feeder = Thread.ofPlatform().daemon().name("sound " + name).start(this::feed);
    }

    private String key(String what) {
        return name + "-" + what;
    }

    private Pacer pacer(AudioFormat to) {
        return new Pacer(format.channels(), format.rate(), (int) to.getFrameRate(), latency);
    }

    private void feed() {
        try {
            if (line == null) {
                SourceDataLine fresh = DeviceLine.of(mixer, SourceDataLine.class, format);
                AudioFormat is = fresh.getFormat();
                fresh.open(is, DeviceLine.buffer(is));
                fresh.start();
                pacer = pacer(is);
                line = fresh;
            }
            AudioFormat is = line.getFormat();
            int block = DeviceLine.block(is);
            float[] out = new float[block * format.channels()];
            byte[] pcm = new byte[block * is.getFrameSize()];
            while (!stopping && !pacer.drained()) {
                pacer.pull(out, block);
                Samples.fromFloats(out, pcm, 0, out.length, DeviceLine.BYTES);
                line.write(pcm, 0, pcm.length);
            }
            if (!stopping) {
                line.drain();
                line.close();
            }
        } catch (LineUnavailableException | IllegalArgumentException | IllegalStateException e) {
            failed = true;
            LOG.warn("{} is not heard: {}", name, e.getMessage());
        }
    }

    @Override
    public void write(byte[] pcm, int offset, int length) {
        Pacer to = pacer;
        if (to == null || failed) {
            dropped.add(length);
            return;
        }
        int most = frames.length / format.channels();
        for (int done = 0; done < length;) {
            int count = Math.min(most, (length - done) / format.frameBytes());
            Samples.toFloats(pcm, offset + done, frames, count * format.channels(), format.bits() / 8);
            to.push(frames, count);
            done += count * format.frameBytes();
        }
    }

    /** The stream is over: what waits is still heard. */
    @Override
    public void end() {
        Pacer to = pacer;
        if (to == null) {
            close();
        } else {
            to.end();
        }
    }

    /** Stops the feeder; what waits and the device go to the next build. */
    void handOver(Handover to) {
        if (!stop() || line == null || failed || !isOfTheJdk(line)) {
            return;
        }
        to.put(key("frames"), pacer.waitingFrames());
        to.put(key("manner"), pacer.manner());
        to.put(key("line"), line);
        line = null;
    }

    /** Whether it keeps no bundle's or library's classes alive. */
    private static boolean isOfTheJdk(SourceDataLine line) {
        ClassLoader loader = line.getClass().getClassLoader();
        return loader == null || loader == ClassLoader.getPlatformClassLoader();
    }

    private boolean stop() {
        stopping = true;
        try {
            return feeder.join(LONGEST_STOP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        stopping = true;
        SourceDataLine open = line;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void save(StateWriter out) {
        // what a sound device had not played yet is of no use to another one
    }

    /** What is between the clocks, or null before the device is open. */
    Pacer between() {
        return pacer;
    }
}
