package dev.backplane.api.cpu;

/**
 * Hears what a vCPU does, on the vCPU's thread: it must be quick, must not block, and must not throw. Addresses are
 * linear. A tracer that was replaced may hear a few more events.
 */
public interface VcpuTracer {
    /** No error code, for {@link #exception}. */
    int NO_ERROR_CODE = -1;

    /** Whether {@link #block} is wanted, which slows the vCPU down many times; always the same answer. */
    boolean wantsBlocks();

    /**
     * A block of guest code begins to run.
     *
     * @param address    of its first instruction
     * @param length     in bytes
     * @param translated whether machine code runs it
     */
    void block(int vcpu, long address, int length, boolean translated);

    /**
     * An exception, an INT instruction, or the fault met while one is delivered.
     *
     * @param vector   0 to 255
     * @param error    the error code, or {@link #NO_ERROR_CODE}
     * @param address  what the handler finds as return address
     * @param cpl      the privilege level before
     * @param cr2      CR2
     * @param software an INT instruction
     */
    void exception(int vcpu, int vector, int error, long address, int cpl, long cr2, boolean software);

    /** An interrupt (or NMI) is delivered; parameters as for {@link #exception}. */
    void interrupt(int vcpu, int vector, long address, int cpl);

    /**
     * An access to a port or to memory that is not RAM.
     *
     * @param port    whether it is a port
     * @param write   whether it writes
     * @param address the port, or the guest-physical address
     * @param size    in bytes
     * @param value   what was read or written, zero-extended
     */
    void access(int vcpu, boolean port, boolean write, long address, int size, long value);
}
