package dev.backplane.machine.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.Handover;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkCable;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.net.Offloads;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A network backend that counts frames and keeps a list of the JDK's; it misbehaves as it is told. */
public final class FakeHost implements HostBackend {
    public final int version;
    public final List<Endpoint> opened = new CopyOnWriteArrayList<>();
    public volatile boolean refusesState;
    public volatile boolean throwsOnSave;
    public volatile boolean throwsOnFrame;
    public volatile boolean throwsOnOpen;

    public FakeHost(int version) {
        this.version = version;
    }

    public Endpoint last() {
        return opened.getLast();
    }

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
        return List.of(OptionSpec.integer("forward", 0, 0, 65535, "a port"), OptionSpec.path("log", "a file"));
    }

    @Override
    public int stateVersion() {
        return version;
    }

    @Override
    public HostEndpoint open(HostContext context, Options options) throws DeviceException {
        if (throwsOnOpen) {
            throw new DeviceException("open refuses on purpose");
        }
        Endpoint e = new Endpoint(context, options.integer("forward"));
        opened.add(e);
        return e;
    }

    /** Its endpoint. */
    public final class Endpoint implements NetworkEndpoint {
        public final List<String> calls = new CopyOnWriteArrayList<>();
        public final long forward;
        private final HostContext context;
        public volatile NetworkCable cable;
        public volatile int frames;
        public volatile List<?> handed = new ArrayList<>();

        Endpoint(HostContext context, long forward) {
            this.context = context;
            this.forward = forward;
        }

        @Override
        public void plug(NetworkCable plugged) {
            cable = plugged;
            cable.onFrame(this::serve);
            calls.add("plug");
        }

        private void serve() {
            if (throwsOnFrame) {
                throw new IllegalStateException("onFrame throws on purpose");
            }
            for (Frame f = cable.take(); f != null; f = cable.take()) {
                frames++;
                context.counter("frames").increment();
            }
        }

        @Override
        public Offloads accepts() {
            return Offloads.NONE;
        }

        @Override
        public CompletableFuture<Void> quiesce() {
            calls.add("quiesce");
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void resume() {
            calls.add("resume");
        }

        @Override
        public void reset() {
            calls.add("reset");
        }

        @Override
        public void save(StateWriter out) {
            calls.add("save");
            if (throwsOnSave) {
                throw new IllegalStateException("save throws on purpose");
            }
            out.putInt("frames", frames);
        }

        @Override
        public void handOver(Handover to) {
            calls.add("handOver");
            to.put("list", handed);
        }

        @Override
        public void restore(StateReader in, Handover from) throws StateException {
            calls.add("restore " + in.version());
            if (refusesState) {
                throw new StateException("restore refuses on purpose");
            }
            frames = in.getInt("frames");
            handed = from.take("list", ArrayList.class);
        }

        @Override
        public void close() {
            calls.add("close");
        }
    }
}
