package dev.backplane.api.register;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;

/** Counts and logs what hits no register or has a value that is not possible, and traces accesses. */
final class AccessLog {
    /** How many places are logged; a guest that tries all of them does not fill the log. */
    private static final int PLACES = 16;

    private final System.Logger logger;
    private final String owner;
    private final Counter unhandledReads;
    private final Counter unhandledWrites;
    private final Counter rejectedWrites;
    private final long[] places = new long[PLACES];
    private int known;
    private boolean tracing;

    AccessLog(DeviceContext context, String range) {
        logger = System.getLogger("dev.backplane.registers." + context.machine() + '.' + context.id());
        owner = context.machine() + '/' + context.id() + ' ' + range;
        unhandledReads = context.counter("unhandled-reads");
        unhandledWrites = context.counter("unhandled-writes");
        rejectedWrites = context.counter("rejected-writes");
        reconsider();
    }

    /** Looks anew whether accesses are to be traced. */
    void reconsider() {
        tracing = logger.isLoggable(System.Logger.Level.TRACE);
    }

    boolean tracing() {
        return tracing;
    }

    private boolean isNew(long place) {
        for (int i = 0; i < known; i++) {
            if (places[i] == place) {
                return false;
            }
        }
        if (known == PLACES) {
            return false;
        }
        places[known++] = place;
        return true;
    }

    private void warn(String message) {
        logger.log(System.Logger.Level.WARNING, owner + ": " + message
            + (known == PLACES ? "; from now on such accesses are only counted" : ""));
    }

    void unhandledRead(long offset, int bytes) {
        unhandledReads.increment();
        if (isNew(offset << 2)) {
            warn("read of %d bytes at 0x%x, where no register is".formatted(bytes, offset));
        }
    }

    void unhandledWrite(long offset, int bytes, long value) {
        unhandledWrites.increment();
        if (isNew(offset << 2 | 1)) {
            warn("write of 0x%x (%d bytes) at 0x%x, where no register is".formatted(value, bytes, offset));
        }
    }

    void rejected(Bits<?> bits, long value) {
        rejectedWrites.increment();
        if (isNew(bits.register().offset() << 2 | 2)) {
            warn("write of 0x%x to %s, which takes 0x%x to 0x%x".formatted(value >>> bits.low & bits.ones, bits.path(),
                bits.min, bits.max));
        }
    }

    void trace(String what, Register register, long offset, int bytes, long value) {
        StringBuilder line = new StringBuilder(80).append(owner)
            .append(": %s 0x%x/%d %s = 0x%x".formatted(what, offset, bytes, register.path(), value));
        for (Field field : register.fields()) {
            line.append(' ').append(field.name).append('=').append(Long.toUnsignedString(field.of(value)));
        }
        logger.log(System.Logger.Level.TRACE, line.toString());
    }
}
