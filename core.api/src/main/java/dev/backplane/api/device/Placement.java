package dev.backplane.api.device;

/** Where a card of a type goes. */
public enum Placement {
    /** A PCI Express slot; the type declares a PCI function. */
    PCIE,
    /** The ISA (LPC) side: fixed I/O ports and ISA interrupts, chosen by options. Not hot-pluggable. */
    ISA,
    /** Soldered at fixed addresses. Not hot-pluggable. */
    FIXED
}
