package dev.backplane.machine.pci;

import java.util.Arrays;

import dev.backplane.api.device.RegisterHandler;

/**
 * The MSI-X capability (PCI Local Bus 3.0, 6.8.2) and its BAR: the table in the lower half, the pending bits in the
 * upper half.
 */
final class MsiX extends MessageSource implements RegisterHandler {
    private static final int ENABLE = 0x80;
    private static final int FUNCTION_MASK = 0x40;
    private static final int ENTRY = 16;
    private static final int VECTOR_CONTROL = 12;

    private final ConfigFunction function;
    private final ConfigSpace config;
    private final int at;
    private final byte[] table;
    private final int pendingOffset;

    MsiX(ConfigFunction function, PciSignals signals, int vectors, int bar, Runnable outOfRange) {
        super(function, signals, vectors, outOfRange);
        this.function = function;
        config = function.config;
        table = new byte[vectors * ENTRY];
        pendingOffset = barSize(vectors) / 2;
        at = function.addCapability(ConfigFunction.CAP_MSIX, 12);
        config.define(at + 2, 2, vectors - 1, 0xC000);
        config.define(at + 4, 4, bar, 0);
        config.define(at + 8, 4, pendingOffset | bar, 0);
        clear();
    }

    static int barSize(int vectors) {
        return Math.max(4096, Integer.highestOneBit(vectors * ENTRY * 2 - 1) << 1);
    }

    void clear() {
        Arrays.fill(table, (byte) 0);
        for (int v = 0; v < vectors(); v++) {
            table[v * ENTRY + VECTOR_CONTROL] = 1;
        }
        clearPending();
    }

    @Override
    boolean isEnabled() {
        return (config.get8(at + 3) & ENABLE) != 0;
    }

    @Override
    boolean isMasked(int vector) {
        return (config.get8(at + 3) & FUNCTION_MASK) != 0 || (table[vector * ENTRY + VECTOR_CONTROL] & 1) != 0;
    }

    @Override
    long address(int vector) {
        return get(vector * ENTRY, 8) & ~3L;
    }

    @Override
    int data(int vector) {
        return (int) get(vector * ENTRY + 8, 4);
    }

    boolean owns(int register, int size) {
        return ConfigFunction.touches(register, size, at, 12);
    }

    byte[] table() {
        return table.clone();
    }

    void setTable(byte[] saved) {
        System.arraycopy(saved, 0, table, 0, table.length);
        for (int v = 0; v < vectors(); v++) {
            Arrays.fill(table, v * ENTRY + VECTOR_CONTROL + 1, (v + 1) * ENTRY, (byte) 0);
            table[v * ENTRY + VECTOR_CONTROL] &= 1;
        }
    }

    private long get(int offset, int size) {
        long v = 0;
        for (int i = size - 1; i >= 0; i--) {
            v = v << 8 | table[offset + i] & 0xFF;
        }
        return v;
    }

    @Override
    public long read(long offset, int size) {
        int o = (int) offset;
        synchronized (function) {
            if (o + size <= table.length) {
                return get(o, size);
            }
            long v = 0;
            for (int i = size - 1; i >= 0; i--) {
                v = v << 8 | pendingByte(o + i);
            }
            return v;
        }
    }

    private long pendingByte(int offset) {
        int o = offset - pendingOffset;
        return o < 0 ? 0 : pendingWord(o >> 3) >>> ((o & 7) * 8) & 0xFF;
    }

    @Override
    public void write(long offset, int size, long value) {
        int o = (int) offset;
        if (o + size > table.length) {
            return;
        }
        synchronized (function) {
            for (int i = 0; i < size; i++) {
                int field = o + i & ENTRY - 1;
                int in = (int) (value >>> (i * 8)) & 0xFF;
                table[o + i] = (byte) (field < VECTOR_CONTROL ? in : field == VECTOR_CONTROL ? in & 1 : 0);
            }
        }
        flush();
    }
}
