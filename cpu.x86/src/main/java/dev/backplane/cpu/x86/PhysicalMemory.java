package dev.backplane.cpu.x86;

/**
 * Guest-physical memory as the MMU of one vCPU sees it: where RAM lies in the host, and which pages hold decoded code.
 * Called on the vCPU's thread.
 */
public interface PhysicalMemory {
    /** The host address of the page that holds the physical address (that of its first byte), or 0: not RAM. */
    long hostPage(long physical);

    /** Whether writes to this page of RAM may go straight to the host (not ROM). */
    boolean writable(long physical);

    /**
     * Called before a TLB entry that allows direct writes to the page is made: false if writes must keep coming
     * through {@link #beforeWrite} and {@link #afterWrite} because the page holds decoded code.
     */
    boolean claimDirectWrites(long physical);

    /**
     * A write through the slow path is about to happen: if it hits the block being executed, throws a signal that
     * makes the engine repeat this instruction alone.
     */
    void beforeWrite(long physical, int length);

    /** The write has happened: decoded code of these bytes goes. */
    void afterWrite(long physical, int length);
}
