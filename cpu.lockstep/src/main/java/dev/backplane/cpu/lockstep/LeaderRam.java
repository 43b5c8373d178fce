package dev.backplane.cpu.lockstep;

import java.util.List;

import dev.backplane.api.memory.GuestRam;
import dev.backplane.api.memory.RamListener;
import dev.backplane.api.memory.RamRegion;

/**
 * The machine's RAM as the leader has it. Every page is marked as code in the machine's, so that all writes of devices
 * are told; what the leader writes is noted.
 */
final class LeaderRam implements GuestRam {
    /** What the leader has written since it was cleared; its thread. */
    final Pages written;
    private final GuestRam ram;
    private final Pages code;

    LeaderRam(GuestRam ram) {
        this.ram = ram;
        written = new Pages(ram.regions());
        code = new Pages(ram.regions());
    }

    /** Lets all writes of devices be told. */
    void watch() {
        for (RamRegion r : regions()) {
            for (long at = 0; at < r.size(); at += PAGE_SIZE) {
                ram.markCode(r.guestAddress() + at);
            }
        }
    }

    void unwatch() {
        for (RamRegion r : regions()) {
            for (long at = 0; at < r.size(); at += PAGE_SIZE) {
                ram.clearCode(r.guestAddress() + at);
            }
        }
    }

    @Override
    public List<RamRegion> regions() {
        return ram.regions();
    }

    @Override
    public RamRegion regionAt(long guestAddress) {
        return ram.regionAt(guestAddress);
    }

    @Override
    public synchronized void markCode(long guestAddress) {
        code.add(guestAddress);
    }

    @Override
    public synchronized void clearCode(long guestAddress) {
        code.remove(guestAddress);
    }

    @Override
    public synchronized boolean isCode(long guestAddress) {
        return code.holds(guestAddress);
    }

    @Override
    public boolean dirtyTracking() {
        return true;
    }

    @Override
    public void markDirty(long guestAddress) {
        written.add(guestAddress);
        if (ram.dirtyTracking()) {
            ram.markDirty(guestAddress);
        }
    }

    @Override
    public void addListener(RamListener listener) {
        ram.addListener(listener);
    }

    @Override
    public void removeListener(RamListener listener) {
        ram.removeListener(listener);
    }
}
