package dev.backplane.host.audio;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;

/** Nobody hears it, and it hears nothing. */
@Component(service = HostBackend.class)
public final class SilentBackend implements HostBackend {
    @Override
    public String name() {
        return "silent";
    }

    @Override
    public Class<? extends HostEndpoint> kind() {
        return AudioEndpoint.class;
    }

    @Override
    public String description() {
        return "takes sound at the right speed and forgets it";
    }

    @Override
    public HostEndpoint open(HostContext context, Options options) {
        return new SilentSounds(context);
    }
}
