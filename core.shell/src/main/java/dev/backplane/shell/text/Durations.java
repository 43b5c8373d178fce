package dev.backplane.shell.text;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as users write them: a number with {@code ms}, {@code s}, {@code m} or {@code h}; seconds without. */
public final class Durations {

    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(\\.[0-9]{1,3})?(ms|s|m|h)?");

    private Durations() {
    }

    /**
     * A duration.
     *
     * @throws IllegalArgumentException if the text is none
     */
    public static Duration parse(String text) {
        Matcher matcher = DURATION.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not a time; write it like 120s, 500ms or 2m");
        }
        String fraction = matcher.group(2) == null ? "" : matcher.group(2);
        double number = Double.parseDouble(matcher.group(1) + fraction);
        double milliseconds = switch (matcher.group(3) == null ? "s" : matcher.group(3)) {
            case "ms" -> number;
            case "m" -> number * 60_000;
            case "h" -> number * 3_600_000;
            default -> number * 1000;
        };
        return Duration.ofMillis(Math.round(milliseconds));
    }

    /** For people: {@code 90s}, {@code 2m}, {@code 1h5m}, {@code 1.5s}. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 1000) {
            return millis + "ms";
        }
        if (millis % 1000 != 0 && millis < 60_000) {
            return String.format(Locale.ROOT, "%.1fs", millis / 1000.0);
        }
        long seconds = millis / 1000;
        if (seconds < 120) {
            return seconds + "s";
        }
        StringBuilder text = new StringBuilder();
        append(text, seconds / 3600, "h");
        append(text, seconds / 60 % 60, "m");
        append(text, seconds % 60, "s");
        return text.toString();
    }

    private static void append(StringBuilder text, long number, String unit) {
        if (number != 0) {
            text.append(number).append(unit);
        }
    }
}
