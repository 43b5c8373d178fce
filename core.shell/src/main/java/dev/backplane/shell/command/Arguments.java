package dev.backplane.shell.command;

import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.text.Durations;
import dev.backplane.shell.text.Sizes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * The words given to a command, sorted by its signature.
 *
 * @param parameters values by position
 * @param options    values by option name; a flag that is set has one empty value
 */
public record Arguments(List<String> parameters, Map<String, List<String>> options) {

    /** The parameter at a position that the signature requires. */
    public String at(int position) {
        return parameters.get(position);
    }

    /** The parameter at a position if it was given. */
    public Optional<String> optionalAt(int position) {
        return position < parameters.size() ? Optional.of(parameters.get(position)) : Optional.empty();
    }

    /** All parameters from a position on. */
    public List<String> from(int position) {
        return parameters.subList(Math.min(position, parameters.size()), parameters.size());
    }

    /** Whether the flag or option was given. */
    public boolean has(String option) {
        return options.containsKey(option);
    }

    /** The value of an option that was given. */
    public Optional<String> option(String option) {
        return has(option) ? Optional.of(options.get(option).getLast()) : Optional.empty();
    }

    /** All values of an option, in order. */
    public List<String> all(String option) {
        return options.getOrDefault(option, List.of());
    }

    /** The value of an option in bytes. */
    public OptionalLong size(String option) throws CommandException {
        return has(option) ? OptionalLong.of(checked("--" + option + ": ", option(option).orElseThrow(), Sizes::parse))
                : OptionalLong.empty();
    }

    /** The value of an option as a number. */
    public OptionalLong number(String option) throws CommandException {
        return has(option)
                ? OptionalLong.of(checked("--" + option + ": ", option(option).orElseThrow(), Arguments::parseNumber))
                : OptionalLong.empty();
    }

    /** The parameter at a position as a time, or another. */
    public Duration duration(int position, Duration otherwise) throws CommandException {
        return position < parameters.size() ? checked("", at(position), Durations::parse) : otherwise;
    }

    /** The value of an option as a time, or another. */
    public Duration duration(String option, Duration otherwise) throws CommandException {
        return has(option) ? checked("--" + option + ": ", option(option).orElseThrow(), Durations::parse) : otherwise;
    }

    private static long parseNumber(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not a whole number", e);
        }
    }

    private static <T> T checked(String what, String text, Function<String, T> parser)
            throws CommandException {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new CommandException(what + e.getMessage(), e);
        }
    }
}
