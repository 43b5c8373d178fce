package dev.backplane.host.net.user;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * What a guest is sent on one connection: which bytes go out next, and which again (RFC 9293, RFC 6298 timer, RFC 2018
 * and RFC 6675 recovery by selective acknowledgments, RFC 6582 without). Offsets count from our SYN, which is offset 0.
 * The cable to the guest is nobody else's and says itself when it is full, so there is no congestion to avoid: the
 * guest's window alone bounds what is under way, but after a timeout it opens slowly. Not thread-safe.
 */
final class TcpSender {
    static final int LEAST = 16 << 10;
    static final int MOST = 4 << 20;
    private static final long MILLIS = 1_000_000;
    private static final long LEAST_RTO = 200 * MILLIS;
    private static final long MOST_RTO = 60_000 * MILLIS;
    private static final int MAX_TRIES = 12;
    private static final int MAX_BLOCKS = 128;
    private static final long NO_LIMIT = 1L << 40;
    static final long NEVER = Long.MAX_VALUE;

    /** What {@link #choose} found to send. */
    long offset;
    int length;
    boolean syn;
    boolean fin;
    boolean push;

    final Ring ring = new Ring(1);
    private final Budget budget;
    private final int initial;
    private final Ranges sacked = new Ranges(MAX_BLOCKS);
    private int mss = 536;
    private int scale;
    private boolean selective;
    private int capacity = LEAST;
    private long una;
    private long next;
    private long max;
    private long window;
    private boolean closing;
    private long open = NO_LIMIT;
    private int duplicates;
    /** The end of a recovery from loss, or -1, and up to where it has sent again. */
    private long recover = -1;
    private long again;
    private long sweepAt;
    private long smoothed;
    private long variation;
    private long timeout = 1000 * MILLIS;
    private long timedOffset = -1;
    private long timedAt;
    private long deadline = NEVER;
    private int tries;
    private boolean probe;

    TcpSender(int initial, Budget budget) {
        this.initial = initial;
        this.budget = budget;
    }

    /** What the guest's SYN said. */
    void options(int itsMss, int itsScale, boolean itsSelective, int mostMss) {
        mss = Math.clamp(itsMss, 88, mostMss);
        scale = itsScale;
        selective = itsSelective;
    }

    int mss() {
        return mss;
    }

    int sequence(long at) {
        return initial + (int) at;
    }

    /** The offset that an acknowledgment number near what is under way means. */
    long offset(int sequence) {
        return una + (sequence - sequence(una));
    }

    long una() {
        return una;
    }

    /** The next new offset; what an acknowledgment without data carries. */
    long max() {
        return max;
    }

    long deadline() {
        return deadline;
    }

    boolean established() {
        return una > 0;
    }

    /** Bytes that may still be put into the ring now. */
    int room() {
        return capacity - ring.size();
    }

    /** Lets the ring grow if it is what holds the connection up. */
    void grow() {
        if (capacity < MOST && ring.size() >= capacity && una + window > ring.end() && budget.take(capacity)) {
            capacity *= 2;
        }
    }

    /** Nothing more comes behind the ring's end: a FIN. */
    void close() {
        closing = true;
    }

    boolean closing() {
        return closing;
    }

    /** Whether the guest has acknowledged everything, the FIN too. */
    boolean finished() {
        return closing && una > ring.end();
    }

    void free() {
        budget.give(capacity - LEAST);
        capacity = LEAST;
    }

