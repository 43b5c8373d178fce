package dev.backplane.api.pci;

import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.register.Registers;

/**
 * The configuration space and interrupts of a device's PCI function 0. The core implements configuration space (BARs,
 * command and status, capability list, MSI, MSI-X with its table and pending bits), routes BAR accesses to the
 * handlers, and saves and restores all that with the device.
 *
 * <p>BARs, capabilities and interrupts can be declared only while the device is being created
 * ({@code DeviceType.create}); afterwards that throws {@link IllegalStateException}. What is used at run time may be
 * called from any thread.
 */
public interface PciFunction {
    /**
     * Declares a base address register.
     *
     * @param index   0 to 5 (0 to 4 for 64-bit ones)
     * @param type    its kind
     * @param size    in bytes, a power of two, at least 16 for memory and 4 for I/O
     * @param handler gets accesses at offsets from the BAR's start
     */
    void bar(int index, BarType type, long size, RegisterHandler handler);

    /** Declares a base address register for registers of the register framework, as large as their range. */
    default void bar(int index, BarType type, Registers registers) {
        bar(index, type, registers.size(), registers);
    }

    /**
     * Declares a capability (other than MSI, MSI-X, power management and PCI Express, which the core makes).
     *
     * @param id      the capability ID
     * @param body    its bytes after ID and next pointer, 1 to 128; reads give these unless a handler is given
     * @param handler null for a read-only capability; else gets reads and writes with offsets from the capability's
     *                start (so 0 and 1 are ID and next pointer, which reads never reach)
     * @return the offset in configuration space
     */
    int capability(int id, byte[] body, RegisterHandler handler);

    /**
     * Declares MSI-X (PCI Local Bus 3.0, 6.8.2) with its table and pending bits in a memory BAR that the core serves.
     *
     * @param vectors 1 to 2048
     * @param bar     the index of a BAR used for this alone, 0 to 5; a 32-bit memory BAR
     */
    MessageInterrupts msix(int vectors, int bar);

    /**
     * Declares MSI (PCI Local Bus 3.0, 6.8.1), 64-bit address, with per-vector masking.
     *
     * @param vectors 1, 2, 4, 8, 16 or 32
     */
    MessageInterrupts msi(int vectors);

    /** Declares the interrupt pin INTA# and gives its line. */
    IrqLine intx();

    /** Whether the guest set Bus Master Enable. */
    boolean busMaster();

    /** Sets what runs, under the device's lock, when the guest wrote the command register. */
    void onCommandChange(Runnable callback);
}
