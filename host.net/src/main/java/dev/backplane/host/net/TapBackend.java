package dev.backplane.host.net;

import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.host.net.tap.TapEndpoint;

/** {@code tap}: an Ethernet interface of a Linux host, to be bridged or routed there. */
@Component(service = HostBackend.class)
public final class TapBackend implements HostBackend {
    @Override
    public String name() {
        return "tap";
    }

    @Override
    public Class<? extends HostEndpoint> kind() {
        return NetworkEndpoint.class;
    }

    @Override
    public String description() {
        return "a TAP interface of a Linux host; needs the right to use it";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(OptionSpec.string("name", "", "the interface; without a name the kernel makes one"));
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public HostEndpoint open(HostContext context, Options options) throws DeviceException {
        return new TapEndpoint(context, options.string("name"));
    }
}
