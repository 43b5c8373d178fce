package dev.backplane.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.api.host.Handover;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkCable;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.net.NetworkPort;
import dev.backplane.api.net.Offloads;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** The host's side of a card, and the card's side of a host backend. */
class HostSideTest {

    /** Sends back what it receives, and plays each frame as sound. */
    private static final class Parrot implements DeviceType {
        private final List<String> events = new ArrayList<>();

        @Override
        public String name() {
            return "parrot";
        }

        @Override
        public String description() {
            return "for tests";
        }

        @Override
        public Placement placement() {
            return Placement.ISA;
        }

        @Override
        public List<OptionSpec> options() {
            return List.of(OptionSpec.backend("net", NetworkEndpoint.class, "user", "network"),
                OptionSpec.backend("audio", AudioEndpoint.class, "silent", "sound"));
        }

        @Override
        public int stateVersion() {
            return 1;
        }

        @Override
        public Device create(DeviceContext context, Options options) throws DeviceException {
            NetworkPort port = context.network("net");
            assertThrows(DeviceException.class, () -> context.network("net"), "claimed twice");
            AudioEndpoint audio = context.host("audio", AudioEndpoint.class);
            AudioEndpoint.AudioOutput output = audio.play("main", new PcmFormat(8000, 1, 16));
            port.onReceive(() -> {
                for (Frame f = port.receive(); f != null; f = port.receive()) {
                    port.send(f);
                    output.write(f.data(), 0, f.data().length, context.clock().nanoTime());
                }
            });
            port.onLinkChange(() -> events.add("link " + port.linkUp()));
            port.onRoom(() -> events.add("room"));
            return new Silent();
        }
    }

    private static final class Silent implements Device {
        @Override
        public void reset() {
            // It has no state.
        }

        @Override
        public void save(StateWriter out) {
            // It has no state.
        }

        @Override
        public void restore(StateReader in) {
            // It has no state.
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }

    @Test
    void aCardsFramesAndSoundReachTheTestAndFramesWaitWhileTheCardIsReplaced() throws Exception {
        Parrot type = new Parrot();
        try (TestBench bench = TestBench.of(type).plug()) {
            bench.network().deliver(new byte[14]);
            assertEquals(1, bench.network().takeAll().size());
            assertEquals(14, bench.audio().last().pcm().length);
            bench.network().link(false);
            assertEquals(List.of("link false"), type.events);

            TestState state = bench.save();
            assertTrue(bench.audio().quiet());
            bench.network().deliver(new byte[60]);
            assertNull(bench.network().take(), "a card that rests receives nothing");
            bench.replace(state);
            assertEquals(60, bench.network().take().data().length);

            bench.network().capacity(1);
            bench.network().deliver(new byte[14]);
            bench.network().deliver(new byte[14]);
            assertEquals(1, bench.network().sent());
            bench.network().take();
            assertEquals("room", type.events.getLast());
        }
    }

    /** Answers every frame; counts them. */
    private static final class Echo implements HostBackend {
        @Override
        public String name() {
            return "echo";
        }

        @Override
        public Class<? extends HostEndpoint> kind() {
            return NetworkEndpoint.class;
        }

        @Override
        public String description() {
            return "for tests";
        }

        @Override
        public List<OptionSpec> options() {
            return List.of();
        }

        @Override
        public int stateVersion() {
            return 1;
        }

        @Override
        public HostEndpoint open(HostContext context, Options options) {
            return new EchoEndpoint(context);
        }
    }

    private static final class EchoEndpoint implements NetworkEndpoint {
        private final HostContext context;
        private NetworkCable cable;
        private int count;
        private List<?> kept = new ArrayList<>();

        EchoEndpoint(HostContext context) {
            this.context = context;
        }

        @Override
        public void plug(NetworkCable plugged) {
            cable = plugged;
            cable.onFrame(this::serve);
            cable.linkChanged();
        }

        private void serve() {
            for (Frame f = cable.take(); f != null; f = cable.take()) {
                count++;
                context.counter("frames").increment();
                cable.deliver(f);
            }
        }

        @Override
        public Offloads accepts() {
            return Offloads.NONE;
        }

        @Override
        public void handOver(Handover to) {
            assertThrows(IllegalArgumentException.class, () -> to.put("own", this));
            to.put("kept", kept);
        }

        @Override
        public void save(StateWriter out) {
            out.putInt("count", count);
        }

        @Override
        public void restore(StateReader in, Handover from) throws StateException {
            count = in.getInt("count", 0, 1000);
            kept = from.take("kept", ArrayList.class);
        }

        @Override
        public void close() {
            cable.onFrame(() -> { });
        }
    }

    @Test
    void aBackendsEndpointIsDrivenSavedAndReplaced() throws Exception {
        try (HostBench<NetworkEndpoint> bench = HostBench.of(new Echo()).open()) {
            byte[] data = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
            bench.cable().send(data);
            assertArrayEquals(data, bench.cable().await("the echo", f -> true).data());
            bench.replace();
            bench.cable().send(data);
            assertEquals(1, bench.cable().receiveAll().size());
            assertEquals(2, bench.counter("frames"));
            assertEquals(2, bench.save().getInt("count"));
            assertEquals(2, bench.cable().linkChanges());
        }
    }
}
