package org.example.checksum;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;

/** Offers the card to machines. */
@Component(service = DeviceType.class)
public final class ChecksumType implements DeviceType {
    @Override
    public String name() {
        return "checksum";
    }

    @Override
    public String description() {
        return "computes checksums of guest memory, and ticks";
    }

    @Override
    public Placement placement() {
        return Placement.PCIE;
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        return new ChecksumCard(context);
    }
}
