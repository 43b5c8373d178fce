package dev.backplane.machine.pci;

/** How interrupt pins of devices on bus 0 are wired to the IOAPIC; the ACPI tables say the same. */
public final class PciRouting {
    private PciRouting() {
    }

    /**
     * @param device 0 to 31, on bus 0
     * @param pin    1 for INTA# to 4 for INTD#
     * @return the GSI, 16 to 23
     */
    public static int gsi(int device, int pin) {
        return InterruptPins.gsi(device, pin);
    }
}
