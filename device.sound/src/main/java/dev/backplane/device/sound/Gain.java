package dev.backplane.device.sound;

import dev.backplane.api.audio.PcmFormat;

/** Makes PCM softer; at full volume it is left as it is, bit for bit. Not thread-safe. */
public final class Gain {
    /** Full volume: samples stay as they are. */
    public static final double FULL = 1;

    private Gain() {
    }

    /** From decibels, 0 or less. */
    public static double ofDecibels(double decibels) {
        return decibels >= 0 ? FULL : Math.pow(10, decibels / 20);
    }

    /**
     * Changes samples in place.
     *
     * @param left  factor of the even channels, 0 to 1
     * @param right factor of the odd channels, 0 to 1
     */
    public static void apply(byte[] pcm, int offset, int length, PcmFormat format, double left, double right) {
        if (left == FULL && right == FULL) {
            return;
        }
        int bytes = format.bits() / 8;
        int samples = length / bytes;
        for (int i = 0; i < samples; i++) {
            double factor = i % format.channels() % 2 == 0 ? left : right;
            int at = offset + i * bytes;
            long value = 0;
            for (int b = 0; b < bytes; b++) {
                value |= (pcm[at + b] & 0xFFL) << b * 8;
            }
            long extended = value << 64 - bytes * 8 >> 64 - bytes * 8;
            long scaled = Math.round(extended * factor);
            for (int b = 0; b < bytes; b++) {
                pcm[at + b] = (byte) (scaled >> b * 8);
            }
        }
    }
}
