package dev.backplane.machine.interrupt;

/** Takes message-signalled interrupts. Threading: any thread, never blocks. */
@FunctionalInterface
public interface MessageSink {
    /**
     * Carries out the write of a message (Intel SDM vol. 3, 11.11); one outside 0xFEExxxxx is dropped.
     *
     * @param address the message address, upper half included
     * @param data    the message data
     */
    void send(long address, int data);
}