    /**
     * Takes an acknowledgment.
     *
     * @param ack    an offset up to {@link #max}
     * @param field  the window field as it stands in the header
     * @param bare   whether the segment had neither data nor FIN
     * @return whether it was news
     */
    boolean acknowledge(long ack, int field, boolean withSyn, boolean bare, long now) {
        long newWindow = (long) field << (withSyn ? 0 : scale);
        boolean sameWindow = newWindow == window;
        window = newWindow;
        if (ack > una) {
            if (timedOffset >= 0 && ack > timedOffset) {
                sample(now - timedAt);
                timedOffset = -1;
            }
            long bytes = ack - una;
            una = ack;
            next = Math.max(next, ack);
            ring.release(Math.max(1, Math.min(ack, ring.end())));
            sacked.dropBelow(ack);
            duplicates = 0;
            tries = 0;
            open = open >= NO_LIMIT ? open : open + 2 * bytes > MOST ? NO_LIMIT : open + 2 * bytes;
            if (recover >= 0 && una >= recover) {
                recover = -1;
            } else if (recover >= 0) {
                again = Math.max(again, una);
                if (!selective) {
                    again = una;
                }
            }
            deadline = max > una ? now + timeout : NEVER;
            return true;
        }
        if (bare && sameWindow && ack == una && max > una) {
            duplicates++;
        }
        if (max == una) {
            tries = 0;
        }
        return !sameWindow;
    }

    /** Takes one block of the guest's selective acknowledgment; call {@link #detectLoss} after the last. */
    void block(int from, int to) {
        long low = offset(from);
        long high = offset(to);
        if (low >= una && high > low && high <= max) {
            sacked.add(low, high);
        }
    }

    void detectLoss(long now) {
        if (max == una) {
            return;
        }
        boolean blocks = !sacked.isEmpty() && sacked.top() - una > 3L * mss;
        if (recover < 0 && (blocks || duplicates >= 3)) {
            recover = max;
            again = una;
            sweepAt = now;
            timedOffset = -1;
        } else if (recover >= 0 && blocks && now - sweepAt > smoothed + smoothed / 4 + MILLIS) {
            again = una;
            sweepAt = now;
        }
    }

    private void sample(long rtt) {
        if (smoothed == 0) {
            smoothed = Math.max(1, rtt);
            variation = rtt / 2;
        } else {
            variation += (Math.abs(rtt - smoothed) - variation) / 4;
            smoothed = Math.max(1, smoothed + (rtt - smoothed) / 8);
        }
        timeout = Math.clamp(smoothed + 4 * variation, LEAST_RTO, MOST_RTO);
    }

    /**
     * Finds what to send next.
     *
     * @param most payload bytes of the largest frame
     * @return false if there is nothing to send now
     */
    boolean choose(int most) {
        syn = false;
        fin = false;
        push = false;
        if (una == 0) {
            syn = next == 0;
            offset = 0;
            length = 0;
            return syn;
        }
        if (recover >= 0 && chooseAgain(most)) {
            return true;
        }
        if (next < max) {
            next = sacked.skip(next);
        }
        long end = ring.end();
        long edge = una + Math.min(window, open);
        long available = Math.min(end, edge) - next;
        if (next < max) {
            available = Math.min(available, sacked.nextLow(next, max) - next);
        }
        if (available <= 0) {
            offset = next;
            length = 0;
            fin = closing && next == end && edge >= end;
            return fin;
        }
        boolean all = available == end - next;
        if (available < mss && !all && next >= max && max > una) {
            return false;
        }
        long whole = (long) most / mss * mss;
        offset = next;
        length = (int) Math.min(available, whole);
        push = next + length == end;
        fin = closing && push && length <= mss;
        return true;
    }

    private boolean chooseAgain(int most) {
        again = sacked.skip(Math.max(again, una));
        long limit = Math.min(ring.end(), recover);
        if (!selective || sacked.isEmpty()) {
            if (again > una || again >= limit) {
                return false;
            }
            length = (int) Math.min(mss, limit - again);
        } else {
            if (again + 3L * mss >= sacked.top() && again > una || again >= limit || again >= sacked.top()) {
                return false;
            }
            length = (int) Math.min(Math.min(most / mss * mss, limit - again), sacked.nextLow(again, limit) - again);
        }
        offset = again;
        return length > 0;
    }

    /** What {@link #choose} found is on its way. Returns whether it was sent before. */
    boolean sent(long now) {
        long behind = offset + length + (syn || fin ? 1 : 0);
        boolean repeated = offset < max;
        if (recover >= 0 && offset == again && offset < next && behind <= next) {
            again = behind;
        } else {
            next = behind;
        }
        if (!repeated && timedOffset < 0 && recover < 0) {
            timedOffset = offset;
            timedAt = now;
        }
        max = Math.max(max, behind);
        if (deadline == NEVER || probe) {
            probe = false;
            deadline = now + timeout;
        }
        return repeated;
    }

