package ${package};

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;

/** Offers the card to machines. */
@Component(service = DeviceType.class)
public final class ${deviceName}Type implements DeviceType {
    @Override
    public String name() {
        return "${deviceType}";
    }

    @Override
    public String description() {
        return "counts, and says when it is done";
    }

    @Override
    public Placement placement() {
        return Placement.PCIE;
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        return new ${deviceName}(context);
    }
}
