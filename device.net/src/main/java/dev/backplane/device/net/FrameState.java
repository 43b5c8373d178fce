package dev.backplane.device.net;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A frame that a card holds, as saved state. */
public final class FrameState {
    private FrameState() {
    }

    /** Writes a section of that name, or nothing for null. */
    public static void save(StateWriter out, String name, Frame frame) {
        if (frame != null) {
            out.section(name).putBytes("data", frame.data()).putInt("checksum-start", frame.checksumStart())
                .putInt("checksum-offset", frame.checksumOffset())
                .putString("segmentation", frame.segmentation().name()).putInt("segment-size", frame.segmentSize())
                .putBoolean("verified", frame.verified());
        }
    }

    /** Reads what {@link #save} wrote. */
    public static Frame restore(StateReader in, String name) throws StateException {
        if (!in.has(name)) {
            return null;
        }
        StateReader section = in.section(name);
        try {
            return new Frame(section.getBytes("data"), section.getInt("checksum-start"),
                section.getInt("checksum-offset"), Segmentation.valueOf(section.getString("segmentation")),
                section.getInt("segment-size"), section.getBoolean("verified"));
        } catch (IllegalArgumentException e) {
            throw new StateException("field " + name + " is no frame: " + e.getMessage(), e);
        }
    }
}
