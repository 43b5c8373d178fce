package dev.backplane.machine.pci;

/** What became of a request to remove a card gracefully. */
public enum RemovalStart {
    /** The attention button was pressed; the listener hears what the guest does. */
    ASKED,
    /** The guest had the slot turned off already: the card is out, and the listener was told. */
    DONE,
    /** The slot is empty. */
    EMPTY,
    /** No operating system that handles hot-plug has taken the slot over (yet). */
    NOT_LISTENING,
    /** The guest is still busy with an earlier request or with a card that was just added: ask later. */
    BUSY
}
