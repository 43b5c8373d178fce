package dev.backplane.api.memory;

import java.lang.foreign.MemorySegment;

/**
 * Guest-physical RAM as a device reaches it (DMA). Addresses come from the guest and are never trusted: an access that
 * is not wholly in RAM, or that comes while the device may not be a bus master, transfers nothing, is counted, and
 * behaves as a master abort on a PCI bus does: reads give all ones, writes are dropped. No method throws for what a
 * guest said.
 *
 * <p>Values are little-endian. Writes mark pages dirty and invalidate code that CPU backends derived from them.
 *
 * <p>Threading: all methods may be called from any thread; concurrent accesses to the same bytes race as on hardware.
 * Aligned accesses of 2, 4 and 8 bytes are single-copy atomic; those named acquire and release order as in the Java
 * memory model's access modes of that name.
 */
public interface GuestMemory {
    /** Whether {@code length} bytes from {@code address} can be reached now. False for negative lengths. */
    boolean contains(long address, long length);

    /** Reads a byte, 0 to 0xFF. */
    int read8(long address);

    /** Reads 2 bytes, 0 to 0xFFFF. */
    int read16(long address);

    int read32(long address);

    long read64(long address);

    void write8(long address, int value);

    void write16(long address, int value);

    void write32(long address, int value);

    void write64(long address, long value);

    /** Reads 2 bytes with acquire ordering; plain if the address is odd. */
    int read16Acquire(long address);

    /** Writes 2 bytes with release ordering; plain if the address is odd. */
    void write16Release(long address, int value);

    /** Copies RAM to an array; false (and nothing copied) if the range cannot be reached. */
    boolean read(long address, byte[] target, int offset, int length);

    /** Copies an array to RAM; false (and nothing copied) if the range cannot be reached. */
    boolean write(long address, byte[] source, int offset, int length);

    /** Copies RAM to a segment; false (and nothing copied) if the range cannot be reached. */
    boolean read(long address, MemorySegment target, long offset, long length);

    /** Copies a segment to RAM; false (and nothing copied) if the range cannot be reached. */
    boolean write(long address, MemorySegment source, long offset, long length);

    /** Fills RAM with one byte value; false (and nothing filled) if the range cannot be reached. */
    boolean fill(long address, long length, byte value);

    /**
     * A read-only view of RAM for host I/O without a copy, or null if the range cannot be reached or is not contiguous
     * on the host. Valid until the device is closed; the guest can change its contents at any time.
     */
    MemorySegment slice(long address, long length);

    /**
     * A writable view of RAM for host I/O without a copy, or null as for {@link #slice}. When the bytes have been
     * written, {@link #written} must be called, before the guest is told.
     */
    MemorySegment writableSlice(long address, long length);

    /** Says that the bytes of a {@link #writableSlice} were written. */
    void written(long address, long length);
}
