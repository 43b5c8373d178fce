package dev.backplane.device.sound.speaker;

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

/** Offers the PC speaker. */
@Component(service = DeviceType.class)
public final class SpeakerType implements DeviceType {
    @Override
    public String name() {
        return "pcspk";
    }

    @Override
    public String description() {
        return "the PC speaker of the board: beeps";
    }

    @Override
    public Placement placement() {
        return Placement.FIXED;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(OptionSpec.backend("audio", AudioEndpoint.class, "wav", "where sound goes"));
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        return new SpeakerCard(context);
    }
}
