package dev.backplane.machine.fake;

import java.util.List;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.net.NetworkPort;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A network card; the test is its guest. */
public final class FakeNic implements Device {
    /** The type of such cards. */
    public static final class Type implements DeviceType {
        public volatile FakeNic last;

        @Override
        public String name() {
            return "nic";
        }

        @Override
        public String description() {
            return "for tests";
        }

        @Override
        public Placement placement() {
            return Placement.PCIE;
        }

        @Override
        public List<OptionSpec> options() {
            return List.of(OptionSpec.backend("net", NetworkEndpoint.class, null, "what it is connected to")
                .asRequired(),
                OptionSpec.backend("second", NetworkEndpoint.class, null, "another"));
        }

        @Override
        public int stateVersion() {
            return 1;
        }

        @Override
        public Device create(DeviceContext context, Options options) throws DeviceException {
            last = new FakeNic(context);
            return last;
        }
    }

    private final DeviceContext context;
    private final NetworkPort port;
    public volatile int received;

    private FakeNic(DeviceContext context) throws DeviceException {
        this.context = context;
        PciFunction pci = context.pci(new PciIdentity(0x1234, 0x9999, 0x020000, 1, 0, 0));
        pci.bar(0, BarType.MEMORY_32, 4096, new RegisterHandler() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                received = 0;
            }
        });
        port = context.network("net");
        port.onReceive(this::receive);
    }

    private void receive() {
        for (Frame f = port.receive(); f != null; f = port.receive()) {
            received++;
        }
    }

    /** The guest sends frames. */
    public void send(int count) {
        context.execute(() -> {
            for (int i = 0; i < count; i++) {
                port.send(new Frame(new byte[60]));
            }
        });
    }

    @Override
    public void reset() {
        received = 0;
    }

    @Override
    public void save(StateWriter out) {
        out.putInt("received", received);
    }

    @Override
    public void restore(StateReader in) throws StateException {
        received = in.getInt("received");
    }

    @Override
    public void close() {
        // It holds nothing.
    }
}
