package dev.backplane.cpu.lockstep;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import dev.backplane.api.memory.RamRegion;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Peek;

/**
 * Images of RFLAGS in registers and memory (PUSHF, SYSCALL, frames of interrupts): where undefined flags were saved, the
 * two differ for good reason, and the follower takes the leader's.
 */
final class FlagImages {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;
    /** Bits that may differ: what may be undefined, and RF, see {@link Comparison#takeResume}. */
    private static final long MAY_DIFFER = Flags.ARITHMETIC | Flags.RF;
    /** Bits that are 0 in every image. */
    private static final long ZEROS = ~0x3F7FD7L;
    private static final int WORDS = 64;

    private final LockstepSession session;
    private volatile long count;

    FlagImages(LockstepSession session) {
        this.session = session;
    }

    /** How many were made alike. */
    long count() {
        return count;
    }

    /** Whether two words are images of RFLAGS that differ in arithmetic flags and RF only. */
    static boolean alike(long x, long y) {
        return ((x ^ y) & ~MAY_DIFFER) == 0 && (x & ZEROS) == 0 && (x & 2) != 0;
    }

    /** An image may have been stored as 32 bits. */
    private static boolean halfAlike(long x, long y) {
        return (int) x == (int) y || alike(x & 0xFFFFFFFFL, y & 0xFFFFFFFFL);
    }

    /** Makes images in general registers alike; whether nothing else differs there. */
    boolean inRegisters(Cpu leader, Cpu follower) {
        boolean all = true;
        for (int n = 0; n < 16; n++) {
            long x = leader.r[n];
            long y = follower.r[n];
            if (x == y) {
                continue;
            }
            if (alike(x, y)) {
                follower.r[n] = x;
                count++;
            } else {
                all = false;
            }
        }
        return all;
    }

    /** Makes images alike that lie on the stack. */
    void onStack(Cpu follower, Peek peek) {
        long at = follower.r[Cpu.RSP] + follower.segBase[Cpu.SS] & -8;
        for (int n = 0; n < WORDS; n++, at += 8) {
            long physical = peek.physical(at);
            RamRegion ours = physical < 0 ? null : session.followerRam.regionAt(physical);
            if (ours == null) {
                return;
            }
            MemorySegment theirs = session.leaderRam.regionAt(physical).memory();
            inMemory(theirs, ours.memory(), physical - ours.guestAddress());
        }
    }

    /** Makes two words alike if they are images; whether they are alike now. */
    boolean inMemory(MemorySegment leader, MemorySegment follower, long at) {
        long x = leader.get(WORD, at);
        long y = follower.get(WORD, at);
        if (x == y) {
            return true;
        }
        if (!halfAlike(x, y) || !halfAlike(x >>> 32, y >>> 32)) {
            return false;
        }
        follower.set(WORD, at, x);
        count++;
        return true;
    }
}
