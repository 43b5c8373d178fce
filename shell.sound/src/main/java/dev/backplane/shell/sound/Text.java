package dev.backplane.shell.sound;

import java.util.Locale;

import dev.backplane.api.audio.PcmFormat;

/** Formats and levels for people. */
final class Text {
    private static final int METER = 30;
    private static final double SOFTEST_DB = -60;

    private Text() {
    }

    static String format(PcmFormat format) {
        return "%d Hz, %s, %d bits".formatted(format.rate(), switch (format.channels()) {
            case 1 -> "mono";
            case 2 -> "stereo";
            default -> format.channels() + " channels";
        }, format.bits());
    }

    /** @param peak 0 to 1 */
    static String decibels(double peak) {
        return peak <= 0 ? "silent" : String.format(Locale.ROOT, "%.1f dB", 20 * Math.log10(peak));
    }

    /** A bar of 60 dB. */
    static String meter(double peak) {
        double db = peak <= 0 ? SOFTEST_DB : Math.max(SOFTEST_DB, 20 * Math.log10(peak));
        int full = (int) Math.round((1 - db / SOFTEST_DB) * METER);
        return "\u2588".repeat(full) + "\u2591".repeat(METER - full);
    }
}
