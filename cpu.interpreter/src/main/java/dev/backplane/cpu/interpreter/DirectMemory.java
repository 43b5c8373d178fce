package dev.backplane.cpu.interpreter;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What machine code needs to know to go from guest-physical addresses to host memory on its own.
 *
 * @param regions the largest writable regions of RAM, at most {@link #REGIONS}
 * @param writers an int for each page of RAM, which says who may write it directly; to be kept while it is used
 * @param writer  the bit of this vCPU there: a page whose int has it may be written directly by this vCPU, until what
 *                waits in its requests is served; 0 if no page may be without asking
 */
public record DirectMemory(List<Region> regions, MemorySegment writers, int writer) {
    /** How many regions there are at most. */
    public static final int REGIONS = 2;

    /**
     * A region.
     *
     * @param start   guest-physical address
     * @param size    in bytes, a multiple of 4096
     * @param host    host address of its first byte
     * @param writers address of the int of its first page
     */
    public record Region(long start, long size, long host, long writers) {
    }

    static DirectMemory of(RamMap map, MemorySegment writers, int writer) {
        return new DirectMemory(map.largest(REGIONS, writers.address()), writers, writer);
    }
}
