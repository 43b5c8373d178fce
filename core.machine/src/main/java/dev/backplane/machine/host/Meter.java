package dev.backplane.machine.host;

import dev.backplane.api.audio.AudioConnection.Stream;
import dev.backplane.api.audio.PcmFormat;

/** Counts and measures one stream of sound. Threading: any thread. */
final class Meter {
    private final String name;
    private final boolean playback;
    private final PcmFormat format;
    private final int halfSecond;
    private long frames;
    /** Of the half second that is being measured, and of the one before. */
    private int peakNow;
    private int peakBefore;
    private int measured;

    Meter(String name, boolean playback, PcmFormat format) {
        this.name = name;
        this.playback = playback;
        this.format = format;
        halfSecond = format.rate() / 2;
    }

    boolean is(PcmFormat other) {
        return format.equals(other);
    }

    synchronized void passed(byte[] pcm, int offset, int length) {
        int bytes = format.bits() / 8;
        int peak = 0;
        // the upper 16 bits tell enough
        for (int at = offset + bytes - 2; at + 1 < offset + length; at += bytes) {
            int sample = (short) (pcm[at] & 0xFF | pcm[at + 1] << 8);
            peak = Math.max(peak, Math.abs(sample));
        }
        int count = length / format.frameBytes();
        frames += count;
        measured += count;
        peakNow = Math.max(peakNow, peak);
        if (measured >= halfSecond) {
            peakBefore = peakNow;
            peakNow = 0;
            measured = 0;
        }
    }

    synchronized Stream stream() {
        return new Stream(name, playback, format, frames, Math.min(1, Math.max(peakNow, peakBefore) / 32_767.0));
    }
}
