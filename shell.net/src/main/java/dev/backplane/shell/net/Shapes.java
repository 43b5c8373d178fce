package dev.backplane.shell.net;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.net.Shape;
import dev.backplane.api.shell.CommandException;

/** How people write what a cable is like. */
final class Shapes {
    private Shapes() {
    }

    /** Bits per second: a number with K, M or G (powers of 1000); 0 is no limit. */
    static long rate(String text) throws CommandException {
        String digits = text.replaceFirst("(?i)(bit)?(/s)?$", "");
        int last = digits.length() - 1;
        long unit = last < 0 ? 1 : switch (Character.toUpperCase(digits.charAt(last))) {
            case 'K' -> 1_000L;
            case 'M' -> 1_000_000L;
            case 'G' -> 1_000_000_000L;
            default -> 1L;
        };
        try {
            double value = Double.parseDouble(unit == 1 ? digits : digits.substring(0, last));
            if (value >= 0 && value * unit < 1e15) {
                return Math.round(value * unit);
            }
        } catch (NumberFormatException e) {
            throw new CommandException("rate=" + text + " is not a rate such as 10M (bits per second)", e);
        }
        throw new CommandException("rate=" + text + " is out of range; 0 is no limit");
    }

    /** A share: {@code 5%} or {@code 0.05}. */
    static double loss(String text) throws CommandException {
        boolean percent = text.endsWith("%");
        try {
            double value = Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text);
            return percent ? value / 100 : value;
        } catch (NumberFormatException e) {
            throw new CommandException("loss=" + text + " is not a share such as 5%", e);
        }
    }

    /** A time: {@code 50ms}, {@code 0.5s}, {@code 200us}; a number alone is milliseconds. */
    static Duration delay(String text) throws CommandException {
        String unit = text.replaceFirst("^[0-9.]*", "");
        double nanos = switch (unit) {
            case "us" -> 1e3;
            case "ms", "" -> 1e6;
            case "s" -> 1e9;
            default -> throw new CommandException("delay=" + text + " is not a time such as 50ms");
        };
        try {
            return Duration.ofNanos(Math.round(Double.parseDouble(text.substring(0, text.length() - unit.length()))
                * nanos));
        } catch (NumberFormatException e) {
            throw new CommandException("delay=" + text + " is not a time such as 50ms", e);
        }
    }

    /** As it is written: {@code rate=10M delay=50ms loss=5%}; empty for a perfect cable. */
    static String text(Shape shape) {
        List<String> parts = new ArrayList<>();
        if (shape.bitsPerSecond() > 0) {
            parts.add("rate=" + rateText(shape.bitsPerSecond()));
        }
        if (!shape.delay().isZero()) {
            parts.add("delay=" + number(shape.delay().toNanos() / 1e6) + "ms");
        }
        if (shape.loss() > 0) {
            parts.add("loss=" + number(shape.loss() * 100) + "%");
        }
        return String.join(" ", parts);
    }

    /** The same of both directions of a cable: {@code in delay=50ms, out loss=5%} if they differ. */
    static String text(NetworkConnection cable) {
        Shape out = cable.shape(true);
        Shape in = cable.shape(false);
        if (out.equals(in)) {
            return text(out);
        }
        List<String> parts = new ArrayList<>();
        if (!text(in).isEmpty()) {
            parts.add("in " + text(in));
        }
        if (!text(out).isEmpty()) {
            parts.add("out " + text(out));
        }
        return String.join(", ", parts);
    }

    private static String rateText(long bits) {
        if (bits % 1_000_000_000 == 0) {
            return bits / 1_000_000_000 + "G";
        }
        if (bits % 1_000_000 == 0) {
            return bits / 1_000_000 + "M";
        }
        return bits % 1_000 == 0 ? bits / 1_000 + "K" : Long.toString(bits);
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.3f", value);
        return text.replaceFirst("\\.?0+$", "");
    }
}
