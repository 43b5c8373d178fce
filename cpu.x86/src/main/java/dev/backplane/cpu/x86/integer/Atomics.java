package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Raw;

/**
 * LOCK: compare-and-swap loops on host memory. What crosses an aligned qword, and what is not plain RAM, is done while
 * all other vCPUs stand still.
 */
final class Atomics {
    private Atomics() {
    }

    /** Applies an op's {@link RmwOp#compute} atomically; returns the value before. */
    static long update(Cpu c, RmwOp op, long la, int size) {
        long host = c.mem.hostWrite(la);
        if (host == 0 || (int) (la & 7) + size > 8) {
            return exclusive(c, op, la, size);
        }
        long result = c.flagResult;
        long carry = c.flagCarry;
        if (size == 4 && (la & 3) == 0) {
            for (;;) {
                int old = Raw.get32(host);
                if (Raw.cas32(host, old, (int) op.compute(c, old & 0xFFFFFFFFL))) {
                    return old & 0xFFFFFFFFL;
                }
                c.flagResult = result;
                c.flagCarry = carry;
            }
        }
        int shift = (int) (la & 7) << 3;
        long mask = size == 8 ? -1 : (1L << 8 * size) - 1;
        host &= ~7L;
        for (;;) {
            long word = Raw.get64(host);
            long old = word >>> shift & mask;
            long v = op.compute(c, old) & mask;
            if (Raw.cas64(host, word, word & ~(mask << shift) | v << shift)) {
                return old;
            }
            c.flagResult = result;
            c.flagCarry = carry;
        }
    }

    private static long exclusive(Cpu c, RmwOp op, long la, int size) {
        c.engine.enterExclusive(c);
        try {
            long old = c.mem.rmw(la, size);
            c.mem.store(la, size, op.compute(c, old));
            return old;
        } finally {
            c.engine.leaveExclusive(c);
        }
    }
}
