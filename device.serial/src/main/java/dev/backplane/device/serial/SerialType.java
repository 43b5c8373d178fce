package dev.backplane.device.serial;

import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;

/** Offers the serial port of a PC. */
@Component(service = DeviceType.class)
public final class SerialType implements DeviceType {
    private static final List<String> PORTS = List.of("com1", "com2", "com3", "com4");
    private static final int[] BASES = {0x3F8, 0x2F8, 0x3E8, 0x2E8};
    private static final int[] IRQS = {4, 3, 4, 3};

    @Override
    public String name() {
        return "serial";
    }

    @Override
    public String description() {
        return "16550A serial port with a console behind it";
    }

    @Override
    public Placement placement() {
        return Placement.ISA;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
            OptionSpec.choice("port", "com1", PORTS, "which of a PC's serial ports it is"),
            optional("io", 0x10000 - Uart.PORTS, "first of its eight I/O ports, instead of the port's own"),
            optional("irq", 15, "ISA interrupt, instead of the port's own (com1 and com3 share 4, com2 and com4 3)"));
    }

    private static OptionSpec optional(String name, int max, String description) {
        return new OptionSpec(name, OptionType.INTEGER, false, null, 0, max, List.of(),
            description);
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        int port = PORTS.indexOf(options.string("port"));
        int base = options.has("io") ? (int) options.integer("io") : BASES[port];
        int irq = options.has("irq") ? (int) options.integer("irq") : IRQS[port];
        return new Uart(context, base, irq);
    }
}
