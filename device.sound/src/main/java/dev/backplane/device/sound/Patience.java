package dev.backplane.device.sound;

import dev.backplane.api.device.Counter;

/**
 * Lets a stream wait for a guest that its host does not let run. A driver acknowledges a period's interrupt within
 * microseconds; if half the ring has passed since then, the guest stood still, and what comes next it had no chance to
 * write. So the stream stands still with it, and nothing is played twice or lost. A driver that never acknowledges, or
 * not for seconds, is not waited for. Frames are counted as the stream counts them. Not thread-safe: under the device's
 * lock.
 */
public final class Patience {
    private static final long LONGEST_NANOS = 10_000_000_000L;

    private final Counter waited;
    /** The driver acknowledged an interrupt of this run. */
    private boolean acknowledges;
    private boolean pending;
    /** Where the stream may go before the interrupt is acknowledged. */
    private long limit;
    private long waitsSince = -1;

    /** @param waited counts the milliseconds that were waited */
    public Patience(Counter waited) {
        this.waited = waited;
    }

    /** A run begins. */
    public void start() {
        acknowledged();
        acknowledges = false;
    }

    /**
     * An interrupt was raised.
     *
     * @param frames where the stream is
     * @param ring   frames of the whole ring; 0 if that is not known
     */
    public void raised(long frames, long ring) {
        if (!pending && acknowledges && ring > 0) {
            pending = true;
            limit = frames + ring / 2;
        }
    }

    /** The driver acknowledged it. */
    public void acknowledged() {
        acknowledges = true;
        pending = false;
        waitsSince = -1;
    }

    /** How far the stream may go of what is due. */
    public long allowed(long due) {
        return pending ? Math.min(due, limit) : due;
    }

    /** It waited: what was due by now was not allowed. */
    public void waits(long now, long nanos) {
        waited.add(nanos / 1_000_000);
        if (waitsSince < 0) {
            waitsSince = now;
        } else if (now - waitsSince > LONGEST_NANOS) {
            start();
        }
    }

    /** The count of frames begins elsewhere. */
    public void moved(long by) {
        limit += by;
    }
}
