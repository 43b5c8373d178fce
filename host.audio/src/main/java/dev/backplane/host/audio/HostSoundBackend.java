package dev.backplane.host.audio;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.Line;
import javax.sound.sampled.Mixer;
import javax.sound.sampled.SourceDataLine;
import javax.sound.sampled.TargetDataLine;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;

/** The sound system of the host: its loudspeakers and its microphone. */
@Component(service = HostBackend.class)
public final class HostSoundBackend implements HostBackend {
    private static final Line.Info PLAYS = new Line.Info(SourceDataLine.class);
    private static final Line.Info RECORDS = new Line.Info(TargetDataLine.class);
    private static final String INSTEAD = "; audio=wav, audio=flac and audio=silent need none";

    private final Supplier<List<Mixer>> mixers;

    /** Made by SCR. */
    public HostSoundBackend() {
        this(() -> Arrays.stream(AudioSystem.getMixerInfo()).map(AudioSystem::getMixer).toList());
    }

    /** @param mixers the sound devices there are */
    HostSoundBackend(Supplier<List<Mixer>> mixers) {
        this.mixers = mixers;
    }

    @Override
    public String name() {
        return "host";
    }

    @Override
    public Class<? extends HostEndpoint> kind() {
        return AudioEndpoint.class;
    }

    @Override
    public String description() {
        return "the loudspeakers and the microphone of the host";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
            OptionSpec.string("device", null, "a part of the name of the host's sound device; the first if not said"),
            OptionSpec.bool("microphone", false, "whether the guest hears the host's microphone"),
            OptionSpec.integer("latency", 80, 20, 1000, "milliseconds of sound that wait to be played"));
    }

    @Override
    public HostEndpoint open(HostContext context, Options options) throws DeviceException {
        String wanted = options.has("device") ? options.string("device") : "";
        Mixer speaker = find(PLAYS, wanted, "plays");
        Mixer microphone = options.bool("microphone") ? find(RECORDS, wanted, "records") : null;
        return new HostSounds(context, speaker, microphone, options.integer("latency") / 1000.0);
    }

    private Mixer find(Line.Info kind, String wanted, String does) throws DeviceException {
        List<Mixer> able = mixers.get().stream().filter(m -> m.isLineSupported(kind)).toList();
        if (able.isEmpty()) {
            throw new DeviceException("this host has no sound device that " + does + INSTEAD);
        }
        return able.stream().filter(m -> m.getMixerInfo().getName().contains(wanted)).findFirst().orElseThrow(
            () -> new DeviceException("this host has no sound device \"" + wanted + "\" that " + does + "; there is "
                + String.join(", ", able.stream().map(m -> m.getMixerInfo().getName()).toList())));
    }
}
