package dev.backplane.machine.spec;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.MachineException;

/** Makes the options of a card from text, by the schema of its type. */
public final class OptionParser {
    private OptionParser() {
    }

    /**
     * Checks and understands options.
     *
     * @param folder what relative paths are relative to
     * @throws MachineException names the option, the value and what would be right
     */
    public static Options parse(DeviceType type, Map<String, String> text, Path folder) throws MachineException {
        Map<String, String> own = new LinkedHashMap<>(text);
        own.keySet().removeIf(name -> isForBackend(type, name));
        return parse(type.name(), type.options(), own, folder);
    }

    /** Whether an option is one for the backend that another option of the type chooses: {@code net.forward}. */
    private static boolean isForBackend(DeviceType type, String name) {
        int dot = name.indexOf('.');
        return dot > 0 && type.options().stream().anyMatch(
            o -> o.type() == OptionType.BACKEND && o.name().equals(name.substring(0, dot)));
    }

    /**
     * Checks and understands the options of a host backend, which have the name of the option that chose it and a dot
     * before them.
     *
     * @param option the option that chose it
     * @param text   all options of the card
     */
    public static Options parse(HostBackend backend, String option, Map<String, String> text, Path folder)
            throws MachineException {
        String prefix = option + ".";
        Map<String, String> own = new LinkedHashMap<>();
        text.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                own.put(name.substring(prefix.length()), value);
            }
        });
        return parse(option + "=" + backend.name(), backend.options(), own, folder);
    }

    private static Options parse(String type, List<OptionSpec> specs, Map<String, String> text, Path folder)
            throws MachineException {
        List<String> names = specs.stream().map(OptionSpec::name).toList();
        for (String given : text.keySet()) {
            if (!names.contains(given)) {
                throw new MachineException("%s has no option %s%s".formatted(type, given,
                    names.isEmpty() ? "; it has none" : Suggestions.hint(given, names)));
            }
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (OptionSpec spec : specs) {
            String value = text.getOrDefault(spec.name(), spec.defaultValue());
            if (value != null) {
                values.put(spec.name(), parse(type, spec, value, folder));
            } else if (spec.required()) {
                throw new MachineException("%s needs the option %s (%s)".formatted(type, spec.name(),
                    spec.description()));
            }
        }
        return new Parsed(type, specs, values);
    }

    private static MachineException wrong(String type, OptionSpec spec, String value, String right) {
        return new MachineException("%s: %s=%s is not %s".formatted(type, spec.name(), value, right));
    }

    private static Object parse(String type, OptionSpec spec, String value, Path folder) throws MachineException {
        return switch (spec.type()) {
            case STRING, BACKEND -> value;
            case INTEGER -> inRange(type, spec, value, Quantities.integer(value), "a number");
            case SIZE -> inRange(type, spec, value, Quantities.size(value), "a size such as 512M");
            case BOOLEAN -> switch (value.toLowerCase(Locale.ROOT)) {
                case "true", "on", "yes" -> true;
                case "false", "off", "no" -> false;
                default -> throw wrong(type, spec, value, "on or off");
            };
            case DURATION -> {
                Duration d = Quantities.duration(value);
                if (d == null) {
                    throw wrong(type, spec, value, "a duration such as 500ms, 10s, 2m or 1h");
                }
                yield d;
            }
            case PATH -> path(type, spec, value, folder);
            case CHOICE -> {
                if (!spec.choices().contains(value)) {
                    throw new MachineException("%s: %s=%s is not possible%s".formatted(type, spec.name(), value,
                        Suggestions.hint(value, spec.choices())));
                }
                yield value;
            }
        };
    }

    private static Path path(String type, OptionSpec spec, String value, Path folder) throws MachineException {
        if (value.isEmpty()) {
            throw wrong(type, spec, "", "the name of a file");
        }
        try {
            return folder.resolve(value).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw wrong(type, spec, value, "the name of a file");
        }
    }

    private static Long inRange(String type, OptionSpec spec, String value, OptionalLong number, String what)
            throws MachineException {
        if (number.isEmpty()) {
            throw wrong(type, spec, value, what);
        }
        long n = number.getAsLong();
        if (n < spec.min() || n > spec.max()) {
            boolean size = spec.type() == OptionType.SIZE;
            throw new MachineException("%s: %s=%s is out of range: %s to %s is possible".formatted(type, spec.name(),
                value, size ? Quantities.sizeText(spec.min()) : spec.min(),
                size ? Quantities.sizeText(spec.max()) : spec.max()));
        }
        return n;
    }

    private record Parsed(String type, List<OptionSpec> specs, Map<String, Object> values) implements Options {

        private <T> T get(String name, Class<T> as, OptionType... types) {
            OptionSpec spec = specs.stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow(
                () -> new IllegalArgumentException(type + " has no option " + name + " in its schema"));
            if (!List.of(types).contains(spec.type())) {
                throw new IllegalArgumentException(type + ": option " + name + " is a " + spec.type());
            }
            Object value = values.get(name);
            if (value == null) {
                throw new IllegalArgumentException(type + ": option " + name + " was not given and has no default");
            }
            return as.cast(value);
        }

        @Override
        public boolean has(String name) {
            return values.containsKey(name);
        }

        @Override
        public String string(String name) {
            return get(name, String.class, OptionType.STRING, OptionType.CHOICE, OptionType.BACKEND);
        }

        @Override
        public long integer(String name) {
            return get(name, Long.class, OptionType.INTEGER);
        }

        @Override
        public boolean bool(String name) {
            return get(name, Boolean.class, OptionType.BOOLEAN);
        }

        @Override
        public long size(String name) {
            return get(name, Long.class, OptionType.SIZE);
        }

        @Override
        public Duration duration(String name) {
            return get(name, Duration.class, OptionType.DURATION);
        }

        @Override
        public Path path(String name) {
            return get(name, Path.class, OptionType.PATH);
        }
    }
}
