package dev.backplane.device.net.e1000;

import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.device.net.NetOptions;

/** Offers Intel PRO/1000 cards. */
@Component(service = DeviceType.class)
public final class E1000Type implements DeviceType {
    @Override
    public String name() {
        return "e1000";
    }

    @Override
    public String description() {
        return "network card, Intel PRO/1000 MT (82540EM): for systems without virtio drivers";
    }

    @Override
    public Placement placement() {
        return Placement.PCIE;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(NetOptions.net(), NetOptions.mac());
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        return new E1000Card(context, context.network(NetOptions.NET), NetOptions.mac(context, options));
    }
}
