package dev.backplane.api.audio;

import java.util.List;

/** A sound card's connection to its backend as people see it. Threading: any thread. */
public interface AudioConnection {
    /** The id of the card. */
    String card();

    /** The name of the backend. */
    String backend();

    /** The streams that are open now. */
    List<Stream> streams();

    /**
     * Hears what is played, as the card gives it to the backend, until closed. A watcher that throws is taken off; it
     * must not block (it runs on the way of the sound).
     */
    AutoCloseable watch(Watcher watcher);

    /**
     * A stream.
     *
     * @param name     unique among the card's streams of its direction
     * @param playback whether the guest plays; else it records
     * @param format   its format
     * @param frames   how many have passed
     * @param peak     the greatest level of the last half second to second that had frames, 0 to 1 (full scale)
     */
    record Stream(String name, boolean playback, PcmFormat format, long frames, double peak) {
    }

    /** Hears sound that a card plays. */
    @FunctionalInterface
    interface Watcher {
        /**
         * Frames were played.
         *
         * @param stream   the stream's name
         * @param pcm      valid during the call only
         * @param nanoTime when the first of them was due, in machine time
         */
        void played(String stream, PcmFormat format, byte[] pcm, int offset, int length, long nanoTime);
    }
}
