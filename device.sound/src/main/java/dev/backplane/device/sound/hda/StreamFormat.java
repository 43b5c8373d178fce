package dev.backplane.device.sound.hda;

import dev.backplane.api.audio.PcmFormat;

/** Stream formats as registers and converters have them (3.7.1). */
final class StreamFormat {
    private StreamFormat() {
    }

    /** The format, or null if it is none that this card has. */
    static PcmFormat of(int bits) {
        int base = (bits & 0x4000) != 0 ? 44_100 : 48_000;
        int multiple = (bits >> 11 & 7) + 1;
        int divisor = (bits >> 8 & 7) + 1;
        int rate = base * multiple / divisor;
        int width = switch (bits >> 4 & 7) {
            case 1 -> 16;
            case 2, 3, 4 -> 32;
            default -> 0;
        };
        int channels = (bits & 15) + 1;
        boolean pcm = (bits & 0x8000) == 0;
        return pcm && multiple <= 4 && width != 0 && channels <= 8 && rate >= 4000 && rate <= 192_000
            ? new PcmFormat(rate, channels, width) : null;
    }
}
