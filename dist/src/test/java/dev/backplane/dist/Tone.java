package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/**
 * What became of a tone of 440 Hz in a sound file. A sine's samples follow from the two before each; where they do not,
 * something was left out, repeated or silent.
 *
 * @param file   the file
 * @param rate   frames per second
 * @param frames how many
 * @param breaks where the sine is broken, in seconds; what is nearer than 20 ms to another is the same one
 * @param hertz  from zero crossings between the first and the last one
 */
record Tone(Path file, int rate, int frames, List<Double> breaks, double hertz) {

    private static final double HERTZ = 440;
    /** Rounding to 16 bits and dither make less. */
    private static final double NOISE = 40;
    /** A zero crossing of something loud is at least as steep as this. */
    private static final int LOUD = 500;

    static Tone of(Path file) throws IOException, UnsupportedAudioFileException {
        try (AudioInputStream in = AudioSystem.getAudioInputStream(file.toFile())) {
            int rate = (int) in.getFormat().getSampleRate();
            int frame = in.getFormat().getFrameSize();
            byte[] pcm = in.readAllBytes();
            int[] samples = new int[pcm.length / frame];
            for (int i = 0; i < samples.length; i++) {
                samples[i] = (short) (pcm[i * frame] & 0xFF | pcm[i * frame + 1] << 8);
            }
            return new Tone(file, rate, samples.length, breaks(samples, rate), hertz(samples, rate));
        }
    }

    private static List<Double> breaks(int[] samples, int rate) {
        double k = 2 * Math.cos(2 * Math.PI * HERTZ / rate);
        List<Double> all = new ArrayList<>();
        int last = -rate;
        int silent = 0;
        for (int i = 2; i < samples.length; i++) {
            silent = samples[i] == 0 ? silent + 1 : 0;
            if (Math.abs(samples[i] - k * samples[i - 1] + samples[i - 2]) > NOISE || silent > 3) {
                if (i - last > rate / 50) {
                    all.add(i / (double) rate);
                }
                last = i;
            }
        }
        return all;
    }

    private static double hertz(int[] samples, int rate) {
        double first = -1;
        double latest = -1;
        int count = -1;
        for (int i = 1; i < samples.length; i++) {
            if (samples[i - 1] < 0 && samples[i] >= 0 && samples[i] - samples[i - 1] > LOUD) {
                latest = i - samples[i] / (double) (samples[i] - samples[i - 1]);
                first = first < 0 ? latest : first;
                count++;
            }
        }
        return (double) count * rate / (latest - first);
    }

    /**
     * Breaks within the tone. Its very ends are not pure where its maker resampled it, and what a card plays until it is
     * stopped comes after.
     */
    List<Double> gaps(double seconds) {
        return breaks.stream().filter(at -> at > 0.01 && at < seconds - 0.01).toList();
    }

    private static boolean hostIsLoaded() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()
                > Runtime.getRuntime().availableProcessors();
    }

    /**
     * One tone without a gap, as long as it was made. A card is stopped some time after the end: within 50 ms, or half a
     * second on a host that has more to do than processors.
     */
    void assertWhole(double seconds) {
        assertEquals(List.of(), gaps(seconds), () -> file + " has gaps at these seconds");
        double length = frames / (double) rate;
        assertTrue(length > seconds - 0.001 && length < seconds + (hostIsLoaded() ? 0.5 : 0.05), () -> file + " is "
                + length + " s long instead of " + seconds);
        assertEquals(HERTZ, hertz, 0.5, file::toString);
    }

    /**
     * A player's tones, a file each. Where the host is so loaded that the player itself said it was too late (it begins
     * anew then, in another file), nothing but its silence may be missing.
     *
     * @param count  of tones
     * @param player what the player printed
     */
    static void assertWhole(List<Path> files, int count, double seconds, String player)
            throws IOException, UnsupportedAudioFileException {
        int late = player.split("underrun!!!", -1).length - 1;
        if (late == 0 || files.size() == count) {
            assertEquals(count, files.size(), () -> files + player);
            for (Path file : files) {
                Tone.of(file).assertWhole(seconds);
            }
            return;
        }
        assertTrue(hostIsLoaded() && files.size() <= count + late, () -> "the player was late: " + files + player);
        double sum = 0;
        for (Path file : files) {
            Tone part = Tone.of(file);
            sum += part.frames() / (double) part.rate();
            assertTrue(part.gaps(seconds).size() <= 1, () -> file + " has gaps at " + part.breaks());
        }
        assertTrue(sum > count * seconds - 0.001, sum + " s of sound");
    }
}
