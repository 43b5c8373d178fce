package dev.backplane.cpu.lockstep;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;

import dev.backplane.api.memory.RamRegion;

/** Keeps the two memories alike in what devices write, and compares what the vCPUs have written. */
final class MemoryComparison {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;
    /** The accessed and dirty bits of an entry of a page table: when they are set depends on the TLB. */
    private static final long ACCESSED_DIRTY = 0x60;
    private static final int PATIENCE = 500;

    private final LockstepSession session;
    private final FlagImages images;
    private volatile long compared;
    private volatile long accessedBits;
    private String difference;

    MemoryComparison(LockstepSession session, FlagImages images) {
        this.session = session;
        this.images = images;
    }

    /** What the last comparison found, or null. */
    String difference() {
        return difference;
    }

    long compared() {
        return compared;
    }

    long accessedBits() {
        return accessedBits;
    }

    /** Gives the follower what devices have written. */
    void takeDeviceWrites() {
        long[] range;
        while ((range = session.deviceWrites.poll()) != null) {
            session.followerRam.copy(session.leaderRam, range[0], range[1]);
            session.follower.codeWritten(range[0], range[1]);
        }
    }

    /** Gives the follower all memory. */
    void takeAll() {
        session.deviceWrites.clear();
        for (RamRegion r : session.followerRam.regions()) {
            session.followerRam.copy(session.leaderRam, r.guestAddress(), r.size());
        }
        session.follower.regionsChanged();
        forget();
    }

    private void forget() {
        session.leaderRam.written.clear();
        session.followerRam.written.clear();
        session.leader.dirtyTrackingChanged();
        session.follower.dirtyTrackingChanged();
    }

    /** Whether all pages are alike that one of the two has written since the last comparison. */
    boolean same() {
        difference = null;
        session.leaderRam.written.addAll(session.followerRam.written);
        for (long page : session.leaderRam.written.addresses()) {
            compared++;
            for (int n = 0; !alike(page); n++) {
                if (n == PATIENCE) {
                    return false;
                }
                // A device may be writing there.
                LockSupport.parkNanos(10_000_000);
                takeDeviceWrites();
            }
        }
        difference = null;
        forget();
        return true;
    }

    private boolean alike(long page) {
        RamRegion theirs = session.leaderRam.regionAt(page);
        RamRegion ours = session.followerRam.regionAt(page);
        MemorySegment a = theirs.memory().asSlice(page - theirs.guestAddress(), Pages.SIZE);
        MemorySegment b = ours.memory().asSlice(page - ours.guestAddress(), Pages.SIZE);
        for (;;) {
            long at = a.mismatch(b);
            if (at < 0) {
                return true;
            }
            at &= ~7;
            long x = a.get(WORD, at);
            long y = b.get(WORD, at);
            if ((x ^ y) != 0 && ((x ^ y) & ~ACCESSED_DIRTY) == 0 && (x & 1) != 0) {
                accessedBits++;
                b.set(WORD, at, x);
                continue;
            }
            if (images.inMemory(a, b, at)) {
                continue;
            }
            difference = "memory at %x: translator %016x, interpreter %016x; written since the comparison before"
                .formatted(page + at, x, y);
            return false;
        }
    }
}
