package dev.backplane.host.net.lan;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.host.net.user.Gateway;

/** All switches of one build of the bundle, by name. Any thread. */
public final class SwitchRoom {
    private static final int NAME = 64;

    private final Map<String, VirtualSwitch> switches = new HashMap<>();

    /** A port for a card. A switch is there as long as something is plugged in. */
    public NetworkEndpoint open(HostContext context, Options options) throws DeviceException {
        String name = options.string("name");
        if (name.isBlank() || name.length() > NAME || name.indexOf(',') >= 0) {
            throw new DeviceException("name: '" + name + "' is no name for a switch; 1 to 64 characters, no commas");
        }
        Vlans vlans = Vlans.parse((int) options.integer("vlan"), options.string("trunk"));
        Gateway.Plan plan = options.bool("gateway") ? Gateway.Plan.of(options) : null;
        return new SwitchPort(context, this, name, vlans, options.bool("isolated"), plan);
    }

    /** Plugs a port into the switch of that name, which is made if there is none. */
    VirtualSwitch join(String name, SwitchPort port) {
        synchronized (switches) {
            VirtualSwitch lan = switches.computeIfAbsent(name, VirtualSwitch::new);
            lan.plug(port);
            return lan;
        }
    }

    /** Takes a port out; the switch goes with the last one. */
    void leave(VirtualSwitch lan, SwitchPort port) {
        synchronized (switches) {
            if (lan.unplug(port)) {
                switches.remove(lan.name(), lan);
            }
        }
    }

    /** The names of the switches there are. */
    public List<String> names() {
        synchronized (switches) {
            return switches.keySet().stream().sorted().toList();
        }
    }
}
