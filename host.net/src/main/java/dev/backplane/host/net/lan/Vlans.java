package dev.backplane.host.net.lan;

import java.util.BitSet;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.net.Frame;
import dev.backplane.host.net.wire.Wire;

/**
 * Which VLANs a port is in (IEEE 802.1Q). Immutable.
 *
 * @param untagged the VLAN of frames without tag, 1 to 4094
 * @param tagged   the VLANs that are carried with tags
 */
record Vlans(int untagged, BitSet tagged) {
    static final int LAST = 4094;
    /** Frames of no VLAN that the port is in. */
    static final int NONE = -1;
    private static final int TAG = 4;

    static Vlans parse(int untagged, String trunk) throws DeviceException {
        BitSet tagged = new BitSet();
        for (String part : trunk.split(",")) {
            if (!part.isBlank()) {
                String[] bounds = part.strip().split("-", 2);
                int first = number(trunk, bounds[0]);
                int last = bounds.length == 1 ? first : number(trunk, bounds[1]);
                tagged.set(first, Math.max(first, last) + 1);
            }
        }
        tagged.clear(untagged);
        return new Vlans(untagged, tagged);
    }

    private static int number(String trunk, String text) throws DeviceException {
        try {
            int vlan = Integer.parseInt(text.strip());
            if (vlan >= 1 && vlan <= LAST) {
                return vlan;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new DeviceException("trunk: '" + trunk + "' is no list of VLANs; write for instance 10,20-29 (1-4094)");
    }

    boolean has(int vlan) {
        return vlan == untagged || tagged.get(vlan);
    }

    /** The VLAN that a frame from this port belongs to, or NONE. */
    int of(Frame frame) {
        byte[] data = frame.data();
        if (Wire.get16(data, 12) != Wire.TYPE_VLAN) {
            return untagged;
        }
        if (data.length < Wire.ETHERNET + TAG) {
            return NONE;
        }
        int vlan = Wire.get16(data, 14) & 0xFFF;
        return vlan == 0 ? untagged : tagged.get(vlan) ? vlan : NONE;
    }

    /** A frame without its tag. */
    static Frame strip(Frame frame) {
        byte[] data = frame.data();
        if (Wire.get16(data, 12) != Wire.TYPE_VLAN) {
            return frame;
        }
        byte[] plain = new byte[data.length - TAG];
        System.arraycopy(data, 0, plain, 0, 12);
        System.arraycopy(data, 16, plain, 12, plain.length - 12);
        return moved(frame, plain, -TAG);
    }

    /** A frame of a VLAN as this port sends it. */
    Frame tag(Frame plain, int vlan) {
        if (vlan == untagged) {
            return plain;
        }
        byte[] data = plain.data();
        if (data.length + TAG > Frame.MAX_LENGTH) {
            return null;
        }
        byte[] tag = new byte[data.length + TAG];
        System.arraycopy(data, 0, tag, 0, 12);
        Wire.put16(tag, 12, Wire.TYPE_VLAN);
        Wire.put16(tag, 14, vlan);
        System.arraycopy(data, 12, tag, 16, data.length - 12);
        return moved(plain, tag, TAG);
    }

    private static Frame moved(Frame frame, byte[] data, int by) {
        int start = frame.checksumStart() < 0 ? -1 : frame.checksumStart() + by;
        if (start < 0 || start + frame.checksumOffset() + 2 > data.length) {
            return new Frame(data, -1, 0, Frame.Segmentation.NONE, 0, frame.verified());
        }
        return new Frame(data, start, frame.checksumOffset(), frame.segmentation(), frame.segmentSize(),
            frame.verified());
    }
}
