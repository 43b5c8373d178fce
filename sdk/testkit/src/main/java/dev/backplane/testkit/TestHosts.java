package dev.backplane.testkit;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.page.PageEndpoint;

/** The host's side of the card under test; it stays when the card is replaced. */
final class TestHosts {
    private final TestBench bench;
    private final Map<String, OptionSpec> schema = new HashMap<>();
    private final Map<String, String> given;
    private final Map<String, TestNetwork> networks = new HashMap<>();
    private final Map<String, HostEndpoint> endpoints;
    private final Set<String> claimed = new HashSet<>();

    TestHosts(TestBench bench, Iterable<OptionSpec> schema, Map<String, String> given,
            Map<String, HostEndpoint> endpoints) {
        this.bench = bench;
        schema.forEach(option -> this.schema.put(option.name(), option));
        this.given = given;
        this.endpoints = new HashMap<>(endpoints);
    }

    /** Another instance begins to claim. */
    void begin() {
        claimed.clear();
    }

    private void check(String option, Class<?> kind) throws DeviceException {
        OptionSpec spec = schema.get(option);
        if (spec == null || spec.type() != OptionType.BACKEND || !spec.choices().contains(kind.getName())) {
            throw new IllegalArgumentException("no option " + option + " of type BACKEND, kind " + kind.getName());
        }
        if (spec.defaultValue() == null && !given.containsKey(option)) {
            throw new DeviceException("option " + option + " has no value");
        }
        if (!claimed.add(option)) {
            throw new DeviceException("the host side of " + option + " is claimed twice");
        }
    }

    TestNetwork claimNetwork(String option) throws DeviceException {
        check(option, NetworkEndpoint.class);
        TestNetwork network = networks.computeIfAbsent(option, name -> new TestNetwork(bench));
        network.claimed();
        return network;
    }

    <E extends HostEndpoint> E claim(String option, Class<E> kind) throws DeviceException {
        check(option, kind);
        HostEndpoint endpoint = endpoints.computeIfAbsent(option, name -> kind == AudioEndpoint.class ? new TestAudio()
            : kind == PageEndpoint.class ? new TestPages() : null);
        if (endpoint == null) {
            throw new IllegalArgumentException("the bench has no " + kind.getName() + "; give it one: host(\"" + option
                + "\", endpoint)");
        }
        return kind.cast(endpoint);
    }

    TestNetwork network(String option) {
        return find(networks, option);
    }

    <E> E endpoint(String option, Class<E> kind) {
        return kind.cast(find(endpoints, option));
    }

    private static <T> T find(Map<String, T> map, String option) {
        if (option == null && map.size() == 1) {
            return map.values().iterator().next();
        }
        T found = map.get(option);
        if (found == null) {
            throw new IllegalArgumentException("the card claimed " + map.keySet() + ", not " + option);
        }
        return found;
    }

    void quiesce() {
        networks.values().forEach(TestNetwork::quiesce);
        endpoints.values().forEach(endpoint -> endpoint.quiesce().join());
    }

    void resume() {
        endpoints.values().forEach(HostEndpoint::resume);
        networks.values().forEach(TestNetwork::resume);
    }

    void reset() {
        networks.values().forEach(TestNetwork::reset);
        endpoints.values().forEach(HostEndpoint::reset);
    }
}
