package dev.backplane.api.cpu;

import java.util.Objects;

/**
 * A place that a debugger watches, by linear address, in every address space.
 *
 * @param kind    what is watched for
 * @param address the linear address: of an instruction's first byte, or of the first byte of data
 * @param length  how many bytes of data are watched, at least 1; 1 for {@link Kind#EXECUTE}
 */
public record DebugPoint(Kind kind, long address, long length) {

    /** What is watched for. */
    public enum Kind {
        /** An instruction that begins here is about to be executed. */
        EXECUTE,
        /** An instruction writes here. */
        WRITE,
        /** An instruction reads here. */
        READ,
        /** An instruction reads or writes here. */
        ACCESS
    }

    public DebugPoint {
        Objects.requireNonNull(kind);
        if (length < 1 || kind == Kind.EXECUTE && length != 1) {
            throw new IllegalArgumentException("a length of " + length + " makes no sense here");
        }
    }

    /** Whether data is watched. */
    public boolean watchesData() {
        return kind != Kind.EXECUTE;
    }

    /** Whether an access of {@code size} bytes from {@code from} is what it watches for. */
    public boolean meets(long from, int size, boolean write) {
        boolean kinds = kind == Kind.ACCESS || kind == (write ? Kind.WRITE : Kind.READ);
        return kinds && (Long.compareUnsigned(from - address, length) < 0
            || Long.compareUnsigned(address - from, size) < 0);
    }
}
