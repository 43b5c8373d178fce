package dev.backplane.machine.spec;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes, numbers and durations as people write them. */
public final class Quantities {
    private static final Pattern SIZE =
        Pattern.compile("(\\d{1,18}|0[xX][0-9a-fA-F]{1,16})\\s*([kKmMgGtT]?)(?:i?[bB])?");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h)");
    private static final Pattern INTEGER = Pattern.compile("[+-]?(?:0[xX][0-9a-fA-F]{1,16}|\\d{1,19})");

    private Quantities() {
    }

    /** Bytes: a number with an optional suffix K, M, G or T (powers of 1024); empty if it is none. */
    public static OptionalLong size(String text) {
        Matcher m = SIZE.matcher(text.strip());
        if (!m.matches()) {
            return OptionalLong.empty();
        }
        int shift = switch (m.group(2).toLowerCase(Locale.ROOT)) {
            case "k" -> 10;
            case "m" -> 20;
            case "g" -> 30;
            case "t" -> 40;
            default -> 0;
        };
        OptionalLong number = integer(m.group(1));
        return number.isPresent() && number.getAsLong() >= 0 && number.getAsLong() <= Long.MAX_VALUE >> shift
            ? OptionalLong.of(number.getAsLong() << shift) : OptionalLong.empty();
    }

    /** A decimal or 0x-prefixed number with sign; empty if it is none or has more than 64 bits. */
    public static OptionalLong integer(String text) {
        String s = text.strip();
        if (!INTEGER.matcher(s).matches()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.decode(leadingZeroesGone(s)));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** {@code Long.decode} would read 010 as octal, which nobody expects. */
    private static String leadingZeroesGone(String s) {
        return s.replaceFirst("^([+-]?)0+(?=\\d)", "$1");
    }

    /** A number with the suffix ms, s, m or h; null if it is none. */
    public static Duration duration(String text) {
        Matcher m = DURATION.matcher(text.strip());
        if (!m.matches()) {
            return null;
        }
        long n = Long.parseLong(m.group(1));
        return switch (m.group(2)) {
            case "ms" -> Duration.ofMillis(n);
            case "s" -> Duration.ofSeconds(n);
            case "m" -> Duration.ofMinutes(n);
            default -> Duration.ofHours(n);
        };
    }

    /** Bytes as a person would write them: the largest unit that gives a whole number. */
    public static String sizeText(long bytes) {
        String units = "KMGT";
        int shift = 40;
        for (int i = 3; i >= 0; i--, shift -= 10) {
            if (bytes != 0 && (bytes & ((1L << shift) - 1)) == 0) {
                return (bytes >>> shift) + units.substring(i, i + 1);
            }
        }
        return Long.toString(bytes);
    }
}
