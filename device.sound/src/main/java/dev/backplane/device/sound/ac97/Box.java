package dev.backplane.device.sound.ac97;

import dev.backplane.api.audio.PcmFormat;

/** The bus master boxes in the order of their registers, each of 16 bytes. */
enum Box {
    /** PCM in: stereo, from the codec's main converter. */
    PI("microphone", 2, 5),
    /** PCM out: stereo. */
    PO("line", 2, 6),
    /** Microphone in: mono, always at the rate of the link. */
    MC("microphone-mono", 1, 7);

    private final String stream;
    private final int channels;
    private final int interruptBit;

    Box(String stream, int channels, int interruptBit) {
        this.stream = stream;
        this.channels = channels;
        this.interruptBit = interruptBit;
    }

    /** The host's name of its stream. */
    String stream() {
        return stream;
    }

    int channels() {
        return channels;
    }

    boolean output() {
        return this == PO;
    }

    /** Its bit in the global status register. */
    int interruptBit() {
        return interruptBit;
    }

    /** What it moves, as the codec is set. */
    PcmFormat format(Mixer mixer) {
        int rate = switch (this) {
            case PI -> mixer.inputRate();
            case PO -> mixer.outputRate();
            case MC -> Mixer.LINK_RATE;
        };
        return new PcmFormat(rate, channels, 16);
    }
}
