package dev.backplane.api.memory;

import java.util.List;

/**
 * The RAM of a machine as CPU backends see it: regions of host memory, and two marks per 4 KiB page.
 *
 * <p><b>Code marks.</b> A backend that keeps decoded or translated code of a page marks the page with
 * {@link #markCode}. From then on every write by a device (not by vCPUs, those are the backend's own business) to that
 * page is reported to the {@link RamListener}s before the write call returns.
 *
 * <p><b>Dirty tracking.</b> While {@link #dirtyTracking()} is true, a vCPU that writes to a page calls
 * {@link #markDirty} no later than the write; a backend does that when it fills a write TLB entry, and drops those
 * entries when {@link RamListener#dirtyTrackingChanged()} is called.
 *
 * <p>Threading: all methods may be called from any thread. Regions never overlap; their addresses and sizes are
 * multiples of 4096.
 */
public interface GuestRam {
    /** The size of a page in bytes. */
    int PAGE_SIZE = 4096;

    /** The regions in ascending order of guest-physical address; immutable, replaced as a whole when it changes. */
    List<RamRegion> regions();

    /** The region that holds the address, or null: then it is not RAM but the bus's. */
    default RamRegion regionAt(long guestAddress) {
        for (RamRegion region : regions()) {
            if (region.contains(guestAddress, 1)) {
                return region;
            }
        }
        return null;
    }

    /** Marks the page that holds the address as having code. */
    void markCode(long guestAddress);

    /** Takes the code mark of the page away. */
    void clearCode(long guestAddress);

    /** Whether the page that holds the address is marked as having code. */
    boolean isCode(long guestAddress);

    /** Whether writes must be reported through {@link #markDirty}. */
    boolean dirtyTracking();

    /** Marks the page that holds the address as written. */
    void markDirty(long guestAddress);

    void addListener(RamListener listener);

    void removeListener(RamListener listener);
}
