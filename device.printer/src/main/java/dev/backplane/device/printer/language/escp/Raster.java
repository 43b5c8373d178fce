package dev.backplane.device.printer.language.escp;

import java.util.Arrays;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * Bytes of a picture on their way in: plain, or run-length coded (a counter of 0 to 127 is followed by one more byte
 * than it says, one of 128 to 255 by a byte that stands 257 minus it times). Threading: under the device's lock.
 */
final class Raster {
    /** The most that one command may bring. */
    static final int LONGEST = 4 << 20;

    private byte[] data = {};
    private int filled;
    private boolean coded;
    private int literals;
    private int repeats;

    /** @param length 1 to {@link #LONGEST} */
    void begin(int length, boolean runLengthCoded) {
        data = new byte[length];
        filled = 0;
        coded = runLengthCoded;
        literals = 0;
        repeats = 0;
    }

    /** Takes a byte; true if the picture is complete now. */
    boolean accept(int value) {
        if (!coded) {
            data[filled++] = (byte) value;
        } else if (literals > 0) {
            literals--;
            data[filled++] = (byte) value;
        } else if (repeats > 0) {
            int end = Math.min(data.length, filled + repeats);
            Arrays.fill(data, filled, end, (byte) value);
            filled = end;
            repeats = 0;
        } else if (value < 128) {
            literals = value + 1;
        } else {
            repeats = 257 - value;
        }
        return filled == data.length;
    }

    byte[] data() {
        return data;
    }

    void drop() {
        data = new byte[0];
        filled = 0;
    }

    void save(StateWriter out) {
        out.putInt("length", data.length).putBytes("filled", Arrays.copyOf(data, filled)).putBoolean("coded", coded)
            .putInt("literals", literals).putInt("repeats", repeats);
    }

    void restore(StateReader in) throws StateException {
        data = new byte[in.getInt("length", 0, LONGEST)];
        byte[] have = in.getBytes("filled");
        if (have.length > data.length || have.length == data.length && data.length > 0) {
            throw new StateException("filled has " + have.length + " bytes of " + data.length);
        }
        System.arraycopy(have, 0, data, 0, have.length);
        filled = have.length;
        coded = in.getBoolean("coded");
        literals = in.getInt("literals", 0, 128);
        repeats = in.getInt("repeats", 0, 129);
    }
}
