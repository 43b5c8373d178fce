package dev.backplane.cpu.interpreter;

import dev.backplane.cpu.x86.Op;

/** Decoded instructions that run one after the other. Immutable but for {@link #valid}. */
public final class Block {
    public final Op[] ops;
    /** Instructions in it; one less than ops if the last op only moves RIP on. */
    public final int count;
    /** Offset in its page, and length, in bytes. */
    public final int offset;
    public final int length;
    /** The page that the last instruction runs over into, or -1. Such a block has one instruction. */
    public final long secondPage;
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
    /** How often a tier has seen it run; benign races. */
    public int heat;
    /** False once its bytes were written; nobody enters it any more. */
    public volatile boolean valid = true;
    /** What tiers made of it, by number of the vCPU; null before the first. Written with the lock of the cache held. */
    volatile Object[] made;

    Block(Op[] ops, int count, int offset, int length, long secondPage, boolean linkable) {
        this.ops = ops;
        this.count = count;
        this.offset = offset;
        this.length = length;
        this.secondPage = secondPage;
        this.linkable = linkable;
        range = count == 1 ? 0 : offset | length << 12;
    }

    /** What the tier of a vCPU made of this block, or null. */
    public Object made(int vcpu) {
        Object[] m = made;
        return m == null ? null : m[vcpu];
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
