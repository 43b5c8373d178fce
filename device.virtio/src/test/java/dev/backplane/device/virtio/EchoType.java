package dev.backplane.device.virtio;

import java.util.ArrayDeque;
import java.util.List;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A device for tests: queue 0 copies what it reads to what it writes; queue 1 holds its chains until the driver writes
 * 1 to configuration byte 0, and puts them back when it has to rest.
 */
final class EchoType implements DeviceType {
    static final long FEATURE = 1L << 5;

    static final class Echo extends VirtioDevice {
        final ArrayDeque<VirtChain> held = new ArrayDeque<>();
        final boolean putsBack;
        boolean wasActivated;
        int deactivations;
        private final byte[] buffer = new byte[4096];

        Echo(DeviceContext context, boolean putsBack) throws DeviceException {
            super(context, VirtioProfile.of(42, 0xFF0000).withFeatures(FEATURE).withConfig(8).withQueues(2, 64));
            this.putsBack = putsBack;
            config().set32(4, 0xCAFEBABEL);
        }

        @Override
        protected boolean accepts(long features) {
            return (features & 1) == 0;
        }

        @Override
        protected void activated(long features) {
            wasActivated = true;
        }

        @Override
        protected void notified(VirtQueue queue) {
            for (VirtChain chain = queue.take(); chain != null; chain = queue.take()) {
                if (queue.index() == 1) {
                    held.add(chain);
                } else {
                    queue.complete(chain, echo(chain));
                }
            }
        }

        private long echo(VirtChain chain) {
            int length = (int) Math.min(Math.min(chain.readableLength(), chain.writableLength()), buffer.length);
            return chain.read(0, buffer, 0, length) && chain.write(0, buffer, 0, length) ? length : 0;
        }

        @Override
        protected void configWritten(int offset, int size, long value) {
            if (offset == 0 && size == 1) {
                config().set8(0, (int) value);
                release();
                configChanged();
            }
        }

        void release() {
            while (!held.isEmpty()) {
                VirtChain chain = held.remove();
                queue(1).complete(chain, echo(chain));
            }
        }

        private void putBack() {
            while (putsBack && !held.isEmpty()) {
                queue(1).putBack(held.remove());
            }
        }

        @Override
        protected void deactivated() {
            deactivations++;
            putBack();
        }

        @Override
        protected void resting() {
            putBack();
        }

        @Override
        protected void saveDevice(StateWriter out) {
            out.putInt("byte", config().get8(0));
        }

        @Override
        protected void restoreDevice(StateReader in) throws StateException {
            config().set8(0, in.getInt("byte", 0, 255));
        }
    }

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public String description() {
        return "a device for tests";
    }

    @Override
    public Placement placement() {
        return Placement.PCIE;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(OptionSpec.bool("puts-back", true, "whether chains that are held are put back"));
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public Device create(DeviceContext context, Options options) throws DeviceException {
        return new Echo(context, options.bool("puts-back"));
    }
}
