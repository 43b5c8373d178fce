package dev.backplane.cpu.translator;

/**
 * A place where machine code is left.
 *
 * @param kind   what is to be done there
 * @param from   the translation that it belongs to
 * @param op     index of the instruction
 * @param target for a branch in its page: where to, in bytes from the block's start
 * @param patch  for {@link Kind#CHAIN}: the end of the displacement to patch, in writable memory
 */
record Site(Kind kind, Translation from, int op, int target, long patch) {
    private static final int WRITE = 0x100;
    private static final int ALIGNED = 0x200;

    /** What {@link #target} says of an access; {@code aligned}: it must be. */
    static int miss(int size, boolean write, boolean aligned) {
        return size | (write ? WRITE : 0) | (aligned ? ALIGNED : 0);
    }

    boolean writes() {
        return (target & WRITE) != 0;
    }

    /** Whether an access to an address is one to a single page, so that a fault of that page is its fault. */
    boolean inPage(long linear) {
        int size = target & 0xFF;
        return (linear & 0xFFF) + size <= 0x1000 && ((target & ALIGNED) == 0 || (linear & size - 1) == 0);
    }

    enum Kind {
        /** The instruction is executed by its op, then machine code goes on. */
        OP,
        /**
         * As {@link #OP}, for the page of {@link Env#MISSED} is not in the TLB; {@link #target} is what {@link #miss}
         * makes of the access.
         */
        MISS,
        /** As {@link #OP}, for RDTSC: the counter must be looked at. */
        TIME,
        /** A branch within the page has not been linked yet. */
        CHAIN,
        /**
         * The target of an indirect branch, or of one into another page, is not in the table; {@link #target} is
         * {@link SystemState#BY_IRET} for a return that loads RF.
         */
        LOOKUP,
        /** As {@link #LOOKUP}, after a call pushed its return address. */
        LOOKUP_CALL,
        /** As {@link #LOOKUP}, after a return: {@link #target} is what it released of the stack. */
        LOOKUP_RETURN,
        /** Attention was asked for before a branch within the page. */
        POLL,
        /** Attention was asked for before a branch to {@link Env#TARGET}; {@link #target} as for {@link #LOOKUP}. */
        POLL_TARGET,
        /** Interrupts may be pending behind STI and the instruction that follows it. */
        EVENTS,
        /** The instruction lies on two pages, and it is not known whether both are still where they were. */
        GUARD,
        /** The block begins, and a tracer wants to know. */
        TRACE,
        /** The translation was dropped. */
        STALE
    }
}
