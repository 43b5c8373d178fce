package dev.backplane.machine.pci;

/**
 * Hears what the guest does about a request to remove a card. Called once, with no lock held, on a vCPU's thread: to be
 * left quickly.
 */
public interface RemovalListener {
    /** The guest let go of the card; it is out of its slot. */
    void removed();

    /** The guest took the request back or kept the card. */
    void refused();
}
