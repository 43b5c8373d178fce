package dev.backplane.machine.interrupt;

import java.util.function.IntUnaryOperator;

import dev.backplane.api.device.RegisterHandler;

/**
 * Registers that are one byte wide: a wider access is one access to each byte, lowest offset first, as a bus of eight
 * bits splits it.
 *
 * @param reader gives the byte at an offset
 * @param writer takes the byte at an offset
 */
public record Bytes(IntUnaryOperator reader, ByteWriter writer) implements RegisterHandler {

    /** Takes one byte. */
    @FunctionalInterface
    public interface ByteWriter {
        /**
         * @param offset from the start of the range
         * @param value  0 to 255
         */
        void write(int offset, int value);
    }

    @Override
    public long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (reader.applyAsInt((int) offset + i) & 0xFFL) << 8 * i;
        }
        return value;
    }

    @Override
    public void write(long offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            writer.write((int) offset + i, (int) (value >>> 8 * i) & 0xFF);
        }
    }
}
