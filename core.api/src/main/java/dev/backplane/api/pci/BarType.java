package dev.backplane.api.pci;

/** The kinds of base address registers (PCI Local Bus 3.0, 6.2.5.1). */
public enum BarType {
    /** I/O space, 4 to 256 bytes. */
    IO,
    /** Memory space, 32-bit, not prefetchable. */
    MEMORY_32,
    /** Memory space, 64-bit, not prefetchable; takes two BARs. */
    MEMORY_64,
    /** Memory space, 64-bit, prefetchable; takes two BARs. */
    MEMORY_64_PREFETCHABLE
}
