package dev.backplane.shell.vm;

import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.text.Suggestions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The {@code key=value} words of a card. */
public final class CardOptions {

    private CardOptions() {
    }

    /**
     * The words as a map, in order. If the type is present its names are checked and its files become absolute; so
     * with the host backends that are chosen.
     *
     * @param before the options that the card has
     */
    static Map<String, String> parse(Invocation invocation, List<String> words, Optional<DeviceTypeView> type,
            Map<String, String> before, List<HostBackendView> hosts) throws CommandException {
        Map<String, String> choices = new LinkedHashMap<>(before);
        words.stream().filter(word -> word.indexOf('=') > 0).forEach(
                word -> choices.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1)));
        Map<String, String> options = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            String key = equals < 0 ? word : word.substring(0, equals);
            Optional<OptionSpec> spec = type.isEmpty() ? Optional.empty()
                    : find(type.get().type(), key, choices, hosts);
            if (equals <= 0) {
                if (equals < 0 && spec.isPresent() && spec.get().type() == OptionType.BOOLEAN) {
                    options.put(key, "on");
                    continue;
                }
                throw new CommandException("\"" + word + "\" is not key=value");
            }
            String value = word.substring(equals + 1);
            boolean file = spec.isPresent() && spec.get().type() == OptionType.PATH && !value.isEmpty();
            if (options.put(key, file ? invocation.file(value).toString() : value) != null) {
                throw new CommandException(key + " is given twice");
            }
        }
        return options;
    }

    /** The option of that name; none for an option of a backend that is not there. */
    private static Optional<OptionSpec> find(DeviceType type, String key, Map<String, String> choices,
            List<HostBackendView> hosts) throws CommandException {
        int dot = key.indexOf('.');
        Optional<OptionSpec> chooser = dot < 0 ? Optional.empty() : type.options().stream()
                .filter(o -> o.type() == OptionType.BACKEND && o.name().equals(key.substring(0, dot))).findFirst();
        if (chooser.isEmpty()) {
            return Optional.of(find(type.name(), type.options(), key));
        }
        Optional<HostBackend> backend = backend(chooser.get(), choices, hosts);
        return backend.isEmpty() ? Optional.empty()
                : Optional.of(find(chooser.get().name() + "=" + backend.get().name(), backend.get().options(),
                        key.substring(dot + 1)));
    }

    /** The backend that an option chooses, if it is there. */
    public static Optional<HostBackend> backend(OptionSpec chooser, Map<String, String> choices,
            List<HostBackendView> hosts) {
        String name = choices.getOrDefault(chooser.name(), chooser.defaultValue());
        return hosts.stream().map(HostBackendView::backend).filter(backend -> backend.name().equals(name)
                && backend.kind().getName().equals(chooser.choices().getFirst())).findFirst();
    }

    /** Refuses backends that are not there. */
    static void checkBackends(DeviceType type, Map<String, String> options, List<HostBackendView> hosts)
            throws CommandException {
        for (OptionSpec option : type.options()) {
            String name = option.type() != OptionType.BACKEND ? null
                    : options.getOrDefault(option.name(), option.defaultValue());
            if (name != null && !name.isEmpty() && backend(option, options, hosts).isEmpty()) {
                String kind = option.choices().getFirst();
                List<String> known = hosts.stream().map(HostBackendView::backend)
                        .filter(backend -> backend.kind().getName().equals(kind)).map(HostBackend::name).toList();
                throw new CommandException("no " + HostBackend.kindName(kind) + " backend is named \"" + name + "\""
                        + Suggestions.hint(name, known) + " (--wait-for-type adds the card all the same)");
            }
        }
    }

    private static OptionSpec find(String owner, List<OptionSpec> options, String key) throws CommandException {
        List<String> known = options.stream().map(OptionSpec::name).toList();
        return options.stream().filter(option -> option.name().equals(key)).findFirst()
                .orElseThrow(() -> new CommandException(owner + " has no option \"" + key + "\""
                        + (known.isEmpty() ? "; it has none" : Suggestions.hint(key, known))));
    }
}
