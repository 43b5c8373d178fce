package dev.backplane.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.device.Options;

/** Options parsed from text against a schema, as the core does it for users. */
final class TestOptions implements Options {
    private final Map<String, OptionSpec> schema = new HashMap<>();
    private final Map<String, String> given;

    TestOptions(List<OptionSpec> specs, Map<String, String> given) {
        this.given = Map.copyOf(given);
        specs.forEach(spec -> schema.put(spec.name(), spec));
        for (OptionSpec spec : specs) {
            if (spec.required() && !given.containsKey(spec.name())) {
                throw new IllegalArgumentException("option " + spec.name() + " is missing");
            }
        }
        given.keySet().forEach(this::spec);
    }

    private OptionSpec spec(String name) {
        OptionSpec spec = schema.get(name);
        if (spec == null) {
            throw new IllegalArgumentException("no option " + name + " in the schema");
        }
        return spec;
    }

    private String text(String name, OptionType... types) {
        OptionSpec spec = spec(name);
        if (!List.of(types).contains(spec.type())) {
            throw new IllegalArgumentException("option " + name + " is a " + spec.type());
        }
        String text = given.getOrDefault(name, spec.defaultValue());
        if (text == null) {
            throw new IllegalArgumentException("option " + name + " has no value");
        }
        return text;
    }

    private long checked(String name, long value) {
        OptionSpec spec = spec(name);
        if (value < spec.min() || value > spec.max()) {
            throw new IllegalArgumentException("option " + name + "=" + value + " is out of range");
        }
        return value;
    }

    @Override
    public boolean has(String name) {
        return given.containsKey(name) || spec(name).defaultValue() != null;
    }

    @Override
    public String string(String name) {
        String text = text(name, OptionType.STRING, OptionType.CHOICE, OptionType.BACKEND);
        OptionSpec spec = spec(name);
        if (spec.type() == OptionType.CHOICE && !spec.choices().contains(text)) {
            throw new IllegalArgumentException("option " + name + "=" + text + ": one of " + spec.choices());
        }
        return text;
    }

    @Override
    public long integer(String name) {
        return checked(name, Long.decode(text(name, OptionType.INTEGER)));
    }

    @Override
    public boolean bool(String name) {
        return switch (text(name, OptionType.BOOLEAN)) {
            case "true", "on", "yes" -> true;
            case "false", "off", "no" -> false;
            case String other -> throw new IllegalArgumentException("option " + name + "=" + other);
        };
    }

    @Override
    public long size(String name) {
        String text = text(name, OptionType.SIZE);
        int shift = switch (text.charAt(text.length() - 1)) {
            case 'K' -> 10;
            case 'M' -> 20;
            case 'G' -> 30;
            case 'T' -> 40;
            default -> 0;
        };
        return checked(name, Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1)) << shift);
    }

    @Override
    public Duration duration(String name) {
        String text = text(name, OptionType.DURATION);
        if (text.endsWith("ms")) {
            return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
        }
        long amount = Long.parseLong(text.substring(0, text.length() - 1));
        return switch (text.charAt(text.length() - 1)) {
            case 's' -> Duration.ofSeconds(amount);
            case 'm' -> Duration.ofMinutes(amount);
            case 'h' -> Duration.ofHours(amount);
            default -> throw new IllegalArgumentException("option " + name + "=" + text);
        };
    }

    @Override
    public Path path(String name) {
        return Path.of(text(name, OptionType.PATH)).toAbsolutePath();
    }
}
