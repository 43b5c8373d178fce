package dev.backplane.device.net.virtio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;

/**
 * {@code struct virtio_net_hdr} as it stands before each frame (virtio 1.2, 5.1.6), with {@code num_buffers}. The bytes
 * are reused from frame to frame. Not thread-safe; used under the device's lock.
 */
final class NetHeader {
    /** In bytes. */
    static final int LENGTH = 12;

    private static final int NEEDS_CSUM = 1;
    private static final int DATA_VALID = 2;
    private static final int GSO_NONE = 0;
    private static final int GSO_TCPV4 = 1;
    private static final int GSO_TCPV6 = 4;
    private static final int MIN_TCP_HEADER = 20;

    private static final VarHandle SHORT =
        MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    final byte[] bytes = new byte[LENGTH];

    private int get16(int at) {
        return (short) SHORT.get(bytes, at) & 0xFFFF;
    }

    private void set16(int at, int value) {
        SHORT.set(bytes, at, (short) value);
    }

    /**
     * The frame that a driver sends with this header.
     *
     * @param data     the frame's bytes, of a length that a frame can have
     * @param features what the driver and the device agreed on
     * @return null if the header asks for what was not agreed on or is not possible
     */
    Frame frame(byte[] data, long features) {
        int start = -1;
        int offset = 0;
        if ((bytes[0] & NEEDS_CSUM) != 0) {
            start = get16(6);
            offset = get16(8);
            if ((features & NetFeatures.CSUM) == 0 || start + offset + 2 > data.length) {
                return null;
            }
        }
        int type = bytes[1] & 0xFF;
        if (type == GSO_NONE) {
            return new Frame(data, start, offset, Segmentation.NONE, 0, false);
        }
        long needed = type == GSO_TCPV4 ? NetFeatures.HOST_TSO4 : type == GSO_TCPV6 ? NetFeatures.HOST_TSO6 : 0;
        int size = get16(4);
        if (needed == 0 || (features & needed) == 0 || size == 0 || start < Frame.MIN_LENGTH
                || start + MIN_TCP_HEADER > data.length) {
            return null;
        }
        return new Frame(data, start, offset, type == GSO_TCPV4 ? Segmentation.TCP4 : Segmentation.TCP6, size, false);
    }

    /** Fills in what a driver is told of a frame that is given to it. */
    void describe(Frame frame, boolean guestChecksums) {
        LONG.set(bytes, 0, 0L);
        bytes[8] = 0;
        bytes[9] = 0;
        buffers(1);
        if (frame.checksumStart() >= 0) {
            bytes[0] = NEEDS_CSUM;
            set16(6, frame.checksumStart());
            set16(8, frame.checksumOffset());
        } else if (frame.verified() && guestChecksums) {
            bytes[0] = DATA_VALID;
        }
        if (frame.segmentation() != Segmentation.NONE) {
            bytes[1] = (byte) (frame.segmentation() == Segmentation.TCP4 ? GSO_TCPV4 : GSO_TCPV6);
            set16(2, headerLength(frame));
            set16(4, frame.segmentSize());
        }
    }

    private static int headerLength(Frame frame) {
        int offset = frame.checksumStart() + 12;
        byte[] data = frame.data();
        int tcp = offset < data.length ? (data[offset] & 0xF0) >> 2 : MIN_TCP_HEADER;
        return Math.min(frame.checksumStart() + tcp, data.length);
    }

    /** Says over how many buffers the frame goes. */
    void buffers(int count) {
        set16(10, count);
    }
}
