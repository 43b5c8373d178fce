package dev.backplane.host.audio;

import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.DataLine;
import javax.sound.sampled.LineUnavailableException;
import javax.sound.sampled.Mixer;

import dev.backplane.api.audio.PcmFormat;

/** Lines of the host's sound devices: 16 bits, at the stream's rate where the device has it. */
final class DeviceLine {
    static final int BYTES = 2;
    private static final int USUAL_RATE = 48_000;
    /** What the device itself buffers. */
    private static final double BUFFER_SECONDS = 0.06;

    private DeviceLine() {
    }

    /** A line for a stream, not open yet: of its rate, or of the usual one. */
    static <L extends DataLine> L of(Mixer mixer, Class<L> kind, PcmFormat stream) throws LineUnavailableException {
        DataLine.Info info = new DataLine.Info(kind, format(stream.rate(), stream.channels()));
        if (!mixer.isLineSupported(info)) {
            info = new DataLine.Info(kind, format(USUAL_RATE, stream.channels()));
        }
        if (!mixer.isLineSupported(info)) {
            throw new LineUnavailableException("%s has neither %d nor %d Hz with %d channels of 16 bits".formatted(
                mixer.getMixerInfo().getName(), stream.rate(), USUAL_RATE, stream.channels()));
        }
        return kind.cast(mixer.getLine(info));
    }

    static AudioFormat format(int rate, int channels) {
        return new AudioFormat(AudioFormat.Encoding.PCM_SIGNED, rate, 16, channels, channels * BYTES, rate, false);
    }

    /** The device's buffer for a format, in bytes. */
    static int buffer(AudioFormat format) {
        return (int) (format.getFrameRate() * BUFFER_SECONDS) * format.getFrameSize();
    }

    /** What is moved at once: 10 ms. */
    static int block(AudioFormat format) {
        return (int) (format.getFrameRate() / 100);
    }
}
