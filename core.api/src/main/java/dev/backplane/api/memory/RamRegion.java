package dev.backplane.api.memory;

import java.lang.foreign.MemorySegment;

/**
 * A run of guest-physical memory backed by host memory.
 *
 * @param guestAddress where it begins in guest-physical memory, a multiple of 4096
 * @param memory       the host memory, page-aligned, off-heap; valid until the machine is destroyed, which is never
 *                     while a session is open
 * @param readOnly     vCPUs may read and execute but their writes go to the bus (ROM)
 * @param name         for people: {@code ram-low}, {@code ram-high}, {@code bios}
 */
public record RamRegion(long guestAddress, MemorySegment memory, boolean readOnly, String name) {

    /** Size in bytes, a multiple of 4096. */
    public long size() {
        return memory.byteSize();
    }

    /** The host address of a guest-physical address of this region; not checked. */
    public long hostAddress(long address) {
        return memory.address() + (address - guestAddress);
    }

    /** Whether {@code length} bytes from {@code address} lie in this region. */
    public boolean contains(long address, long length) {
        long offset = address - guestAddress;
        return offset >= 0 && length >= 0 && offset <= size() - length;
    }
}
