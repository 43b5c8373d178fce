package dev.backplane.cpu.lockstep;

import java.util.Arrays;

/** What the leader asked of the core in a slice, and the answers, in order. */
final class AccessLog {
    static final int MMIO_READ = 0;
    static final int MMIO_WRITE = 1;
    static final int PORT_READ = 2;
    static final int PORT_WRITE = 3;
    static final int READ_CR8 = 4;
    static final int WRITE_CR8 = 5;
    static final int READ_TSC = 6;
    static final int READ_MSR = 7;
    static final int MSR_READABLE = 8;
    static final int WRITE_MSR = 9;
    static final int RANDOM = 10;
    private static final String[] NAMES = {"read of memory", "write of memory", "read of port", "write of port",
        "read of CR8", "write of CR8", "read of the TSC", "read of MSR", "check of MSR", "write of MSR", "random number"};
    private static final int FIELDS = 5;

    private long[] data = new long[64 * FIELDS];
    private int end;
    private int next;
    /** What the follower asked that the leader had not; null if nothing. */
    private String mismatch;

    void clear() {
        end = 0;
        next = 0;
        mismatch = null;
    }

    /** Adds one and returns its answer. */
    long add(int kind, long where, int size, long value, long answer) {
        if (end + FIELDS > data.length) {
            data = Arrays.copyOf(data, data.length * 2);
        }
        data[end] = kind;
        data[end + 1] = where;
        data[end + 2] = size;
        data[end + 3] = value;
        data[end + 4] = answer;
        end += FIELDS;
        return answer;
    }

    /** The answer that the leader got to the same question; 0 if it was another, which is noted. */
    long take(int kind, long where, int size, long value) {
        if (mismatch != null) {
            return 0;
        }
        if (next < end && data[next] == kind && data[next + 1] == where && data[next + 2] == size
            && data[next + 3] == value) {
            next += FIELDS;
            return data[next - 1];
        }
        mismatch = "the interpreter's " + text(kind, where, size, value) + ", where the translator's was "
            + (next < end ? text((int) data[next], data[next + 1], (int) data[next + 2], data[next + 3]) : "none");
        return 0;
    }

    /** What is not alike, or null. Call when the follower has come to the end of the slice. */
    String difference() {
        if (mismatch == null && next < end) {
            return "the translator's " + text((int) data[next], data[next + 1], (int) data[next + 2], data[next + 3])
                + ", where the interpreter's was none";
        }
        return mismatch;
    }

    boolean mismatched() {
        return mismatch != null;
    }

    private static String text(int kind, long where, int size, long value) {
        return "%s %x, %d bytes, value %x".formatted(NAMES[kind], where, size, value);
    }
}
