package dev.backplane.host.net.user;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.Handover;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkCable;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.net.Offloads;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A card's own user network. */
public final class UserEndpoint implements NetworkEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(UserEndpoint.class);

    private final HostContext context;
    private final Config config;
    private UserNetwork network;
    private boolean opened;

    /** Reads the options; opens nothing yet. */
    public UserEndpoint(HostContext context, Options options) throws DeviceException {
        this.context = context;
        config = Config.of(options, context.machine());
    }

    /** The options of {@code user}. */
    public static List<OptionSpec> options() {
        return Config.options();
    }

    @Override
    public void plug(NetworkCable cable) {
        try {
            network = new UserNetwork(context.machine() + " " + context.card(), config, new Cable(cable),
                context.clock()::nanoTime, context.random(), context::counter);
        } catch (IOException e) {
            LOG.error("{} {}: no network: {}", context.machine(), context.card(), e.getMessage());
        }
    }

    private record Cable(NetworkCable cable) implements Uplink {
        @Override
        public Frame take() {
            return cable.take();
        }

        @Override
        public boolean deliver(Frame frame) {
            return cable.deliver(frame);
        }

        @Override
        public void callbacks(Runnable onFrame, Runnable onRoom) {
            cable.onFrame(onFrame);
            cable.onRoom(onRoom);
        }
    }

    @Override
    public Offloads accepts() {
        return Offloads.ALL;
    }

    @Override
    public boolean linkUp() {
        return network != null;
    }

    @Override
    public String peer() {
        return "user network " + config.network4();
    }

    @Override
    public List<String> details() {
        return network == null ? List.of("no network: the host has no file descriptor left") : network.details();
    }

    @Override
    public CompletableFuture<Void> quiesce() {
        return network == null ? CompletableFuture.completedFuture(null) : network.pause();
    }

    @Override
    public void resume() {
        if (network != null) {
            if (!opened) {
                opened = true;
                network.openForwards(config.forwards(), null);
            }
            network.resume();
        }
    }

    @Override
    public void reset() {
        if (network != null) {
            network.reset();
        }
    }

    @Override
    public void save(StateWriter out) {
        out.putBoolean("network", network != null);
        if (network != null) {
            network.save(out, mac -> true);
        }
    }

    @Override
    public void handOver(Handover to) {
        if (network != null) {
            network.handOver(to, mac -> true, config.forwards());
        }
    }

    @Override
    public void restore(StateReader in, Handover from) throws StateException {
        if (network != null && in.getBoolean("network")) {
            opened = true;
            network.openForwards(config.forwards(), from);
            network.restore(in, from);
        }
    }

    @Override
    public void close() {
        if (network != null) {
            network.close();
        }
    }
}
