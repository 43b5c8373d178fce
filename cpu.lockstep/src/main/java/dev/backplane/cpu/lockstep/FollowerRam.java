package dev.backplane.cpu.lockstep;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

import dev.backplane.api.memory.GuestRam;
import dev.backplane.api.memory.RamListener;
import dev.backplane.api.memory.RamRegion;

/** RAM of the follower's own, laid out as the machine's. */
final class FollowerRam implements GuestRam, AutoCloseable {
    /** What the follower has written since it was cleared; its thread. */
    final Pages written;
    private final Arena arena = Arena.ofShared();
    private final List<RamRegion> regions;
    private final Pages code;

    FollowerRam(GuestRam ram) {
        regions = ram.regions().stream().map(r -> new RamRegion(r.guestAddress(), arena.allocate(r.size(), PAGE_SIZE),
            r.readOnly(), r.name())).toList();
        written = new Pages(regions);
        code = new Pages(regions);
    }

    /** Takes bytes of the machine's RAM over. */
    void copy(GuestRam from, long address, long length) {
        for (RamRegion r : regions) {
            long begin = Math.max(address, r.guestAddress());
            long end = Math.min(address + length, r.guestAddress() + r.size());
            if (begin < end) {
                MemorySegment.copy(from.regionAt(begin).memory(), begin - r.guestAddress(), r.memory(),
                    begin - r.guestAddress(), end - begin);
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    @Override
    public List<RamRegion> regions() {
        return regions;
    }

    @Override
    public void markCode(long guestAddress) {
        code.add(guestAddress);
    }

    @Override
    public void clearCode(long guestAddress) {
        code.remove(guestAddress);
    }

    @Override
    public boolean isCode(long guestAddress) {
        return code.holds(guestAddress);
    }

    @Override
    public boolean dirtyTracking() {
        return true;
    }

    @Override
    public void markDirty(long guestAddress) {
        written.add(guestAddress);
    }

    @Override
    public void addListener(RamListener listener) {
        // The session is told by LockstepSession what devices write.
    }

    @Override
    public void removeListener(RamListener listener) {
        // None was added.
    }
}
