package dev.backplane.host.audio;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.host.Handover;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * What audio endpoints have in common: streams by name that go on when the card is made anew, and a microphone.
 * Threading: under the device's lock.
 */
abstract class Sounds implements AudioEndpoint {
    private static final int MOST_STREAMS = 16;

    /** Where a stream's frames go. */
    interface Sink {
        void write(byte[] pcm, int offset, int length);

        /** Lets go of it; of a stream whose endpoint is closed. It may go on in another if it was saved. */
        void close();

        /** The stream is over. */
        default void end() {
            close();
        }

        /** What a next build needs to go on with it. */
        void save(StateWriter out);
    }

    private final Microphone microphone;
    private final Map<String, Playing> playing = new TreeMap<>();
    private final Map<String, Long> heard = new TreeMap<>();

    /** @param microphone null for silence */
    Sounds(Microphone microphone) {
        this.microphone = microphone;
    }

    private record Playing(PcmFormat format, Sink sink) {
    }

    /** Begins a stream. */
    abstract Sink begin(String name, PcmFormat format);

    /** Goes on with a stream that {@link Sink#save} described. */
    abstract Sink goOn(String name, PcmFormat format, StateReader in) throws StateException;

    @Override
    public AudioOutput play(String name, PcmFormat format) {
        Playing open = playing.get(name);
        if (open == null || !open.format().equals(format)) {
            if (open != null) {
                open.sink().end();
            }
            open = new Playing(format, begin(name, format));
            playing.put(name, open);
        }
        Playing stream = open;
        return new AudioOutput() {
            @Override
            public void write(byte[] pcm, int offset, int length, long nanoTime) {
                stream.sink().write(pcm, offset, length);
            }

            @Override
            public void close() {
                if (playing.remove(name, stream)) {
                    stream.sink().end();
                }
            }
        };
    }

    @Override
    public AudioInput record(String name, PcmFormat format) {
        byte[] sound = microphone == null ? new byte[0] : microphone.as(format);
        heard.putIfAbsent(name, 0L);
        return new AudioInput() {
            @Override
            public void read(byte[] pcm, int offset, int length, long nanoTime) {
                long at = heard.getOrDefault(name, 0L);
                int count = (int) Math.clamp(sound.length - at, 0, length);
                System.arraycopy(sound, (int) Math.min(at, sound.length), pcm, offset, count);
                Arrays.fill(pcm, offset + count, offset + length, (byte) 0);
                heard.put(name, at + length);
            }

            @Override
            public void close() {
                heard.remove(name);
            }
        };
    }

    @Override
    public void save(StateWriter out) {
        out.putInt("streams", playing.size()).putInt("microphones", heard.size());
        int i = 0;
        for (Map.Entry<String, Playing> e : playing.entrySet()) {
            StateWriter s = out.section("stream-" + i++);
            PcmFormat f = e.getValue().format();
            s.putString("name", e.getKey()).putInt("rate", f.rate()).putInt("channels", f.channels())
                .putInt("bits", f.bits());
            e.getValue().sink().save(s);
        }
        i = 0;
        for (Map.Entry<String, Long> e : heard.entrySet()) {
            out.section("microphone-" + i++).putString("name", e.getKey()).putLong("heard", e.getValue());
        }
    }

    @Override
    public void restore(StateReader in, Handover from) throws StateException {
        int count = in.getInt("streams", 0, MOST_STREAMS);
        for (int i = 0; i < count; i++) {
            StateReader s = in.section("stream-" + i);
            PcmFormat format;
            try {
                format = new PcmFormat(s.getInt("rate"), s.getInt("channels"), s.getInt("bits"));
            } catch (IllegalArgumentException e) {
                throw new StateException("stream-" + i + ": " + e.getMessage(), e);
            }
            String name = s.getString("name");
            playing.put(name, new Playing(format, goOn(name, format, s)));
        }
        int microphones = in.getInt("microphones", 0, MOST_STREAMS);
        for (int i = 0; i < microphones; i++) {
            StateReader s = in.section("microphone-" + i);
            heard.put(s.getString("name"), Math.max(0, s.getLong("heard")));
        }
    }

    @Override
    public void close() {
        playing.values().forEach(p -> p.sink().close());
        playing.clear();
    }
}
