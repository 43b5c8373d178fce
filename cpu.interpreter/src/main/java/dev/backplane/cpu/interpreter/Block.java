package dev.backplane.cpu.interpreter;

import dev.backplane.cpu.x86.Op;

/** Decoded instructions that run one after the other. Immutable but for {@link #valid}. */
final class Block {
    final Op[] ops;
    /** Instructions in it; one less than ops if the last op only moves RIP on. */
    final int count;
    /** Offset in its page, and length, in bytes. */
    final int offset;
    final int length;
    /** The page that the last instruction runs over into, or -1. Such a block has one instruction. */
    final long secondPage;
    /** What a store must not meet while the block executes, see {@link #meets}; 0 for a single instruction. */
    final int range;
    /**
     * Ends with a near branch to one place or runs on, within one linear page and a mode without limit checks: what
     * follows can be remembered in {@link #fall} and {@link #taken}.
     */
    final boolean linkable;
    /** The blocks that follow in the same page; benign races: any value ever stored stays right while it is valid. */
    Block fall;
    Block taken;
    /** False once its bytes were written; nobody enters it any more. */
    volatile boolean valid = true;

    Block(Op[] ops, int count, int offset, int length, long secondPage, boolean linkable) {
        this.ops = ops;
        this.count = count;
        this.offset = offset;
        this.length = length;
        this.secondPage = secondPage;
        this.linkable = linkable;
        range = count == 1 ? 0 : offset | length << 12;
    }

    boolean overlaps(int from, int to) {
        return offset < to && from < offset + length;
    }

    /** Whether bytes of the page overlap a {@link #range}. */
    static boolean meets(int range, int from, int to) {
        int offset = range & 0xFFF;
        return offset < to && from < offset + (range >> 12);
    }
}
