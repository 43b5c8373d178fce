package dev.backplane.device.sound.hda;

import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;

/** Offers Intel High Definition Audio. */
@Component(service = DeviceType.class)
public final class HdaType implements DeviceType {
    @Override
    public String name() {
        return "hda";
    }

    @Override
    public String description() {
        return "Intel HD Audio: line out, headphones, microphone";
    }

    @Override
    public Placement placement() {
        return Placement.PCIE;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(OptionSpec.backend("audio", AudioEndpoint.class, "wav", "where sound goes and comes from"));
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        return new HdaController(context, context.host("audio", AudioEndpoint.class));
    }
}
