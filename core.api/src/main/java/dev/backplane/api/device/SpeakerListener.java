package dev.backplane.api.device;

/**
 * Hears what drives the board's loudspeaker: counter 2 of the 8254 and port 0x61 (ICH9 datasheet 13.7.1). Called under
 * the device's lock, in order; a guest that changes it faster than the card keeps up has the oldest changes left out.
 */
@FunctionalInterface
public interface SpeakerListener {
    /** Ticks of the counter's clock in a second. */
    long HZ = 1_193_182;

    /**
     * Something changed.
     *
     * @param nanoTime of the machine's clock
     * @param data     speaker data enable, bit 1 of port 0x61: gates the counter's output to the speaker
     * @param gate     gate of the counter, bit 0 of port 0x61
     * @param mode     mode of the counter, 0 to 5; 3 is a square wave
     * @param count    ticks of {@link #HZ} in a cycle of the counter, 1 to 65536
     */
    void changed(long nanoTime, boolean data, boolean gate, int mode, int count);
}
