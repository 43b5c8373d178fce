package dev.backplane.host.net.user;

import java.nio.ByteBuffer;

/**
 * Bytes of a stream from one offset to another, in an array that grows as it must. Places are offsets in the stream, so
 * bytes may also be put beyond a gap. Not thread-safe.
 */
final class Ring {
    private static final int LEAST = 4096;
    private static final byte[] NOTHING = new byte[0];

    private byte[] data = NOTHING;
    private long start;
    private long end;

    Ring(long start) {
        this.start = start;
        this.end = start;
    }

    long start() {
        return start;
    }

    /** Behind the last byte that was put. */
    long end() {
        return end;
    }

    int size() {
        return (int) (end - start);
    }

    /** Forgets what is before {@code offset}. */
    void release(long offset) {
        start = offset;
        end = Math.max(start, end);
    }

    /** Gives the memory back if there is nothing in it. */
    void trim() {
        if (start == end) {
            data = NOTHING;
        }
    }

    /** Makes room up to an offset. */
    private void reserve(long upTo) {
        long need = upTo - start;
        if (need <= data.length) {
            return;
        }
        int size = Math.max(LEAST, Integer.highestOneBit((int) need - 1) << 1);
        byte[] old = data;
        long oldStart = start;
        data = new byte[size];
        for (long at = oldStart; at < end && old.length > 0;) {
            int from = (int) (at & old.length - 1);
            int to = (int) (at & size - 1);
            int length = (int) Math.min(end - at, Math.min(old.length - from, size - to));
            System.arraycopy(old, from, data, to, length);
            at += length;
        }
    }

    void put(long offset, byte[] from, int at, int length) {
        reserve(offset + length);
        while (length > 0) {
            int to = (int) (offset & data.length - 1);
            int piece = Math.min(length, data.length - to);
            System.arraycopy(from, at, data, to, piece);
            at += piece;
            offset += piece;
            length -= piece;
        }
        end = Math.max(end, offset);
    }

    void get(long offset, byte[] to, int at, int length) {
        while (length > 0) {
            int from = (int) (offset & data.length - 1);
            int piece = Math.min(length, data.length - from);
            System.arraycopy(data, from, to, at, piece);
            at += piece;
            offset += piece;
            length -= piece;
        }
    }

    /** The bytes from an offset on as far as they lie in one piece, at most up to {@code limit}. */
    ByteBuffer piece(long offset, long limit) {
        int from = (int) (offset & data.length - 1);
        return ByteBuffer.wrap(data, from, (int) Math.min(limit - offset, data.length - from));
    }

    /** Room behind the end in one piece, at most {@code most} bytes; say afterwards how many {@link #filled}. */
    ByteBuffer room(int most) {
        reserve(end + most);
        int to = (int) (end & data.length - 1);
        return ByteBuffer.wrap(data, to, Math.min(most, data.length - to));
    }

    void filled(int length) {
        end += length;
    }

    /** All bytes. */
    byte[] copy() {
        byte[] all = new byte[size()];
        get(start, all, 0, all.length);
        return all;
    }
}
