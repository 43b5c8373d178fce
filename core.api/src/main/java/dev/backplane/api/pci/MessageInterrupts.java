package dev.backplane.api.pci;

/** Message-signalled interrupts of one function. Threading: any thread; never blocks. */
public interface MessageInterrupts {
    /** How many vectors the device declared. */
    int vectors();

    /** Whether the guest enabled them; if not, the device uses its INTx line if it has one. */
    boolean enabled();

    /** Whether a vector is masked (by its own bit or the function's). */
    boolean masked(int vector);

    /**
     * Sends the message of a vector, or sets its pending bit while it is masked. A vector out of range, as a guest may
     * choose one, sends nothing and is counted.
     */
    void raise(int vector);
}
