package dev.backplane.host.audio;

import java.util.Arrays;

import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.LineUnavailableException;
import javax.sound.sampled.Mixer;
import javax.sound.sampled.TargetDataLine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.audio.PcmFormat;

/** What a sound device hears, on its way to a stream of the guest's, whose clock is another. Threading: any thread. */
final class Listening implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);

    private final String name;
    private final PcmFormat format;
    private final Mixer mixer;
    private final double latency;
    private final float[] frames;
    private volatile Pacer pacer;
    private volatile TargetDataLine line;
    private volatile boolean stopping;

    Listening(String name, PcmFormat format, Mixer mixer, double latency) {
        this.name = name;
        this.format = format;
        this.mixer = mixer;
        this.latency = latency;
        frames = new float[4096 * format.channels()];
        Thread.ofPlatform().daemon().name("microphone " + name).start(this::hear);
    }

    private void hear() {
        try (TargetDataLine in = DeviceLine.of(mixer, TargetDataLine.class, format)) {
            AudioFormat is = in.getFormat();
            in.open(is, DeviceLine.buffer(is));
            in.start();
            line = in;
            Pacer to = new Pacer(format.channels(), (int) is.getFrameRate(), format.rate(), latency);
            pacer = to;
            int block = DeviceLine.block(is);
            byte[] pcm = new byte[block * is.getFrameSize()];
            float[] heard = new float[block * format.channels()];
            while (!stopping) {
                int count = in.read(pcm, 0, pcm.length) / is.getFrameSize();
                Samples.toFloats(pcm, 0, heard, count * format.channels(), DeviceLine.BYTES);
                to.push(heard, count);
            }
        } catch (LineUnavailableException | IllegalArgumentException | IllegalStateException e) {
            LOG.warn("{} hears nothing: {}", name, e.getMessage());
        }
    }

    void read(byte[] pcm, int offset, int length) {
        Pacer from = pacer;
        if (from == null) {
            Arrays.fill(pcm, offset, offset + length, (byte) 0);
            return;
        }
        int most = frames.length / format.channels();
        for (int done = 0; done < length;) {
            int count = Math.min(most, (length - done) / format.frameBytes());
            from.pull(frames, count);
            Samples.fromFloats(frames, pcm, offset + done, count * format.channels(), format.bits() / 8);
            done += count * format.frameBytes();
        }
    }

    @Override
    public void close() {
        stopping = true;
        TargetDataLine open = line;
        if (open != null) {
            open.close();
        }
    }
}
