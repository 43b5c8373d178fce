package dev.backplane.cpu.translator;

import java.lang.foreign.MemorySegment;

/**
 * What the translator asks of the operating system: memory for code that is written at one address and executed at
 * another, and memory whose addresses fit into 31 bits, so that code can name them. One for each vCPU.
 */
interface CodeMemory extends AutoCloseable {
    /** Where code is written. */
    long writable();

    /** Where the same code is executed. */
    long executable();

    long size();

    /** Zeroed memory below 2 GiB; stays valid while the segment is reachable. */
    MemorySegment low();

    /** Gives the code memory back; nothing of it runs any more. */
    @Override
    void close();

    /** The host has no such memory, or refuses it; the message says what is missing. */
    final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }
}
