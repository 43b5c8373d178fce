package dev.backplane.machine.interrupt;

/**
 * How a local APIC reaches its vCPU. Called from any thread, also under locks: implementations must not block, not
 * call back into an interrupt controller and not throw.
 */
public interface VcpuSignals {
    /** {@link LocalApic#interruptPending()} may have become true: wakes the vCPU if it is halted. */
    void interruptRequested();

    /** A non-maskable interrupt arrived; to be latched until it is taken. */
    void nmi();

    /**
     * INIT arrived. The vCPU's thread carries it out (CPU state as after INIT, waiting for SIPI if it is not the
     * bootstrap processor) and then calls {@link LocalApic#init()}.
     */
    void init();

    /**
     * A start-up IPI arrived; one that comes right after an INIT that has not been carried out yet must not be lost.
     * Otherwise ignored by a vCPU that does not wait for it.
     *
     * @param vector the page of the entry point in real mode: CS is {@code vector << 8}, 0 to 255
     */
    void startup(int vector);
}
