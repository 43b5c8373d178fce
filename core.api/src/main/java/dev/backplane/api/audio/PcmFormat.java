package dev.backplane.api.audio;

/**
 * Signed little-endian interleaved PCM.
 *
 * @param rate     frames per second, 4000 to 192000
 * @param channels 1 to 8
 * @param bits     16, 24 (in 3 bytes) or 32 (in 4 bytes) per sample
 */
public record PcmFormat(int rate, int channels, int bits) {
    /** @throws IllegalArgumentException if a value is out of range */
    public PcmFormat {
        if (rate < 4000 || rate > 192_000 || channels < 1 || channels > 8 || bits != 16 && bits != 24 && bits != 32) {
            throw new IllegalArgumentException(rate + " Hz, " + channels + " channels, " + bits + " bits");
        }
    }

    /** Bytes of one frame: one sample of each channel. */
    public int frameBytes() {
        return channels * (bits / 8);
    }
}
