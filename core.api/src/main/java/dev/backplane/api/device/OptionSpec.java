package dev.backplane.api.device;

import java.util.List;
import java.util.Objects;

import dev.backplane.api.host.HostEndpoint;

/**
 * One option of a device type; completion, validation and help are made from it.
 *
 * @param name         lower-case letters, digits and dashes
 * @param type         how its text is understood
 * @param required     whether it must be given
 * @param defaultValue the text used if it is not given, or null for none
 * @param min          the least value of an INTEGER or SIZE
 * @param max          the greatest value of an INTEGER or SIZE
 * @param choices      the values of a CHOICE; the class name of the endpoints of a BACKEND; else empty
 * @param description  one line for people, with the unit
 */
public record OptionSpec(String name, OptionType type, boolean required, String defaultValue, long min, long max,
        List<String> choices, String description) {
    public OptionSpec {
        Objects.requireNonNull(name);
        Objects.requireNonNull(type);
        Objects.requireNonNull(description);
        choices = List.copyOf(choices);
    }

    private static OptionSpec of(String name, OptionType type, String defaultValue, String description) {
        return new OptionSpec(name, type, false, defaultValue, Long.MIN_VALUE, Long.MAX_VALUE, List.of(), description);
    }

    public static OptionSpec string(String name, String defaultValue, String description) {
        return of(name, OptionType.STRING, defaultValue, description);
    }

    public static OptionSpec bool(String name, boolean defaultValue, String description) {
        return of(name, OptionType.BOOLEAN, Boolean.toString(defaultValue), description);
    }

    public static OptionSpec path(String name, String description) {
        return of(name, OptionType.PATH, null, description);
    }

    /** A file or folder that is used if none is given. */
    public static OptionSpec path(String name, String defaultValue, String description) {
        return of(name, OptionType.PATH, defaultValue, description);
    }

    public static OptionSpec duration(String name, String defaultValue, String description) {
        return of(name, OptionType.DURATION, defaultValue, description);
    }

    public static OptionSpec integer(String name, long defaultValue, long min, long max, String description) {
        return new OptionSpec(name, OptionType.INTEGER, false, Long.toString(defaultValue), min, max, List.of(),
            description);
    }

    public static OptionSpec size(String name, String defaultValue, long min, long max, String description) {
        return new OptionSpec(name, OptionType.SIZE, false, defaultValue, min, max, List.of(), description);
    }

    public static OptionSpec choice(String name, String defaultValue, List<String> choices, String description) {
        return new OptionSpec(name, OptionType.CHOICE, false, defaultValue, Long.MIN_VALUE, Long.MAX_VALUE, choices,
            description);
    }

    /**
     * A host side of the card; the options of the chosen backend are given with this one's name and a dot before them.
     *
     * @param kind         what its endpoints are
     * @param defaultValue the name of the backend if none is given, or null for none
     */
    public static OptionSpec backend(String name, Class<? extends HostEndpoint> kind, String defaultValue,
            String description) {
        return new OptionSpec(name, OptionType.BACKEND, false, defaultValue, Long.MIN_VALUE, Long.MAX_VALUE,
            List.of(kind.getName()), description);
    }

    /** The same option, but it must be given. */
    public OptionSpec asRequired() {
        return new OptionSpec(name, type, true, null, min, max, choices, description);
    }
}
