package dev.backplane.api.cpu;

/**
 * What a vCPU asks of the core while it runs. One instance per vCPU; all methods are called on the thread that is in
 * {@link Vcpu#run()}, with no lock of the backend held that another vCPU could wait for. Accesses may block while the
 * device they meet is being replaced.
 *
 * <p>Sizes are 1, 2, 4 or 8 bytes (ports: 1, 2 or 4); values are zero-extended and little-endian. An access never
 * crosses a naturally aligned 8-byte boundary: the backend splits those that would.
 */
public interface VcpuBus {
    /** A bit of {@link #pendingEvents()}: a maskable interrupt waits to be acknowledged. */
    int EVENT_INTERRUPT = 1;
    /** A bit of {@link #pendingEvents()}: a non-maskable interrupt waits to be acknowledged. */
    int EVENT_NMI = 2;

    /** Reads guest-physical memory that is not RAM. Unclaimed addresses read as all ones. */
    long mmioRead(long address, int size);

    /** Writes guest-physical memory that is not RAM (or is read-only). Unclaimed addresses swallow the write. */
    void mmioWrite(long address, int size, long value);

    /** Reads an I/O port, 0 to 0xFFFF. Unclaimed ports read as all ones. */
    int portRead(int port, int size);

    /** Writes an I/O port, 0 to 0xFFFF. */
    void portWrite(int port, int size, int value);

    /** What is pending for this vCPU now: a combination of the EVENT bits. */
    int pendingEvents();

    /**
     * Acknowledges the highest-priority maskable interrupt and begins its service (INTA). Called only when the vCPU
     * will deliver the vector at once.
     *
     * @return the vector, 0 to 255, or -1 if the request has gone away
     */
    int acknowledgeInterrupt();

    /** Takes the pending non-maskable interrupt; false if there is none. */
    boolean acknowledgeNmi();

    /** The task-priority register's bits 7:4 as CR8 shows them, 0 to 15. */
    int readCr8();

    /** Sets bits 7:4 of the task-priority register, 0 to 15. */
    void writeCr8(int value);

    /** The time-stamp counter as RDTSC shows it now, IA32_TSC_ADJUST and writes to IA32_TSC included. */
    long readTsc();

    /**
     * Whether an MSR belongs to the core: IA32_TSC, IA32_TSC_ADJUST, IA32_APIC_BASE, IA32_TSC_DEADLINE and the x2APIC
     * range 0x800 to 0x8FF. The backend keeps every other MSR that it knows and raises #GP(0) for the rest.
     */
    boolean ownsMsr(int index);

    /**
     * Reads an MSR of the core. Check {@link #msrReadable} first.
     *
     * @return the value
     */
    long readMsr(int index);

    /** Whether a read of this MSR of the core is allowed now (an x2APIC register outside x2APIC mode is not). */
    boolean msrReadable(int index);

    /**
     * Writes an MSR of the core.
     *
     * @return false if the write raises #GP(0): reserved bits, a read-only register, an illegal transition
     */
    boolean writeMsr(int index, long value);
}
