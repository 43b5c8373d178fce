package dev.backplane.host.net.user;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.Handover;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A user network for the guests of a switch. Each port saves, hands over and restores what belongs to its own guests,
 * so that ports can move to the next build one after the other. Threading: any thread.
 */
public final class Gateway implements AutoCloseable {
    /** The Ethernet address that no guest may use. */
    public static final long MAC = Config.MAC;

    private final Map<String, String> options;
    private final Map<String, AtomicLong> counters = new ConcurrentHashMap<>();
    private final UserNetwork network;

    private Gateway(String name, Config config, Map<String, String> options, Uplink uplink) throws IOException {
        this.options = options;
        network = new UserNetwork(name, config, uplink, System::nanoTime, new SecureRandom(), this::counter);
        network.resume();
    }

    /** What a port asks of a gateway; checked. */
    public static final class Plan {
        private final Config config;
        private final Map<String, String> options;

        private Plan(Config config, Map<String, String> options) {
            this.config = config;
            this.options = options;
        }

        /** Reads a port's options. */
        public static Plan of(Options given) throws DeviceException {
            Map<String, String> texts = new LinkedHashMap<>();
            for (OptionSpec spec : Config.options()) {
                if (given.has(spec.name())) {
                    texts.put(spec.name(), switch (spec.type()) {
                        case INTEGER -> Long.toString(given.integer(spec.name()));
                        case BOOLEAN -> Boolean.toString(given.bool(spec.name()));
                        default -> given.string(spec.name());
                    });
                }
            }
            return of(texts);
        }

        private static Plan of(Map<String, String> texts) throws DeviceException {
            return new Plan(Config.of(new StoredOptions(texts), texts.get("hostname")), texts);
        }
    }

    /** The options of a gateway. */
    public static List<OptionSpec> options() {
        return Config.options();
    }

    /** Opens a gateway as planned; its forwarded ports are opened by {@link #openForwards}. */
    public static Gateway open(String name, Plan plan, Uplink uplink) throws IOException {
        return new Gateway(name, plan.config, plan.options, uplink);
    }

    /** The plan in a state that {@link #save} wrote. */
    public static Plan plan(StateReader in) throws StateException {
        Map<String, String> texts = new LinkedHashMap<>();
        for (OptionSpec spec : Config.options()) {
            if (in.has("option-" + spec.name())) {
                texts.put(spec.name(), in.getString("option-" + spec.name()));
            }
        }
        try {
            return Plan.of(texts);
        } catch (DeviceException | RuntimeException e) {
            throw new StateException("the gateway's options " + texts + " make no sense: " + e.getMessage(), e);
        }
    }

    private Counter counter(String name) {
        AtomicLong value = counters.computeIfAbsent(name, key -> new AtomicLong());
        return new Counter() {
            @Override
            public void add(long amount) {
                value.addAndGet(amount);
            }

            @Override
            public long value() {
                return value.get();
            }
        };
    }

    /** Opens a port's forwarded ports. */
    public void openForwards(Plan plan, Handover from) {
        network.openForwards(plan.config.forwards(), from);
    }

    public void closeForwards(Plan plan) {
        network.closeForwards(plan.config.forwards());
    }

    /** Stops or starts the connections of some guests. */
    public CompletableFuture<Void> freeze(LongPredicate macs, boolean stop) {
        return network.freeze(macs, stop);
    }

    /** Writes the options, but those of single ports, and what belongs to some guests. */
    public void save(StateWriter out, LongPredicate macs) {
        options.forEach((name, text) -> {
            if (!name.equals("forward")) {
                out.putString("option-" + name, text);
            }
        });
        out.putString("option-forward", "");
        network.save(out, macs);
    }

    /** Gives the sockets of some guests away, and a port's forwarded ports if {@code plan} is not null. */
    public void handOver(Handover to, LongPredicate macs, Plan plan) {
        network.handOver(to, macs, plan == null ? List.of() : plan.config.forwards());
    }

    public void restore(StateReader in, Handover from) throws StateException {
        network.restore(in, from);
    }

    /** Lines for people. */
    public List<String> details() {
        List<String> lines = new ArrayList<>();
        network.details().forEach(line -> lines.add("gateway: " + line));
        if (!counters.isEmpty()) {
            lines.add("gateway: " + new TreeMap<>(counters));
        }
        return lines;
    }

    @Override
    public void close() {
        network.close();
    }
}
