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

/** A WAV file for each stream that is played; a file as microphone. */
@Component(service = HostBackend.class)
public final class WavBackend implements HostBackend {
    private static final long LEAST = 1 << 16;

    @Override
    public String name() {
        return "wav";
    }

    @Override
    public Class<? extends HostEndpoint> kind() {
        return AudioEndpoint.class;
    }

    @Override
    public String description() {
        return "a WAV file for each stream that is played; a file as microphone";
    }

    @Override
    public List<OptionSpec> options() {
        return optionsOfFiles();
    }

    static List<OptionSpec> optionsOfFiles() {
        return List.of(
            OptionSpec.path("folder", "sounds", "where the files go"),
            OptionSpec.path("microphone", "a sound file that is heard from its beginning whenever recording begins"),
            OptionSpec.size("limit", "1G", LEAST, Long.MAX_VALUE, "what the files of the card may take together"));
    }

    static FileSounds files(HostContext context, Options options, boolean flac) throws DeviceException {
        Microphone microphone = options.has("microphone") ? Microphone.read(options.path("microphone")) : null;
        return new FileSounds(context, options.path("folder"), options.size("limit"), microphone, flac);
    }

    @Override
    public HostEndpoint open(HostContext context, Options options) throws DeviceException {
        return files(context, options, false);
    }
}
