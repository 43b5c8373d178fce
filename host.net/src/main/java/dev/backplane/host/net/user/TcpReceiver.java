package dev.backplane.host.net.user;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * What a guest sends on one connection (RFC 9293, RFC 2018, RFC 7323 window scale): puts segments in order and says
 * what window is open. Offsets count from the guest's SYN, which is offset 0. The window never shrinks; what it
 * promises is memory set aside. Not thread-safe.
 */
final class TcpReceiver {
    /** What each connection may hold in any case. */
    static final int LEAST = 32 << 10;
    /** What it may hold while the shared memory lasts. */
    static final int MOST = 1 << 20;
    /** ... of a guest that cannot scale windows. */
    static final int MOST_UNSCALED = 64 << 10;
    /** The scale we ask for: windows up to 8 MiB. */
    static final int SCALE = 7;
    private static final int MAX_GAPS = 32;

    final Ring ring = new Ring(1);
    private final Budget budget;
    private final Ranges beyond = new Ranges(MAX_GAPS);
    private final int initial;
    private final int most;
    private long next = 1;
    private long finAt = -1;
    private int capacity = LEAST;
    private long growAt = LEAST;
    private long promised;
    private long latestLow;

    /**
     * @param initial the sequence number of the guest's SYN
     * @param most    the most bytes it may hold, {@link #LEAST} to {@link #MOST}
     */
    TcpReceiver(int initial, int most, Budget budget) {
        this.initial = initial;
        this.most = most;
        this.budget = budget;
    }

    /** The offset that a sequence number near the window means. */
    long offset(int sequence) {
        return next + (sequence - (initial + (int) next));
    }

    /** The sequence number to acknowledge. */
    int acknowledgment() {
        return initial + (int) next + (finished() ? 1 : 0);
    }

    int sequence(long offset) {
        return initial + (int) offset;
    }

    long next() {
        return next;
    }

    /** Whether all data and the FIN behind it have come. */
    boolean finished() {
        return finAt == next;
    }

    /** Whether there are bytes that the host has not taken yet. */
    boolean waiting() {
        return ring.start() < next;
    }

    long edge() {
        return ring.start() + capacity;
    }

    /** Bytes of window. */
    long window() {
        return edge() - next;
    }

    /** Whether the window has grown enough since it was last told to say so (RFC 9293, 3.8.6.2.2). */
    boolean windowNews(int mss) {
        return edge() - promised >= Math.min(capacity / 2, 2 * mss) && promised - next < capacity / 2;
    }

    /** The field for a header without scale, or with ours; remembers what was promised. */
    int windowField(boolean scaled) {
        int shift = scaled ? SCALE : 0;
        long field = Math.min(0xFFFF, window() >> shift);
        promised = Math.max(promised, next + (field << shift));
        return (int) field;
    }

    /** Takes the bytes of a segment that are within the window; out of order they are kept. */
    boolean accept(long offset, byte[] data, int at, int length) {
        if (offset < next) {
            long skip = Math.min(length, next - offset);
            offset += skip;
            at += (int) skip;
            length -= (int) skip;
        }
        length = (int) Math.min(length, edge() - offset);
        if (finAt >= 0) {
            length = (int) Math.min(length, finAt - offset);
        }
        if (length <= 0) {
            return false;
        }
        if (offset == next) {
            ring.put(offset, data, at, length);
            advance(offset + length);
            return true;
        }
        if (beyond.add(offset, offset + length)) {
            ring.put(offset, data, at, length);
            latestLow = offset;
        }
        return true;
    }

    /** In-order bytes of which the host took {@code taken} at once; the rest goes into the ring. */
    void passed(byte[] data, int at, int length, int taken) {
        long offset = next;
        ring.release(offset + taken);
        if (taken < length) {
            ring.put(offset + taken, data, at + taken, length - taken);
        }
        advance(offset + length);
    }

    /** Whether a segment at {@code offset} could go to the host past the ring. */
    boolean straight(long offset, int length) {
        return offset == next && !waiting() && beyond.isEmpty() && length <= window() && finAt < 0;
    }

    private void advance(long to) {
        next = Math.max(to, next);
        if (!beyond.isEmpty()) {
            next = beyond.skip(next);
            beyond.dropBelow(next);
        }
        if (next >= growAt && capacity < most && budget.take(capacity)) {
            growAt = next + capacity;
            capacity *= 2;
        }
    }

    void fin(long offset) {
        if (finAt < 0 && offset >= next && offset <= edge() && offset >= beyond.top()) {
            finAt = offset;
        }
    }

    /** How many blocks there are to report. */
    int gaps() {
        return beyond.count();
    }

    /** Block {@code index} to report: the one that came last first. */
    int gap(int index) {
        int latest = 0;
        for (int i = 0; i < beyond.count(); i++) {
            if (beyond.low(i) <= latestLow && latestLow < beyond.high(i)) {
                latest = i;
            }
        }
        return index == 0 ? latest : index <= latest ? index - 1 : index;
    }

    int gapLow(int gap) {
        return sequence(beyond.low(gap));
    }

    int gapHigh(int gap) {
        return sequence(beyond.high(gap));
    }

    void close() {
        budget.give(capacity - LEAST);
        capacity = LEAST;
    }

    void save(StateWriter out) {
        out.putInt("initial", initial).putLong("next", next).putLong("fin", finAt).putInt("capacity", capacity)
            .putInt("most", most).putLong("promised", promised).putLong("start", ring.start())
            .putBytes("data", ring.copy()).putLongs("beyond", beyond.toArray());
    }

    static TcpReceiver restore(StateReader in, Budget budget) throws StateException {
        int most = in.getInt("most", LEAST, MOST);
        TcpReceiver receiver = new TcpReceiver(in.getInt("initial"), most, budget);
        int capacity = in.getInt("capacity", LEAST, most);
        long start = in.getLong("start");
        byte[] data = in.getBytes("data");
        long next = in.getLong("next");
        long[] gaps = in.getLongs("beyond");
        if (start < 1 || next < start || next > start + data.length || data.length > capacity
                || Integer.bitCount(capacity) != 1 || gaps.length > 2 * MAX_GAPS || (gaps.length & 1) != 0) {
            throw new StateException("a TCP connection's data from " + start + " to " + next + " of " + data.length
                + " bytes makes no sense");
        }
        receiver.ring.release(start);
        receiver.ring.put(start, data, 0, data.length);
        receiver.next = next;
        for (int i = 0; i < gaps.length; i += 2) {
            if (gaps[i] <= next || gaps[i + 1] <= gaps[i] || gaps[i + 1] > start + data.length) {
                throw new StateException("a TCP connection's block " + gaps[i] + " to " + gaps[i + 1] + " is outside");
            }
            receiver.beyond.add(gaps[i], gaps[i + 1]);
        }
        budget.give(LEAST - capacity);
        receiver.capacity = capacity;
        receiver.growAt = next + capacity;
        receiver.finAt = in.getLong("fin");
        receiver.promised = in.getLong("promised");
        return receiver;
    }
}
