package dev.backplane.device.virtio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The device-specific configuration as the driver reads it: little-endian bytes that the device sets (virtio 1.2, 2.5).
 * Not thread-safe; used under the device's lock.
 */
public final class ConfigSpace {
    private static final VarHandle SHORT =
        MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;

    ConfigSpace(int size) {
        bytes = new byte[size];
    }

    /** Size in bytes. */
    public int size() {
        return bytes.length;
    }

    public void set8(int offset, int value) {
        bytes[offset] = (byte) value;
    }

    public void set16(int offset, int value) {
        SHORT.set(bytes, offset, (short) value);
    }

    public void set32(int offset, long value) {
        INT.set(bytes, offset, (int) value);
    }

    public void set64(int offset, long value) {
        LONG.set(bytes, offset, value);
    }

    public void set(int offset, byte[] source) {
        System.arraycopy(source, 0, bytes, offset, source.length);
    }

    public int get8(int offset) {
        return bytes[offset] & 0xFF;
    }

    /** Any offset and size; bytes beyond the end are zero. */
    long read(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size && offset + i < bytes.length; i++) {
            value |= (long) (bytes[(int) offset + i] & 0xFF) << 8 * i;
        }
        return value;
    }
}
