package dev.backplane.machine.pci;

/**
 * What PCI drives on the rest of the board. Called from any thread, possibly under a card's lock and under PCI's lock
 * of the interrupt lines; implementations never call back into PCI or a card.
 */
public interface PciSignals {
    /** A message-signalled interrupt: the write of {@code data} to {@code address} that a function sends. */
    void message(long address, int data);

    /**
     * Drives an input of the IOAPIC that PCI owns; called on changes only.
     *
     * @param gsi 16 to 23
     */
    void gsi(int gsi, boolean asserted);

    /**
     * Routes a PCI interrupt to an ISA interrupt as well, for guests that use the 8259 pair.
     *
     * @param pirq   0 to 7: GSI 16 to 23
     * @param isaIrq 0 to 15, or -1 for none
     */
    void route(int pirq, int isaIrq);
}
