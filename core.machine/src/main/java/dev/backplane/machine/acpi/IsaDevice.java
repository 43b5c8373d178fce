package dev.backplane.machine.acpi;

import java.util.List;

/**
 * Fixed I/O ports and perhaps an interrupt that a card on the ISA side claimed, for the tables to describe.
 *
 * @param ports its ranges in the order they were claimed; at least one
 * @param irq   0 to 15, or -1 for none
 */
public record IsaDevice(List<Ports> ports, int irq) {
    private static final int ECP_OFFSET = 0x400;

    /**
     * A range of I/O ports.
     *
     * @param first 0 to 0xFFFF
     * @param count 1 to 255
     */
    public record Ports(int first, int count) {
        public Ports {
            if (first < 0 || count < 1 || count > 255 || first + count > 0x10000) {
                throw new IllegalArgumentException("ports 0x%x, %d of them".formatted(first, count));
            }
        }
    }

    public IsaDevice {
        ports = List.copyOf(ports);
        if (ports.isEmpty() || irq < -1 || irq > 15) {
            throw new IllegalArgumentException(ports + ", irq " + irq);
        }
    }

    /** A card with one range. */
    public IsaDevice(int firstPort, int portCount, int irq) {
        this(List.of(new Ports(firstPort, portCount)), irq);
    }

    /** The Plug and Play ID that goes with the ports by the conventions of the PC, or null if they have none. */
    String hardwareId() {
        Ports first = ports.getFirst();
        return switch (first.first()) {
            case 0x3F8, 0x2F8, 0x3E8, 0x2E8 -> first.count() == 8 ? "PNP0501" : null;
            case 0x378, 0x278, 0x3BC -> ports.size() > 1 && ports.get(1).first() == first.first() + ECP_OFFSET
                ? "PNP0401" : "PNP0400";
            default -> null;
        };
    }
}
