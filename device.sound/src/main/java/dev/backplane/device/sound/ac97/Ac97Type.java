package dev.backplane.device.sound.ac97;

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

/** Offers AC'97 sound. */
@Component(service = DeviceType.class)
public final class Ac97Type implements DeviceType {
    @Override
    public String name() {
        return "ac97";
    }

    @Override
    public String description() {
        return "Intel AC'97 sound: line out, microphone";
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
        return new Ac97Controller(context, context.host("audio", AudioEndpoint.class));
    }
}
