package dev.backplane.device.net;

import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.net.NetworkEndpoint;

/** The options that every network card has. */
public final class NetOptions {
    /** The option that names the host's side. */
    public static final String NET = "net";
    private static final String MAC = "mac";

    private NetOptions() {
    }

    public static OptionSpec net() {
        return OptionSpec.backend(NET, NetworkEndpoint.class, "user", "what the card is connected to");
    }

    public static OptionSpec mac() {
        return OptionSpec.string(MAC, null, "Ethernet address; made from the names of machine and card if not given");
    }

    /** The card's address, given or made. */
    public static byte[] mac(DeviceContext context, Options options) throws DeviceException {
        return options.has(MAC) ? MacAddress.parse(options.string(MAC))
            : MacAddress.of(context.machine(), context.id());
    }
}
