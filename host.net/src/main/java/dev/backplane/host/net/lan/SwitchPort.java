package dev.backplane.host.net.lan;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongPredicate;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.host.Handover;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkCable;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.net.Offloads;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.host.net.user.Gateway;
import dev.backplane.host.net.wire.Wire;

/** A card's port of a switch. */
final class SwitchPort extends Member implements NetworkEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(SwitchPort.class);
    private static final int BACKLOG = 512;
    private static final long BACKLOG_BYTES = 8 << 20;

    private final HostContext context;
    private final SwitchRoom room;
    private final String name;
    private final Gateway.Plan plan;
    private final ArrayDeque<Frame> backlog = new ArrayDeque<>();
    private long backlogBytes;
    private NetworkCable cable;
    private boolean quiet = true;
    private boolean begun;
    private VirtualSwitch lan;
    private volatile String problem;

    /** @param plan what it asks of a gateway, or null for nothing */
    SwitchPort(HostContext context, SwitchRoom room, String name, Vlans vlans, boolean isolated, Gateway.Plan plan) {
        super(vlans, isolated);
        this.context = context;
        this.room = room;
        this.name = name;
        this.plan = plan;
    }

    @Override
    public void plug(NetworkCable itsCable) {
        cable = itsCable;
        lan = room.join(name, this);
        cable.onFrame(lan::wake);
        cable.onRoom(lan::wake);
    }

    @Override
    Frame take() {
        if (quiet) {
            return null;
        }
        drain();
        return cable.take();
    }

    @Override
    void deliver(Frame frame) {
        if (!quiet && backlog.isEmpty() && cable.deliver(frame)) {
            return;
        }
        if (backlog.size() >= BACKLOG || backlogBytes >= BACKLOG_BYTES) {
            count("switch-backlog-dropped");
            return;
        }
        backlog.add(frame);
        backlogBytes += frame.data().length;
    }

    private void drain() {
        while (!backlog.isEmpty() && cable.deliver(backlog.peek())) {
            backlogBytes -= backlog.poll().data().length;
        }
    }

    @Override
    void count(String counter) {
        context.counter(counter).increment();
    }

    @Override
    public Offloads accepts() {
        return Offloads.ALL;
    }

    @Override
    public String peer() {
        return "switch " + name + ", VLAN " + vlans.untagged()
            + (vlans.tagged().isEmpty() ? "" : ", trunk " + vlans.tagged().toString().replaceAll("[{} ]", ""))
            + (isolated ? ", isolated" : "");
    }

    @Override
    public List<String> details() {
        if (problem != null) {
            return List.of(problem);
        }
        GatewayPort gateway = lan == null ? null : gateway();
        return plan == null || gateway == null ? List.of() : gateway.gateway().details();
    }

    private GatewayPort gateway() {
        try {
            return lan.gateway(vlans.untagged(), null);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whose connections are this port's: the guests that were heard behind it. */
    private LongPredicate mine() {
        Set<Long> macs = new HashSet<>();
        Arrays.stream(lan.addresses(this)).filter(address -> address >>> 48 == vlans.untagged())
            .forEach(address -> macs.add(address & Wire.BROADCAST));
        boolean forwards = plan != null;
        return mac -> macs.contains(mac) || forwards && mac == 0;
    }

    @Override
    public CompletableFuture<Void> quiesce() {
        lan.quietly(() -> quiet = true);
        GatewayPort gateway = gateway();
        return gateway == null ? CompletableFuture.completedFuture(null) : gateway.gateway().freeze(mine(), true);
    }

    @Override
    public void resume() {
        if (!begun) {
            begun = true;
            makeGateway(null);
        }
        lan.quietly(() -> quiet = false);
        GatewayPort gateway = gateway();
        if (gateway != null) {
            gateway.gateway().freeze(mine(), false);
        }
        lan.wake();
    }

    private void makeGateway(Handover from) {
        if (plan != null) {
            try {
                lan.gateway(vlans.untagged(), plan).gateway().openForwards(plan, from);
                problem = null;
            } catch (IOException e) {
                problem = "no gateway: " + e.getMessage();
                LOG.warn("switch {}: {}", name, problem);
            }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.putLongs("addresses", lan.addresses(this));
        GatewayPort gateway = gateway();
        out.putBoolean("gateway", gateway != null);
        if (gateway != null) {
            gateway.gateway().save(out.section("gateway-state"), mine());
        }
    }

    @Override
    public void handOver(Handover to) {
        GatewayPort gateway = gateway();
        if (gateway != null) {
            gateway.gateway().handOver(to, mine(), plan);
        }
    }

    @Override
    public void restore(StateReader in, Handover from) throws StateException {
        lan.learn(this, in.getLongs("addresses"));
        begun = true;
        makeGateway(from);
        if (in.getBoolean("gateway")) {
            StateReader section = in.section("gateway-state");
            try {
                lan.gateway(vlans.untagged(), Gateway.plan(section)).gateway().restore(section, from);
            } catch (IOException e) {
                throw new StateException("the gateway of switch " + name + " cannot be opened: " + e.getMessage(),
                    e);
            }
        }
    }

    @Override
    public void close() {
        if (lan != null) {
            GatewayPort gateway = gateway();
            if (gateway != null && plan != null) {
                gateway.gateway().closeForwards(plan);
            }
            room.leave(lan, this);
        }
    }
}
