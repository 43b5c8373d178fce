package dev.backplane.host.net;

import java.util.ArrayList;
import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.host.net.lan.SwitchRoom;
import dev.backplane.host.net.user.Gateway;

/** {@code switch}: machines of one runtime on one Ethernet, with VLANs, and a gateway if one asks for it. */
@Component(service = HostBackend.class)
public final class SwitchBackend implements HostBackend {
    private final SwitchRoom room = new SwitchRoom();

    @Override
    public String name() {
        return "switch";
    }

    @Override
    public Class<? extends HostEndpoint> kind() {
        return NetworkEndpoint.class;
    }

    @Override
    public String description() {
        return "a switch between the machines of this runtime, with VLANs and perhaps a gateway";
    }

    @Override
    public List<OptionSpec> options() {
        List<OptionSpec> options = new ArrayList<>(List.of(
            OptionSpec.string("name", "lan", "the switch; ports with the same name are on the same one"),
            OptionSpec.integer("vlan", 1, 1, 4094, "the VLAN of frames without tag"),
            OptionSpec.string("trunk", "", "VLANs that are carried with tags: 10,20-29"),
            OptionSpec.bool("isolated", false, "frames pass to and from ports that are not isolated only"),
            OptionSpec.bool("gateway", false,
                "the port's VLAN gets a gateway to the outside, as user gives; the options below are the gateway's")));
        options.addAll(Gateway.options());
        return options;
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public HostEndpoint open(HostContext context, Options options) throws DeviceException {
        return room.open(context, options);
    }
}
