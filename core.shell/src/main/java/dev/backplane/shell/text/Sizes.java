package dev.backplane.shell.text;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes in bytes as users write them: a number and K, M, G or T, powers of 1024, optionally with B or iB. */
public final class Sizes {

    private static final Pattern SIZE = Pattern.compile("([0-9]+)\\s*([KMGT]?)(I?B)?", Pattern.CASE_INSENSITIVE);
    private static final String UNITS = "KMGT";

    private Sizes() {
    }

    /**
     * Bytes.
     *
     * @throws IllegalArgumentException if the text is no size or more than 2^63-1 bytes
     */
    public static long parse(String text) {
        Matcher matcher = SIZE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not a size; write it like 512M or 2G");
        }
        String unit = matcher.group(2).toUpperCase(Locale.ROOT);
        int shift = unit.isEmpty() ? 0 : 10 * (UNITS.indexOf(unit) + 1);
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" is too large", e);
        }
    }

    /** The shortest exact text: {@code 512M}, {@code 1536K}, {@code 1000}. */
    public static String format(long bytes) {
        long value = bytes;
        int unit = -1;
        while (value != 0 && value % 1024 == 0 && unit < UNITS.length() - 1) {
            value /= 1024;
            unit++;
        }
        return unit < 0 ? Long.toString(value) : Long.toString(value) + UNITS.charAt(unit);
    }

    /** For people, rounded to a tenth: {@code 37.4M}. */
    public static String rounded(long bytes) {
        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit < UNITS.length() - 1) {
            value /= 1024;
            unit++;
        }
        return unit < 0 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f%c", value, UNITS.charAt(unit));
    }
}
