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
import dev.backplane.host.net.user.UserEndpoint;

/** {@code user}: the outside through the host's sockets, without privileges. */
@Component(service = HostBackend.class)
public final class UserBackend implements HostBackend {
    @Override
    public String name() {
        return "user";
    }

    @Override
    public Class<? extends HostEndpoint> kind() {
        return NetworkEndpoint.class;
    }

    @Override
    public String description() {
        return "the outside through the host's sockets: DHCP, DNS, TCP, UDP, ping; no privileges";
    }

    @Override
    public List<OptionSpec> options() {
        return UserEndpoint.options();
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public HostEndpoint open(HostContext context, Options options) throws DeviceException {
        return new UserEndpoint(context, options);
    }
}
