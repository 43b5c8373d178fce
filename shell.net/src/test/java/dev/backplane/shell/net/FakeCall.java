package dev.backplane.shell.net;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Signature;

/** Words, and machines that are nothing but their cables. */
final class FakeCall implements Call {
    private final Map<String, List<String>> words = new LinkedHashMap<>();
    private final Map<String, List<NetworkConnection>> machines;

    FakeCall(Signature signature, Map<String, List<NetworkConnection>> machines, String... line) {
        this.machines = machines;
        int position = 0;
        for (String word : line) {
            String name = word.startsWith("--") ? word.substring(2)
                : signature.parameter(position++).orElseThrow().name();
            words.computeIfAbsent(name, n -> new ArrayList<>()).add(word);
        }
    }

    private static Machine machine(String name, List<NetworkConnection> cables) {
        return (Machine) Proxy.newProxyInstance(FakeCall.class.getClassLoader(), new Class<?>[] {Machine.class},
            (proxy, method, arguments) -> switch (method.getName()) {
                case "name" -> name;
                case "networks" -> cables;
                case "state" -> MachineState.STOPPED;
                default -> throw new UnsupportedOperationException(method.getName());
            });
    }

    @Override
    public boolean has(String name) {
        return words.containsKey(name);
    }

    @Override
    public String value(String name) {
        return words.get(name).getFirst();
    }

    @Override
    public Optional<String> optional(String name) {
        return all(name).stream().findFirst();
    }

    @Override
    public List<String> all(String name) {
        return words.getOrDefault(name, List.of());
    }

    @Override
    public Map<String, String> settings(String name, List<String> keys) throws CommandException {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String word : all(name)) {
            String[] parts = word.split("=", 2);
            if (parts.length < 2 || !keys.contains(parts[0])) {
                throw new CommandException(word);
            }
            settings.put(parts[0], parts[1]);
        }
        return settings;
    }

    @Override
    public Optional<Duration> duration(String name) {
        return Optional.empty();
    }

    @Override
    public Optional<Long> size(String name) {
        return Optional.empty();
    }

    @Override
    public Path file(String text) {
        return Path.of(text);
    }

    @Override
    public MachineManager machines() {
        List<Machine> all = machines.entrySet().stream().map(e -> machine(e.getKey(), e.getValue())).toList();
        return (MachineManager) Proxy.newProxyInstance(FakeCall.class.getClassLoader(),
            new Class<?>[] {MachineManager.class}, (proxy, method, arguments) -> all);
    }

    @Override
    public Machine machine(String name) throws CommandException {
        if (!machines.containsKey(name)) {
            throw new CommandException("no machine " + name);
        }
        return machine(name, machines.get(name));
    }

    @Override
    public Progress progress(String what) {
        return Progress.NONE;
    }
}
