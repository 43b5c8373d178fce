package dev.backplane.shell.vm;

import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.text.Suggestions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The {@code key=value} words of a card. */
final class CardOptions {

    private CardOptions() {
    }

    /**
     * The words as a map, in order. If the type is present its names are checked and its files become absolute.
     */
    static Map<String, String> parse(Invocation invocation, List<String> words, Optional<DeviceTypeView> type)
            throws CommandException {
        Map<String, String> options = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            String key = equals < 0 ? word : word.substring(0, equals);
            Optional<OptionSpec> spec = type.isEmpty() ? Optional.empty()
                    : Optional.of(find(type.get().type(), key));
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

    private static OptionSpec find(DeviceType type, String key) throws CommandException {
        List<String> known = type.options().stream().map(OptionSpec::name).toList();
        return type.options().stream().filter(option -> option.name().equals(key)).findFirst()
                .orElseThrow(() -> new CommandException(type.name() + " has no option \"" + key + "\""
                        + (known.isEmpty() ? "; it has none" : Suggestions.hint(key, known))));
    }
}
