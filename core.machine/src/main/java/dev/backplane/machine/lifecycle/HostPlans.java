package dev.backplane.machine.lifecycle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.MachineException;
import dev.backplane.machine.host.HostChoice;
import dev.backplane.machine.spec.OptionParser;
import dev.backplane.machine.spec.Suggestions;

/** Works out what the options of type BACKEND of a card choose. */
final class HostPlans {
    private final Catalog catalog;

    HostPlans(Catalog catalog) {
        this.catalog = catalog;
    }

    private static List<OptionSpec> backendOptions(DeviceType type) {
        return type.options().stream().filter(o -> o.type() == OptionType.BACKEND).toList();
    }

    private static String kind(OptionSpec option) {
        return option.choices().getFirst();
    }

    /** The name that was chosen, or null. */
    private static String chosen(OptionSpec option, Map<String, String> options) {
        String name = options.getOrDefault(option.name(), option.defaultValue());
        return name == null || name.isEmpty() ? null : name;
    }

    private Optional<HostBackendView> backend(OptionSpec option, CardSpec card) {
        String name = chosen(option, card.options());
        return name == null ? Optional.empty() : catalog.hostBackend(kind(option), name);
    }

    private List<String> names(OptionSpec option) {
        return catalog.hostBackends().stream().filter(b -> b.backend().kind().getName().equals(kind(option)))
            .map(b -> b.backend().name()).toList();
    }

    /** Checks the options of the backends that are there, and that none are given for a backend that was not chosen. */
    void check(DeviceType type, CardSpec card) throws MachineException {
        for (OptionSpec option : backendOptions(type)) {
            Optional<HostBackendView> backend = backend(option, card);
            if (backend.isPresent()) {
                OptionParser.parse(backend.get().backend(), option.name(), card.options(), Path.of(""));
            } else if (chosen(option, card.options()) == null) {
                String prefix = option.name() + ".";
                Optional<String> idle = card.options().keySet().stream().filter(n -> n.startsWith(prefix)).findFirst();
                if (idle.isPresent()) {
                    throw new MachineException("%s: %s is of no use without %s=NAME".formatted(type.name(), idle.get(),
                        option.name()));
                }
            }
        }
    }

    /** What the card waits for, one phrase each. */
    List<String> missing(DeviceType type, CardSpec card) {
        List<String> missing = new ArrayList<>();
        for (OptionSpec option : backendOptions(type)) {
            String name = chosen(option, card.options());
            if (name != null && backend(option, card).isEmpty()) {
                missing.add(phrase(option, name)
                    + Suggestions.nearest(name, names(option)).map(n -> " (there is " + n + ")").orElse(""));
            }
        }
        return missing;
    }

    private static String phrase(OptionSpec option, String name) {
        return "the %s backend %s".formatted(HostBackend.kindName(kind(option)), name);
    }

    /** What the card's options chose; all of it is there. */
    List<HostChoice> choices(DeviceType type, CardSpec card) throws MachineException {
        check(type, card);
        List<HostChoice> choices = new ArrayList<>();
        for (OptionSpec option : backendOptions(type)) {
            String name = chosen(option, card.options());
            if (name == null) {
                choices.add(new HostChoice(option.name(), kind(option), null, null));
                continue;
            }
            HostBackendView view = backend(option, card).orElseThrow(() -> new MachineException(
                phrase(option, name) + " of " + card.id() + " is not there" + Suggestions.hint(name, names(option))));
            choices.add(new HostChoice(option.name(), kind(option), view,
                OptionParser.parse(view.backend(), option.name(), card.options(), Path.of(""))));
        }
        return choices;
    }

    /** The options with the paths of the backends made absolute. */
    Map<String, String> absolute(DeviceType type, Map<String, String> options) {
        Map<String, String> all = new LinkedHashMap<>(options);
        for (OptionSpec option : backendOptions(type)) {
            String name = chosen(option, options);
            if (name != null) {
                catalog.hostBackend(kind(option), name).ifPresent(view -> absolute(option.name() + ".",
                    view.backend().options(), all));
            }
        }
        return all;
    }

    private static void absolute(String prefix, List<OptionSpec> specs, Map<String, String> options) {
        for (OptionSpec spec : specs) {
            String given = options.get(prefix + spec.name());
            if (spec.type() == OptionType.PATH && given != null && !given.isEmpty()) {
                options.put(prefix + spec.name(), Path.of(given).toAbsolutePath().normalize().toString());
            }
        }
    }
}
