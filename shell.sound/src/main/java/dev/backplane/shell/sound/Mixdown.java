package dev.backplane.shell.sound;

import java.util.HashMap;
import java.util.Map;

import dev.backplane.api.audio.PcmFormat;

/**
 * Mixes streams into one of 16 bits and two channels, each frame at its place in machine time. Frames of a stream that
 * follow each other stay together; a stream of the recording's own rate passes unchanged. Not thread-safe.
 */
final class Mixdown {
    static final int CHANNELS = 2;
    private static final long SECOND = 1_000_000_000L;
    /** Streams of several cards come in parts of 10 ms and more: so long is waited for all of them. */
    private static final int WINDOW_SECONDS = 1;
    /** What is later or earlier than its stream's last frame by more than this begins anew. */
    private static final long JUMP_NANOS = 20_000_000;
    /** Silence between sounds is not longer than this. */
    private static final long MOST_SILENCE_NANOS = SECOND;

    /** Takes mixed frames. */
    @FunctionalInterface
    interface Output {
        void write(byte[] pcm, int length);
    }

    private static final class Place {
        /** Where its next frame goes, in frames since the recording began, and that frame's time. */
        private double next;
        private long nextNanos;
    }

    private final int rate;
    private final Output output;
    private final float[] window;
    private final byte[] block = new byte[4096 * CHANNELS * 2];
    private final Map<String, Place> places = new HashMap<>();
    private boolean begun;
    /** Machine time of the recording's frame 0; silence that was left out is added. */
    private long origin;
    /** Frames that were written; the window begins here. */
    private long written;
    /** One past the last frame that has sound. */
    private long end;

    Mixdown(int rate, Output output) {
        this.rate = rate;
        this.output = output;
        window = new float[rate * WINDOW_SECONDS * CHANNELS];
    }

    int rate() {
        return rate;
    }

    /** Frames so far. */
    long frames() {
        return end;
    }

    private static float sample(byte[] pcm, int at, int bytes) {
        // the upper 16 bits
        return (short) (pcm[at + bytes - 2] & 0xFF | pcm[at + bytes - 1] << 8);
    }

    void add(String stream, PcmFormat format, byte[] pcm, int offset, int length, long nanoTime) {
        int frames = length / format.frameBytes();
        int bytes = format.bits() / 8;
        double step = rate / (double) format.rate();
        Place place = place(stream, nanoTime);
        for (int i = 0; i < frames; i++) {
            int at = offset + i * format.frameBytes();
            float left = sample(pcm, at, bytes);
            float right = format.channels() > 1 ? sample(pcm, at + bytes, bytes) : left;
            long first = Math.round(place.next);
            place.next += step;
            long last = Math.round(place.next);
            for (long frame = first; frame < last; frame++) {
                put(frame, left, right);
            }
        }
        place.nextNanos = nanoTime + frames * SECOND / format.rate();
    }

    private Place place(String stream, long nanoTime) {
        if (!begun) {
            begun = true;
            origin = nanoTime;
        }
        long silence = nanoTime - timeOf(end);
        if (silence > MOST_SILENCE_NANOS) {
            origin += silence - MOST_SILENCE_NANOS;
            places.clear();
        }
        Place place = places.computeIfAbsent(stream, name -> new Place());
        if (Math.abs(nanoTime - place.nextNanos) > JUMP_NANOS) {
            place.next = (nanoTime - origin) / SECOND * (double) rate
                + (nanoTime - origin) % SECOND * (double) rate / SECOND;
        }
        return place;
    }

    private long timeOf(long frame) {
        return origin + frame / rate * SECOND + frame % rate * SECOND / rate;
    }

    private void put(long frame, float left, float right) {
        int frames = window.length / CHANNELS;
        if (frame < written) {
            return;
        }
        while (frame >= written + frames) {
            flush((int) Math.min(frames / 2, frame - written));
        }
        int at = (int) (frame % frames) * CHANNELS;
        window[at] += left;
        window[at + 1] += right;
        end = Math.max(end, frame + 1);
    }

    /** Writes the first frames of the window. */
    private void flush(int count) {
        int frames = window.length / CHANNELS;
        int length = 0;
        for (int i = 0; i < count; i++) {
            int at = (int) (written % frames) * CHANNELS;
            for (int c = 0; c < CHANNELS; c++) {
                int value = Math.clamp((long) window[at + c], Short.MIN_VALUE, Short.MAX_VALUE);
                block[length++] = (byte) value;
                block[length++] = (byte) (value >> 8);
                window[at + c] = 0;
            }
            written++;
            if (length == block.length || i == count - 1) {
                output.write(block, length);
                length = 0;
            }
        }
    }

    /** Writes all that is left. */
    void finish() {
        while (written < end) {
            flush((int) Math.min(window.length / CHANNELS, end - written));
        }
    }
}
