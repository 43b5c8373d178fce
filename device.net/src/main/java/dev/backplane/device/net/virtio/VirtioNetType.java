package dev.backplane.device.net.virtio;

import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.device.net.NetOptions;

/** Offers virtio network cards. */
@Component(service = DeviceType.class)
public final class VirtioNetType implements DeviceType {
    private static final int MIN_MTU = 68;
    private static final int MAX_MTU = 65_535;

    @Override
    public String name() {
        return "virtio-net";
    }

    @Override
    public String description() {
        return "network card, fast: for systems with virtio drivers";
    }

    @Override
    public Placement placement() {
        return Placement.PCIE;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(NetOptions.net(), NetOptions.mac(),
            OptionSpec.integer("queues", 4, 1, NetFeatures.MAX_PAIRS,
                "pairs of queues; the driver uses as many as it has CPUs"),
            OptionSpec.integer("queue-size", 256, 64, 1024, "buffers per queue, a power of two"),
            OptionSpec.integer("mtu", 0, 0, MAX_MTU, "greatest packet in bytes that the driver is told, 68 or more; "
                + "0 tells nothing, which means 1500"));
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        int queueSize = (int) options.integer("queue-size");
        if (Integer.bitCount(queueSize) != 1) {
            throw new DeviceException("queue-size=" + queueSize + ": a power of two is needed, for instance "
                + Integer.highestOneBit(queueSize));
        }
        int mtu = (int) options.integer("mtu");
        if (mtu != 0 && mtu < MIN_MTU) {
            throw new DeviceException("mtu=" + mtu + ": 68 to 65535, or 0 to tell the driver nothing");
        }
        NetSettings settings = new NetSettings(NetOptions.mac(context, options), (int) options.integer("queues"),
            queueSize, mtu);
        return new NetCard(context, context.network(NetOptions.NET), settings);
    }
}
