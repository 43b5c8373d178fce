package dev.backplane.device.net;

import java.nio.ByteBuffer;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;

/** Frames for tests. */
public final class Frames {
    private Frames() {
    }

    /** A frame of an unassigned type. */
    public static byte[] plain(long destination, int length) {
        byte[] frame = new byte[length];
        for (int i = 0; i < length; i++) {
            frame[i] = (byte) (i * 7);
        }
        address(frame, 0, destination);
        address(frame, 6, 0x020000000099L);
        frame[12] = (byte) 0x88;
        frame[13] = (byte) 0xB5;
        return frame;
    }

    private static void address(byte[] frame, int at, long mac) {
        for (int i = 0; i < 6; i++) {
            frame[at + i] = (byte) (mac >>> 40 - 8 * i);
        }
    }

    /** The same with a VLAN tag. */
    public static byte[] tagged(byte[] frame, int vlan) {
        ByteBuffer out = ByteBuffer.allocate(frame.length + 4);
        out.put(frame, 0, 12).putShort((short) 0x8100).putShort((short) vlan).put(frame, 12, frame.length - 12);
        return out.array();
    }

    /** A TCP segment over IPv4, with no checksums. */
    public static byte[] tcp4(long destination, int sourceAddress, int destinationAddress, int sourcePort,
            int destinationPort, int payload) {
        byte[] frame = plain(destination, 54 + payload);
        ByteBuffer out = ByteBuffer.wrap(frame);
        out.position(12);
        out.putShort((short) 0x0800);
        out.put((byte) 0x45).put((byte) 0).putShort((short) (40 + payload)).putInt(0).put((byte) 64).put((byte) 6)
            .putShort((short) 0).putInt(sourceAddress).putInt(destinationAddress);
        out.putShort((short) sourcePort).putShort((short) destinationPort).putInt(1).putInt(2).put((byte) 0x50)
            .put((byte) 0x10).putShort((short) 1000).putInt(0);
        return frame;
    }

    /** Such a segment that is to be cut and summed by whoever sends it. */
    public static Frame large4(long destination, int payload) {
        return new Frame(tcp4(destination, 0x0A000001, 0x0A000002, 80, 1000, payload), 34, 16, Segmentation.TCP4, 1448,
            false);
    }
}
