package dev.backplane.machine.timer;

/** Hears what drives the PC speaker. Called under the 8254's lock: must return quickly and not call back. */
@FunctionalInterface
public interface SpeakerOutput {
    /**
     * Something changed.
     *
     * @param nanoTime of the machine's clock
     * @param data     speaker data enable, bit 1 of port 0x61: gates counter 2's output to the speaker
     * @param gate     gate of counter 2, bit 0 of port 0x61
     * @param mode     mode of counter 2, 0 to 5; 3 is a square wave
     * @param count    ticks of 1193182 Hz in a cycle of counter 2, 1 to 65536
     */
    void changed(long nanoTime, boolean data, boolean gate, int mode, int count);
}
