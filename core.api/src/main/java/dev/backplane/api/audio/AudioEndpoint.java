package dev.backplane.api.audio;

import dev.backplane.api.host.HostEndpoint;

/** The host side of a sound card; what an audio backend makes. */
public interface AudioEndpoint extends HostEndpoint {
    /**
     * Begins a playback stream. Streams that play at once are mixed, or kept apart, as the backend says.
     *
     * @param name unique among the card's streams. One of that name and format that is still open goes on: the device
     *             was replaced, or the machine restored; one of another format is ended
     */
    AudioOutput play(String name, PcmFormat format);

    /** Begins a recording stream, or goes on with one, as {@link #play} does. */
    AudioInput record(String name, PcmFormat format);

    /** A playback stream. Threading: under the device's lock; nothing blocks. */
    interface AudioOutput extends AutoCloseable {
        /**
         * Takes frames that the card played.
         *
         * @param nanoTime when the first of them was due, in machine time
         */
        void write(byte[] pcm, int offset, int length, long nanoTime);

        /** The end of the stream; what was written is still played. */
        @Override
        void close();
    }

    /** A recording stream. Threading: under the device's lock; nothing blocks. */
    interface AudioInput extends AutoCloseable {
        /**
         * Fills the range with frames; silence where the source has none.
         *
         * @param nanoTime when the first of them was due, in machine time
         */
        void read(byte[] pcm, int offset, int length, long nanoTime);

        @Override
        void close();
    }
}
