package dev.backplane.shell.cpu;

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
import dev.backplane.api.machine.Processor;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Signature;

/** Words, and a machine that is nothing but its processors. */
final class FakeCall implements Call {
    private final Map<String, List<String>> words = new LinkedHashMap<>();
    private final List<Processor> processors;

    FakeCall(Signature signature, List<Processor> processors, String... line) {
        this.processors = processors;
        int position = 0;
        for (int n = 0; n < line.length; n++) {
            boolean named = line[n].startsWith("--");
            String name = named ? line[n].substring(2) : signature.parameter(position++).orElseThrow().name();
            Optional<Option> option = signature.option(name);
            String value = option.isPresent() && !option.get().isFlag() ? line[++n] : line[n];
            words.computeIfAbsent(name, k -> new ArrayList<>()).add(value);
        }
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
    public Map<String, String> settings(String name, List<String> keys) {
        return Map.of();
    }

    @Override
    public Optional<Duration> duration(String name) {
        return optional(name).map(text -> Duration.ofMillis(Long.parseLong(text)));
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
    public MachineManager machines() throws CommandException {
        throw new CommandException("none");
    }

    @Override
    public Machine machine(String name) {
        return (Machine) Proxy.newProxyInstance(FakeCall.class.getClassLoader(), new Class<?>[] {Machine.class},
            (proxy, method, arguments) -> switch (method.getName()) {
                case "name" -> name;
                case "processors" -> processors;
                case "state" -> MachineState.STOPPED;
                default -> throw new UnsupportedOperationException(method.getName());
            });
    }

    @Override
    public Progress progress(String what) {
        return Progress.NONE;
    }
}
