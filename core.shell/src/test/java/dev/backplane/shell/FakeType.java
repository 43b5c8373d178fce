package dev.backplane.shell;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import java.util.List;

/** A device type that is only looked at. */
record FakeType(String name, List<OptionSpec> options) implements DeviceType {

    @Override
    public String description() {
        return "a fake " + name;
    }

    @Override
    public Placement placement() {
        return Placement.PCIE;
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public Device create(DeviceContext context, Options given) throws DeviceException {
        throw new DeviceException("only to be looked at");
    }
}
