package dev.backplane.host.audio;

import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;

/** A FLAC file for each stream that is played; a file as microphone. */
@Component(service = HostBackend.class)
public final class FlacBackend implements HostBackend {
    @Override
    public String name() {
        return "flac";
    }

    @Override
    public Class<? extends HostEndpoint> kind() {
        return AudioEndpoint.class;
    }

    @Override
    public String description() {
        return "a FLAC file for each stream that was played; a file as microphone";
    }

    @Override
    public List<OptionSpec> options() {
        return WavBackend.optionsOfFiles();
    }

    @Override
    public HostEndpoint open(HostContext context, Options options) throws DeviceException {
        return WavBackend.files(context, options, true);
    }
}
