package dev.backplane.host.net.lan;

import java.util.ArrayDeque;

import dev.backplane.api.net.Frame;

/** A bounded queue of frames between two threads. Callbacks run with no lock held. */
final class Pipe {
    private final int most;
    private final long mostBytes;
    private final ArrayDeque<Frame> frames = new ArrayDeque<>();
    private long bytes;
    private boolean hungry = true;
    private boolean refused;
    private volatile Runnable onFrame = () -> { };
    private volatile Runnable onRoom = () -> { };

    Pipe(int most, long mostBytes) {
        this.most = most;
        this.mostBytes = mostBytes;
    }

    void onFrame(Runnable callback) {
        onFrame = callback;
    }

    void onRoom(Runnable callback) {
        onRoom = callback;
    }

    boolean put(Frame frame) {
        boolean tell;
        synchronized (this) {
            if (frames.size() >= most || bytes >= mostBytes) {
                refused = true;
                return false;
            }
            frames.add(frame);
            bytes += frame.data().length;
            tell = hungry;
            hungry = false;
        }
        if (tell) {
            onFrame.run();
        }
        return true;
    }

    Frame take() {
        Frame frame;
        boolean tell;
        synchronized (this) {
            frame = frames.poll();
            hungry = frame == null;
            bytes -= hungry ? 0 : frame.data().length;
            tell = refused && frames.size() <= most / 2 && bytes <= mostBytes / 2;
            refused &= !tell;
        }
        if (tell) {
            onRoom.run();
        }
        return frame;
    }
}
