package dev.backplane.machine.acpi;

/**
 * Fixed I/O ports and perhaps an interrupt that a card on the ISA side claimed, for the tables to describe.
 *
 * @param firstPort 0 to 0xFFFF
 * @param portCount 1 to 256
 * @param irq       0 to 15, or -1 for none
 */
public record IsaDevice(int firstPort, int portCount, int irq) {
    public IsaDevice {
        if (firstPort < 0 || portCount < 1 || portCount > 256 || firstPort + portCount > 0x10000) {
            throw new IllegalArgumentException("ports 0x%x, %d of them".formatted(firstPort, portCount));
        }
        if (irq < -1 || irq > 15) {
            throw new IllegalArgumentException("irq " + irq);
        }
    }

    /** The Plug and Play ID that goes with the ports by the conventions of the PC, or null if they have none. */
    String hardwareId() {
        return switch (firstPort) {
            case 0x3F8, 0x2F8, 0x3E8, 0x2E8 -> portCount == 8 ? "PNP0501" : null;
            case 0x378, 0x278, 0x3BC -> "PNP0400";
            default -> null;
        };
    }
}
