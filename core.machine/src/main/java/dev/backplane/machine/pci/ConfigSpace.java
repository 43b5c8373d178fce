package dev.backplane.machine.pci;

import java.util.Arrays;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The 4 KiB of configuration space of one function as bytes, each bit of which is read-only, read-write or
 * write-one-to-clear for the guest. Not thread-safe: its function guards it.
 */
final class ConfigSpace {
    static final int SIZE = 4096;

    private final byte[] value = new byte[SIZE];
    private final byte[] initial = new byte[SIZE];
    private final byte[] writable = new byte[SIZE];
    private final byte[] clearable = new byte[SIZE];

    /** Declares read-only and read-write bits, with their value after reset. */
    void define(int offset, int size, int reset, int writeMask) {
        for (int i = 0; i < size; i++) {
            initial[offset + i] = (byte) (reset >>> (i * 8));
            value[offset + i] = initial[offset + i];
            writable[offset + i] = (byte) (writeMask >>> (i * 8));
        }
    }

    /** Declares bits that a guest clears by writing ones to them. */
    void defineClearable(int offset, int size, int mask) {
        for (int i = 0; i < size; i++) {
            clearable[offset + i] = (byte) (mask >>> (i * 8));
        }
    }

    void reset() {
        System.arraycopy(initial, 0, value, 0, SIZE);
    }

    int get8(int offset) {
        return value[offset] & 0xFF;
    }

    int get16(int offset) {
        return value[offset] & 0xFF | (value[offset + 1] & 0xFF) << 8;
    }

    int get32(int offset) {
        return get16(offset) | get16(offset + 2) << 16;
    }

    /** What the board itself sets; no mask applies. */
    void set(int offset, int size, int v) {
        for (int i = 0; i < size; i++) {
            value[offset + i] = (byte) (v >>> (i * 8));
        }
    }

    /** Sets or clears bits of a byte; no mask applies. */
    void bits(int offset, int mask, boolean on) {
        value[offset] = (byte) (on ? value[offset] | mask : value[offset] & ~mask);
    }

    /** A guest's read; size 1, 2 or 4, inside the space. */
    int read(int offset, int size) {
        return switch (size) {
            case 1 -> get8(offset);
            case 2 -> get16(offset);
            default -> get32(offset);
        };
    }

    /** A guest's write with exact byte enables; size 1, 2 or 4, inside the space. */
    void write(int offset, int size, int v) {
        for (int i = 0; i < size; i++) {
            int at = offset + i;
            int in = v >>> (i * 8) & 0xFF;
            int old = value[at];
            value[at] = (byte) ((old & ~writable[at] | in & writable[at]) & ~(in & clearable[at]));
        }
    }

    void save(StateWriter out, String name) {
        out.putBytes(name, value);
    }

    /** Takes over what a guest may have changed; read-only bits stay as declared. */
    void restore(StateReader in, String name) throws StateException {
        take(in.getBytes(name, SIZE));
    }

    private void take(byte[] saved) {
        for (int i = 0; i < SIZE; i++) {
            int mask = writable[i] | clearable[i];
            value[i] = (byte) (value[i] & ~mask | saved[i] & mask);
        }
    }

    private int firstDifference(byte[] otherInitial, byte[] otherWritable) {
        for (int i = 0; i < SIZE; i++) {
            if (writable[i] != otherWritable[i] || ((initial[i] ^ otherInitial[i]) & ~writable[i]) != 0) {
                return i;
            }
        }
        return -1;
    }

    /** What a guest can tell of the declarations: read-only values and which bits can be written. */
    byte[] shape() {
        byte[] shape = Arrays.copyOf(initial, SIZE * 2);
        System.arraycopy(writable, 0, shape, SIZE, SIZE);
        return shape;
    }

    /** The offset of the first byte that differs from what {@link #shape()} gave, or -1. */
    int firstDifference(byte[] shape) {
        return firstDifference(Arrays.copyOf(shape, SIZE), Arrays.copyOfRange(shape, SIZE, SIZE * 2));
    }
}