    /** Whether bytes wait for the guest's window to open, with nothing under way that would bring news. */
    void watchWindow(long now) {
        if (waits() && deadline == NEVER) {
            probe = true;
            deadline = now + timeout;
        }
    }

    private boolean waits() {
        return max == una && una > 0 && (next < ring.end() || closing && next == ring.end());
    }

    /** What to do when the deadline has passed. */
    enum Overdue {
        SEND, PROBE, ABORT
    }

    Overdue overdue(long now) {
        if (probe && !waits()) {
            probe = false;
            deadline = NEVER;
            return Overdue.SEND;
        }
        if (++tries > MAX_TRIES) {
            return Overdue.ABORT;
        }
        long wait = Math.min(MOST_RTO, timeout << Math.min(tries, 9));
        deadline = now + wait;
        timedOffset = -1;
        if (max == una) {
            probe = true;
            return Overdue.PROBE;
        }
        if (tries >= 3) {
            sacked.clear();
        }
        next = una;
        recover = -1;
        duplicates = 0;
        open = 4L * mss;
        return Overdue.SEND;
    }

    void save(StateWriter out, long now) {
        out.putInt("initial", initial).putInt("mss", mss).putInt("scale", scale).putBoolean("selective", selective)
            .putInt("capacity", capacity).putLong("una", una).putLong("max", max).putLong("window", window)
            .putBoolean("closing", closing).putLong("smoothed", smoothed).putLong("variation", variation)
            .putLong("start", ring.start()).putBytes("data", ring.copy()).putLongs("sacked", sacked.toArray());
    }

    /** What was under way is sent again as after a timeout, where the guest does not acknowledge it soon. */
    static TcpSender restore(StateReader in, Budget budget, long now) throws StateException {
        TcpSender sender = new TcpSender(in.getInt("initial"), budget);
        sender.options(in.getInt("mss", 88, 65_535), in.getInt("scale", 0, 14), in.getBoolean("selective"), 65_535);
        int capacity = in.getInt("capacity", LEAST, MOST);
        long start = in.getLong("start");
        byte[] data = in.getBytes("data");
        sender.una = in.getLong("una");
        sender.max = in.getLong("max");
        if (start < 1 || Integer.bitCount(capacity) != 1 || data.length > capacity || sender.una < 0
                || sender.max < sender.una || sender.max > start + data.length + 1
                || Math.max(1, Math.min(sender.una, start + data.length)) != start) {
            throw new StateException("a TCP connection's offsets " + sender.una + " to " + sender.max + " over "
                + data.length + " bytes at " + start + " make no sense");
        }
        sender.ring.release(start);
        sender.ring.put(start, data, 0, data.length);
        budget.give(LEAST - capacity);
        sender.capacity = capacity;
        sender.next = sender.max;
        sender.window = in.getLong("window") & 0x3FFF_FFFF;
        sender.closing = in.getBoolean("closing");
        sender.smoothed = Math.clamp(in.getLong("smoothed"), 0, MOST_RTO);
        sender.variation = Math.clamp(in.getLong("variation"), 0, MOST_RTO);
        if (sender.smoothed > 0) {
            sender.timeout = Math.clamp(sender.smoothed + 4 * sender.variation, LEAST_RTO, MOST_RTO);
        }
        long[] blocks = in.getLongs("sacked");
        for (int i = 0; i + 1 < Math.min(blocks.length, 2 * MAX_BLOCKS); i += 2) {
            if (blocks[i] >= sender.una && blocks[i + 1] > blocks[i] && blocks[i + 1] <= sender.max) {
                sender.sacked.add(blocks[i], blocks[i + 1]);
            }
        }
        sender.deadline = sender.max > sender.una ? now + sender.timeout : NEVER;
        return sender;
    }
}
