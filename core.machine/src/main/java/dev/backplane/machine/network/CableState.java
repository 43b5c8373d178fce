package dev.backplane.machine.network;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.api.net.Shape;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** What is in one direction of a cable, as saved state; bounded, and nothing that is read is trusted. */
final class CableState {
    private static final int HEAD = 4 + 4 + 4 + 1 + 4 + 1 + 8;
    private static final long LIMIT = Lane.MAX_BYTES + (long) (Lane.MAX_FRAMES + 1) * HEAD + 2L * Frame.MAX_LENGTH;

    private record Waiting(Frame frame, long delay) {
    }

    private CableState() {
    }

    static void save(StateWriter out, Lane lane, Finisher finisher, long now) {
        Shape shape = lane.shape();
        out.putLong("rate", shape.bitsPerSecond()).putLong("delay", shape.delay().toNanos())
            .putLong("loss", Double.doubleToLongBits(shape.loss()));
        List<Waiting> frames = new ArrayList<>();
        Segmenter cutting = finisher.cutting();
        if (cutting != null) {
            frames.add(new Waiting(cutting.frame(), 0));
        }
        lane.ring().forEach((frame, due) -> frames.add(new Waiting(frame, Math.max(0, due - now))));
        int length = frames.stream().mapToInt(w -> HEAD + w.frame.data().length).sum();
        ByteBuffer bytes = ByteBuffer.allocate(length);
        frames.forEach(w -> put(bytes, w));
        out.putInt("cut", cutting == null ? -1 : cutting.given()).putBytes("frames", bytes.array());
    }

    private static void put(ByteBuffer out, Waiting w) {
        Frame f = w.frame;
        out.putInt(f.data().length).putInt(f.checksumStart()).putInt(f.checksumOffset())
            .put((byte) f.segmentation().ordinal()).putInt(f.segmentSize()).put((byte) (f.verified() ? 1 : 0))
            .putLong(w.delay).put(f.data());
    }

    static void restore(StateReader in, Lane lane, Finisher finisher, long now) throws StateException {
        byte[] bytes = in.getBytes("frames");
        if (bytes.length > LIMIT) {
            throw new StateException("a cable with %d bytes of frames; %d are possible".formatted(bytes.length, LIMIT));
        }
        try {
            lane.shape(new Shape(in.getLong("rate"), Duration.ofNanos(in.getLong("delay")),
                Double.longBitsToDouble(in.getLong("loss"))));
            ByteBuffer frames = ByteBuffer.wrap(bytes);
            int given = in.getInt("cut", -1, Segmenter.MAX_SEGMENTS);
            if (given >= 0) {
                Segmenter cutting = Segmenter.of(get(frames).frame);
                if (cutting == null) {
                    throw new StateException("a frame in the cable is not what it says it is");
                }
                cutting.skip(given);
                finisher.restore(cutting);
            }
            while (frames.hasRemaining()) {
                Waiting w = get(frames);
                if (!lane.restore(w.frame, w.delay == 0 ? 0 : now + w.delay)) {
                    throw new StateException("more than " + Lane.MAX_FRAMES + " frames in the cable");
                }
            }
        } catch (BufferUnderflowException | IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new StateException("the frames in the cable are damaged: " + e.getMessage(), e);
        }
    }

    private static Waiting get(ByteBuffer in) throws StateException {
        int length = in.getInt();
        int checksumStart = in.getInt();
        int checksumOffset = in.getInt();
        Segmentation segmentation = Segmentation.values()[in.get()];
        int segmentSize = in.getInt();
        boolean verified = in.get() != 0;
        long delay = in.getLong();
        if (length < 0 || length > in.remaining() || delay < 0 || delay > Duration.ofMinutes(10).toNanos()) {
            throw new StateException("the frames in the cable are damaged: a frame of %d bytes".formatted(length));
        }
        byte[] data = new byte[length];
        in.get(data);
        return new Waiting(new Frame(data, checksumStart, checksumOffset, segmentation, segmentSize, verified), delay);
    }
}
