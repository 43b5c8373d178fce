package dev.backplane.shell.foreign;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.command.ProgressLine;
import dev.backplane.shell.text.Durations;
import dev.backplane.shell.text.Sizes;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.vm.Machines;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** One call of a foreign command; ends its progress when it is closed. */
final class ForeignCall implements Call, AutoCloseable {

    private final Signature signature;
    private final Invocation invocation;
    private final Machines machines;
    private ProgressLine progress;

    ForeignCall(Signature signature, Invocation invocation, Machines machines) {
        this.signature = signature;
        this.invocation = invocation;
        this.machines = machines;
    }

    @Override
    public List<String> all(String name) {
        for (int i = 0; i < signature.parameters().size(); i++) {
            Parameter parameter = signature.parameters().get(i);
            if (parameter.name().equals(name)) {
                List<String> from = invocation.arguments().from(i);
                return parameter.arity() == Parameter.Arity.MANY || from.isEmpty() ? from : from.subList(0, 1);
            }
        }
        if (signature.option(name).isEmpty()) {
            throw new IllegalArgumentException(signature.fullName() + " has no parameter or option " + name);
        }
        return invocation.arguments().all(name);
    }

    @Override
    public boolean has(String name) {
        return !all(name).isEmpty();
    }

    @Override
    public String value(String name) {
        return optional(name).orElseThrow(
                () -> new IllegalArgumentException(signature.fullName() + ": " + name + " was not given"));
    }

    @Override
    public Optional<String> optional(String name) {
        List<String> values = all(name);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.getLast());
    }

    @Override
    public Map<String, String> settings(String name, List<String> keys) throws CommandException {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String word : all(name)) {
            int equals = word.indexOf('=');
            if (equals <= 0) {
                throw new CommandException("\"" + word + "\" is not key=value");
            }
            String key = word.substring(0, equals);
            if (!keys.contains(key)) {
                throw new CommandException("there is no \"" + key + "\"" + Suggestions.hint(key, keys));
            }
            if (settings.put(key, word.substring(equals + 1)) != null) {
                throw new CommandException(key + " is given twice");
            }
        }
        return settings;
    }

    @Override
    public Optional<Duration> duration(String name) throws CommandException {
        return parsed(name, Durations::parse);
    }

    @Override
    public Optional<Long> size(String name) throws CommandException {
        return parsed(name, Sizes::parse);
    }

    private <T> Optional<T> parsed(String name, Function<String, T> parser) throws CommandException {
        Optional<String> text = optional(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(text.get()));
        } catch (IllegalArgumentException e) {
            throw new CommandException(name + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Path file(String text) {
        return invocation.file(text);
    }

    @Override
    public MachineManager machines() throws CommandException {
        return machines.manager();
    }

    @Override
    public Machine machine(String name) throws CommandException {
        return machines.machine(name);
    }

    @Override
    public Progress progress(String what) {
        close();
        progress = new ProgressLine(invocation, what);
        return progress;
    }

    @Override
    public void close() {
        if (progress != null) {
            progress.close();
        }
    }
}
