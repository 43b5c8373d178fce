package dev.backplane.device.virtio;

import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * VIRTIO_PCI_CAP_PCI_CFG (virtio 1.2, 4.1.4.9): reaches the BAR through configuration space, for firmware that has not
 * mapped it. A data access counts when its size is the chosen length, 1, 2 or 4, and the chosen offset is aligned to
 * it.
 */
final class ConfigAccessCapability implements RegisterHandler {
    private static final int SIZE = 20;
    private static final int DATA = 16;

    private final VirtioPciTransport transport;
    private int bar;
    private int offset;
    private int length;

    ConfigAccessCapability(VirtioPciTransport transport) {
        this.transport = transport;
    }

    void reset() {
        bar = 0;
        offset = 0;
        length = 0;
    }

    private boolean reaches(int size) {
        return bar == 0 && length == size && size <= 4 && (offset & size - 1) == 0 && offset >= 0
            && offset < VirtioPciTransport.NOTIFY + 0x1000;
    }

    @Override
    public long read(long at, int size) {
        if (at == DATA) {
            return reaches(size) ? transport.read(offset, size) : 0;
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) readByte((int) at + i) << 8 * i;
        }
        return value;
    }

    private int readByte(int at) {
        return switch (at) {
            case 2 -> SIZE;
            case 3 -> 5;
            case 4 -> bar;
            case 8, 9, 10, 11 -> offset >>> 8 * (at - 8) & 0xFF;
            case 12, 13, 14, 15 -> length >>> 8 * (at - 12) & 0xFF;
            default -> 0;
        };
    }

    @Override
    public void write(long at, int size, long value) {
        if (at == DATA) {
            if (reaches(size)) {
                transport.write(offset, size, value);
            }
            return;
        }
        for (int i = 0; i < size; i++) {
            writeByte((int) at + i, (int) (value >>> 8 * i) & 0xFF);
        }
    }

    private void writeByte(int at, int value) {
        int shift = 8 * (at & 3);
        switch (at) {
            case 4 -> bar = value;
            case 8, 9, 10, 11 -> offset = offset & ~(0xFF << shift) | value << shift;
            case 12, 13, 14, 15 -> length = length & ~(0xFF << shift) | value << shift;
            default -> { }
        }
    }

    void save(StateWriter out) {
        out.putInts("config-access", new int[] {bar, offset, length});
    }

    void restore(StateReader in) throws StateException {
        int[] values = in.getInts("config-access");
        if (values.length != 3) {
            throw new StateException("field config-access has " + values.length + " values; 3 are right");
        }
        bar = values[0];
        offset = values[1];
        length = values[2];
    }
}
