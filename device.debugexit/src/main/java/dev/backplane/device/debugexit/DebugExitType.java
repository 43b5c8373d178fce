package dev.backplane.device.debugexit;

import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The test-exit port that kernel test suites expect, as QEMU has it: writing {@code v} turns the machine off with exit
 * status {@code (v << 1) | 1}. Reads give zero.
 */
@Component(service = DeviceType.class)
public final class DebugExitType implements DeviceType {
    private static final int PORTS = 4;

    @Override
    public String name() {
        return "isa-debug-exit";
    }

    @Override
    public String description() {
        return "port that ends the machine with a status, for test programs";
    }

    @Override
    public Placement placement() {
        return Placement.ISA;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(OptionSpec.integer("iobase", 0xF4, 0, 0x10000 - PORTS, "first of its four I/O ports"));
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        context.ports((int) options.integer("iobase"), PORTS, new RegisterHandler() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                context.control().requestExit((int) value << 1 | 1);
            }
        });
        return new Stateless();
    }

    private static final class Stateless implements Device {
        @Override
        public void reset() {
        }

        @Override
        public void save(StateWriter out) {
        }

        @Override
        public void restore(StateReader in) {
        }
    }
}
