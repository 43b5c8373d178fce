package dev.backplane.host.audio;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

import net.sourceforge.javaflacencoder.EncodingConfiguration;
import net.sourceforge.javaflacencoder.FLACEncoder;
import net.sourceforge.javaflacencoder.FLACFileOutputStream;
import net.sourceforge.javaflacencoder.StreamConfiguration;

import dev.backplane.api.audio.PcmFormat;

/** Makes FLAC files of WAV files that are over. */
final class FlacFile {
    /** What a file ends with that is to be made into a FLAC file. */
    static final String GROWING = ".flac.wav";
    private static final String FINAL = ".flac";
    private static final int BLOCK = 4096;
    private static final int WIDEST = 24;

    private FlacFile() {
    }

    /** The FLAC file that a growing file becomes. */
    static Path of(Path growing) {
        String name = growing.getFileName().toString();
        return growing.resolveSibling(name.substring(0, name.length() - GROWING.length()) + FINAL);
    }

    /** Whether the encoder knows the format; of 32 bits the upper 24 are kept, which are all that HD Audio has. */
    static boolean suits(PcmFormat format) {
        return format.rate() <= StreamConfiguration.MAX_SAMPLE_RATE
            && format.channels() <= StreamConfiguration.MAX_CHANNEL_COUNT;
    }

    /** Encodes; the WAV file stays. */
    static Path from(Path growing, PcmFormat format) throws IOException {
        Path to = of(growing);
        Path unfinished = to.resolveSibling(to.getFileName() + ".new");
        int bits = Math.min(format.bits(), WIDEST);
        FLACEncoder encoder = new FLACEncoder();
        encoder.setStreamConfiguration(new StreamConfiguration(format.channels(), BLOCK, BLOCK, format.rate(), bits));
        EncodingConfiguration configuration = new EncodingConfiguration();
        // with its default the library prints a line for each block of noise
        configuration.setSubframeType(EncodingConfiguration.SubframeType.LPC);
        encoder.setEncodingConfiguration(configuration);
        encoder.setThreadCount(1);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(growing));
                FLACFileOutputStream out = new FLACFileOutputStream(unfinished.toFile())) {
            encoder.setOutputStream(out);
            encoder.openFLACStream();
            in.skipNBytes(WavFile.HEADER);
            byte[] bytes = new byte[BLOCK * format.frameBytes()];
            int[] samples = new int[BLOCK * format.channels()];
            int left = 0;
            for (int count = in.readNBytes(bytes, 0, bytes.length); count >= format.frameBytes();
                    count = in.readNBytes(bytes, 0, bytes.length)) {
                int frames = count / format.frameBytes();
                for (int i = 0; i < frames * format.channels(); i++) {
                    samples[i] = sample(bytes, i, format.bits() / 8) >> format.bits() - bits;
                }
                encoder.addSamples(samples, frames);
                left += frames;
                left -= encoder.encodeSamples(encoder.fullBlockSamplesAvailableToEncode(), false);
            }
            encoder.encodeSamples(left, true);
        }
        return Files.move(unfinished, to, StandardCopyOption.REPLACE_EXISTING);
    }

    private static int sample(byte[] bytes, int index, int width) {
        int value = 0;
        for (int b = 0; b < width; b++) {
            value |= (bytes[index * width + b] & 0xFF) << b * 8;
        }
        int unused = 32 - width * 8;
        return value << unused >> unused;
    }
}
