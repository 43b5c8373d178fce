package dev.backplane.testkit;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.host.Handover;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A host's sound system that keeps what was played and plays what the test says. Threading: under the card's lock. */
public final class TestAudio implements AudioEndpoint {
    private final List<Playback> played = new ArrayList<>();
    private byte[] source = {};
    private int sourcePosition;
    private boolean quiet;

    /** One stream that the card played. */
    public static final class Playback {
        private final String name;
        private final PcmFormat format;
        private final ByteArrayOutputStream pcm = new ByteArrayOutputStream();
        private final List<Long> times = new ArrayList<>();
        private boolean ended;

        private Playback(String name, PcmFormat format) {
            this.name = name;
            this.format = format;
        }

        public String name() {
            return name;
        }

        public PcmFormat format() {
            return format;
        }

        /** All that was written so far. */
        public byte[] pcm() {
            return pcm.toByteArray();
        }

        /** When the first frame of each write was due. */
        public List<Long> times() {
            return List.copyOf(times);
        }

        public boolean ended() {
            return ended;
        }
    }

    /** All streams, in the order in which they began. */
    public List<Playback> played() {
        return played;
    }

    /** The stream that began last. */
    public Playback last() {
        return played.getLast();
    }

    /** What recording streams hear from now on; silence afterwards. */
    public void source(byte[] pcm) {
        source = pcm.clone();
        sourcePosition = 0;
    }

    /** Whether it was told to be quiet. */
    public boolean quiet() {
        return quiet;
    }

    @Override
    public CompletableFuture<Void> quiesce() {
        quiet = true;
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void resume() {
        quiet = false;
    }

    @Override
    public AudioOutput play(String name, PcmFormat format) {
        played.stream().filter(p -> p.name.equals(name)).forEach(p -> p.ended = true);
        Playback stream = new Playback(name, format);
        played.add(stream);
        return new AudioOutput() {
            @Override
            public void write(byte[] pcm, int offset, int length, long nanoTime) {
                if (stream.ended || length % format.frameBytes() != 0) {
                    throw new IllegalStateException("%d bytes for %s, %s".formatted(length, name, format));
                }
                stream.pcm.write(pcm, offset, length);
                stream.times.add(nanoTime);
            }

            @Override
            public void close() {
                stream.ended = true;
            }
        };
    }

    @Override
    public AudioInput record(String name, PcmFormat format) {
        return new AudioInput() {
            @Override
            public void read(byte[] pcm, int offset, int length, long nanoTime) {
                for (int i = 0; i < length; i++) {
                    pcm[offset + i] = sourcePosition < source.length ? source[sourcePosition++] : 0;
                }
            }

            @Override
            public void close() {
                sourcePosition = source.length;
            }
        };
    }

    @Override
    public void save(StateWriter out) {
        out.putInt("position", sourcePosition);
    }

    @Override
    public void restore(StateReader in, Handover from) {
        throw new IllegalStateException("this endpoint stays when a card is replaced");
    }

    @Override
    public void close() {
        played.forEach(p -> p.ended = true);
    }
}
