package dev.backplane.api.console;

import java.util.function.Consumer;

/**
 * The user's end of a character stream of a machine. Bytes are passed on as they are. Threading: any thread.
 */
public interface Console {
    /** The id of the card it belongs to. */
    String card();

    /** Sends input to the guest; blocks while more than 64 KiB wait to be read by the guest. */
    void send(byte[] data) throws InterruptedException;

    /** How many bytes the guest has printed since power-on of the runtime's machine object. */
    long position();

    /** The position of the oldest byte still kept; at least the last MiB is kept. */
    long oldest();

    /** What was printed from {@code from} (clamped to {@link #oldest()}) to now. */
    byte[] read(long from);

    /**
     * Waits until something is printed after {@code position} or the time is over.
     *
     * @param nanos how long to wait at most
     * @return the position now
     */
    long await(long position, long nanos) throws InterruptedException;

    /**
     * Gets what is printed from now on, in order, on a thread of its own, until closed. A consumer that throws is
     * detached.
     */
    AutoCloseable attach(Consumer<byte[]> output);
}
