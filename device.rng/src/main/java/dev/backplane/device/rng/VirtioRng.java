package dev.backplane.device.rng;

import java.security.SecureRandom;
import java.util.List;
import java.util.random.RandomGenerator;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.device.virtio.VirtChain;
import dev.backplane.device.virtio.VirtQueue;
import dev.backplane.device.virtio.VirtioDevice;
import dev.backplane.device.virtio.VirtioProfile;

/** Entropy for the guest: fills each buffer that its driver offers, up to 64 KiB at a time. */
@Component(service = DeviceType.class)
public final class VirtioRng implements DeviceType {
    @Override
    public String name() {
        return "virtio-rng";
    }

    @Override
    public String description() {
        return "entropy source";
    }

    @Override
    public Placement placement() {
        return Placement.PCIE;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(OptionSpec.choice("source", "host", List.of("host", "machine"),
            "where the bytes come from: the host's generator, or the machine's, which can be made repeatable"));
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        boolean host = options.string("source").equals("host");
        return new Card(context, host ? new SecureRandom() : context.random());
    }

    private static final class Card extends VirtioDevice {
        private static final int LIMIT = 0x10000;

        private final RandomGenerator source;

        Card(DeviceContext context, RandomGenerator source) throws DeviceException {
            super(context, VirtioProfile.of(4, 0x00FF00).withQueues(1, 64));
            this.source = source;
        }

        @Override
        protected void notified(VirtQueue queue) {
            for (VirtChain chain = queue.take(); chain != null; chain = queue.take()) {
                byte[] bytes = new byte[(int) Math.min(chain.writableLength(), LIMIT)];
                source.nextBytes(bytes);
                boolean written = chain.write(0, bytes, 0, bytes.length);
                queue.complete(chain, written ? bytes.length : 0);
                context().counter("bytes").add(written ? bytes.length : 0);
            }
        }
    }
}
