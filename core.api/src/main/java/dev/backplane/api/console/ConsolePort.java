package dev.backplane.api.console;

/**
 * The device's end of a character stream. The core's end keeps what was written (the log), carries attached users and
 * holds input that the device has not read yet. It belongs to the card, not to the instance of the device: it survives
 * a replacement.
 *
 * <p>Threading: call under the device's lock; nothing here blocks.
 */
public interface ConsolePort {
    /** Takes one byte of output, 0 to 255. Never blocks and never loses a byte for those attached. */
    void write(int value);

    /** The next byte of input, 0 to 255, or -1 if there is none now. */
    int read();

    /** How many bytes of input wait. */
    int available();

    /** Sets what runs, under the device's lock, when input has come after there was none. */
    void onInput(Runnable callback);
}
