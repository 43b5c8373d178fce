package dev.backplane.host.audio;

import javax.sound.sampled.AudioFormat;

import dev.backplane.api.audio.PcmFormat;

/** Makes one PCM format of another: rate by linear interpolation, channels by repetition or averaging. */
final class Resampler {
    private Resampler() {
    }

    static byte[] convert(byte[] from, AudioFormat source, PcmFormat target) {
        int sourceFrame = source.getFrameSize();
        int sourceBytes = source.getSampleSizeInBits() / 8;
        int frames = from.length / sourceFrame;
        long count = (long) (frames * (target.rate() / (double) source.getSampleRate()));
        byte[] to = new byte[(int) Math.min(Integer.MAX_VALUE - 8L, count * target.frameBytes())];
        int bytes = target.bits() / 8;
        for (int i = 0; i < to.length / target.frameBytes(); i++) {
            double at = i * (double) source.getSampleRate() / target.rate();
            int first = Math.min((int) at, frames - 1);
            int second = Math.min(first + 1, frames - 1);
            double part = at - (int) at;
            for (int c = 0; c < target.channels(); c++) {
                double a = sample(from, first * sourceFrame, sourceBytes, source.getChannels(), c, target.channels());
                double b = sample(from, second * sourceFrame, sourceBytes, source.getChannels(), c,
                    target.channels());
                long value = Math.round((a + (b - a) * part) * (double) (1L << target.bits() - 1));
                long clamped = Math.clamp(value, -(1L << target.bits() - 1), (1L << target.bits() - 1) - 1);
                int place = i * target.frameBytes() + c * bytes;
                for (int k = 0; k < bytes; k++) {
                    to[place + k] = (byte) (clamped >> k * 8);
                }
            }
        }
        return to;
    }

    /** A sample between -1 and 1. */
    private static double sample(byte[] from, int frame, int bytes, int channels, int channel, int wanted) {
        if (wanted == 1 && channels > 1) {
            double sum = 0;
            for (int c = 0; c < channels; c++) {
                sum += one(from, frame + c * bytes, bytes);
            }
            return sum / channels;
        }
        return one(from, frame + Math.min(channel, channels - 1) * bytes, bytes);
    }

    private static double one(byte[] from, int at, int bytes) {
        long value = 0;
        for (int b = 0; b < bytes; b++) {
            value |= (from[at + b] & 0xFFL) << b * 8;
        }
        long extended = value << 64 - bytes * 8 >> 64 - bytes * 8;
        return extended / (double) (1L << bytes * 8 - 1);
    }
}
