package dev.backplane.machine.network;

import java.util.concurrent.atomic.LongAdder;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.api.net.Offloads;

/**
 * The end of a lane: gives frames as far finished as their reader needs them. Frames that cannot be finished are
 * counted and dropped. Threading: any thread.
 */
final class Finisher {
    private final Lane lane;
    private final LongAdder malformed = new LongAdder();
    private volatile Offloads accepted = Offloads.NONE;
    /** The frame that is being cut, or null; guarded by this. */
    private Segmenter cutting;

    Finisher(Lane lane) {
        this.lane = lane;
    }

    Offloads accepted() {
        return accepted;
    }

    void accept(Offloads offloads) {
        accepted = offloads;
    }

    long malformed() {
        return malformed.sum();
    }

    /** The next frame, or null. */
    synchronized Frame next() {
        while (true) {
            if (cutting != null) {
                return nextSegment();
            }
            Frame frame = lane.poll();
            if (frame == null || taken(frame, accepted)) {
                return frame;
            }
            if (frame.segmentation() == Segmentation.NONE) {
                return summed(frame);
            }
            cutting = Segmenter.of(frame);
            if (cutting == null) {
                malformed.increment();
            }
        }
    }

    private Frame nextSegment() {
        Segmenter s = cutting;
        Frame segment = s.next();
        if (s.done()) {
            cutting = null;
        }
        return segment;
    }

    private static boolean taken(Frame f, Offloads offloads) {
        if (f.complete()) {
            return true;
        }
        boolean checksum = f.checksumStart() < 0 || offloads.checksum();
        return checksum && switch (f.segmentation()) {
            case NONE -> true;
            case TCP4 -> offloads.tcp4();
            case TCP6 -> offloads.tcp6();
            case UDP -> false;
        };
    }

    private static Frame summed(Frame frame) {
        byte[] data = frame.data().clone();
        int field = frame.checksumStart() + frame.checksumOffset();
        Checksums.put16(data, field,
            Checksums.finishTransport(Checksums.add(0, data, frame.checksumStart(), data.length)));
        return new Frame(data);
    }

    /** The frame that is being cut, or null. */
    synchronized Segmenter cutting() {
        return cutting;
    }

    /** Goes on with a frame of which some segments were given. */
    synchronized void restore(Segmenter begun) {
        cutting = begun == null || begun.done() ? null : begun;
    }

    synchronized void clear() {
        cutting = null;
    }
}
