package dev.backplane.shell.sound;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;

import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.audio.AudioConnection;
import dev.backplane.api.audio.PcmFormat;

/**
 * Writes what cards play to a sound file, on a thread of its own. What that thread does not keep up with is dropped and
 * counted: sound is never held up. Threading: any thread.
 */
final class Recording implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Recording.class);
    private static final int MOST_PARTS = 4096;
    private static final Duration LONGEST_END = Duration.ofSeconds(10);
    private static final byte[] END = {};

    private final String machine;
    private final Path file;
    private final AudioFormat format;
    private final Mixdown mix;
    private final BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>(MOST_PARTS);
    private final LongAdder dropped = new LongAdder();
    private final List<AutoCloseable> watches = new ArrayList<>();
    private final Thread writer;
    private boolean ended;
    private volatile String problem = "";

    /** Begins. */
    Recording(String machine, List<AudioConnection> cards, int rate, AudioFileFormat.Type type, Path file)
            throws IOException {
        this.machine = machine;
        this.file = file;
        format = new AudioFormat(rate, 16, Mixdown.CHANNELS, true, false);
        mix = new Mixdown(rate, this::mixed);
        Files.newOutputStream(file).close();
        writer = Thread.ofPlatform().daemon().name("recording of " + machine).start(() -> write(type));
        for (AudioConnection card : cards) {
            watches.add(card.watch((stream, of, pcm, offset, length, time) ->
                played(card.card() + "/" + stream, of, pcm, offset, length, time)));
        }
    }

    String machine() {
        return machine;
    }

    Path file() {
        return file;
    }

    long dropped() {
        return dropped.sum();
    }

    /** What ended it early, or "". */
    String problem() {
        return problem;
    }

    /** How long it is. */
    synchronized Duration length() {
        return Duration.ofMillis(mix.frames() * 1000 / mix.rate());
    }

    private synchronized void played(String stream, PcmFormat of, byte[] pcm, int offset, int length, long time) {
        if (!ended) {
            mix.add(stream, of, pcm, offset, length, time);
        }
    }

    private void mixed(byte[] pcm, int length) {
        if (!queue.offer(Arrays.copyOf(pcm, length))) {
            dropped.add(length / format.getFrameSize());
        }
    }

    private void write(AudioFileFormat.Type type) {
        try (AudioInputStream in = new AudioInputStream(new Parts(), format, AudioSystem.NOT_SPECIFIED)) {
            AudioSystem.write(in, type, file.toFile());
        } catch (IOException e) {
            problem = file + " cannot be written: " + e.getMessage();
            LOG.warn("{}: the recording ends: {}", machine, problem);
        }
    }

    /** Ends it; what was played is in the file afterwards. */
    @Override
    public void close() {
        for (AutoCloseable watch : watches) {
            try {
                watch.close();
            } catch (Exception e) {
                LOG.debug("{} is heard no more", machine, e);
            }
        }
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            mix.finish();
        }
        try {
            if (!problem.isEmpty()) {
                return;
            }
            queue.put(END);
            if (!writer.join(LONGEST_END)) {
                problem = file + " is still being written";
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was mixed, as the library reads it. */
    private final class Parts extends InputStream {
        private byte[] part = {};
        private int at;
        private boolean over;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            if (at == part.length && !over) {
                try {
                    part = queue.take();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("it was interrupted", e);
                }
                at = 0;
                over = part == END;
            }
            if (over) {
                return -1;
            }
            int count = Math.min(length, part.length - at);
            System.arraycopy(part, at, to, offset, count);
            at += count;
            return count;
        }
    }
}
