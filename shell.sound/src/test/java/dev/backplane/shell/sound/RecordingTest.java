package dev.backplane.shell.sound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.audio.AudioConnection;
import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.shell.CommandException;

class RecordingTest {
    private static final PcmFormat STEREO = new PcmFormat(48_000, 2, 16);
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    Path folder;

    private final Recordings recordings = new Recordings();

    /** A sound card that plays what the test says. */
    private static final class Fake implements AudioConnection {
        private final List<Watcher> watchers = new ArrayList<>();
        private final String card;

        Fake(String card) {
            this.card = card;
        }

        @Override
        public String card() {
            return card;
        }

        @Override
        public String backend() {
            return "fake";
        }

        @Override
        public List<Stream> streams() {
            return List.of();
        }

        @Override
        public AutoCloseable watch(Watcher watcher) {
            watchers.add(watcher);
            return () -> watchers.remove(watcher);
        }

        /** In parts of 10 ms. */
        void play(PcmFormat format, byte[] pcm, long nanoTime) {
            int part = format.rate() / 100 * format.frameBytes();
            for (int at = 0; at < pcm.length; at += part) {
                int length = Math.min(part, pcm.length - at);
                long time = nanoTime + at / format.frameBytes() * SECOND / format.rate();
                for (Watcher w : List.copyOf(watchers)) {
                    w.played("line", format, pcm, at, length, time);
                }
            }
        }
    }

    private static byte[] noise(int length, int seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] constant(int samples, int value) {
        byte[] bytes = new byte[samples * 2];
        for (int i = 0; i < samples; i++) {
            bytes[i * 2] = (byte) value;
            bytes[i * 2 + 1] = (byte) (value >> 8);
        }
        return bytes;
    }

    private static int left(byte[] pcm, double seconds) {
        int at = (int) (seconds * 48_000) * 4;
        return (short) (pcm[at] & 0xFF | pcm[at + 1] << 8);
    }

    private byte[] recorded(Path file) throws Exception {
        recordings.stop("demo");
        try (AudioInputStream in = AudioSystem.getAudioInputStream(file.toFile())) {
            assertEquals(2, in.getFormat().getChannels());
            byte[] pcm = in.readAllBytes();
            assertEquals(in.getFrameLength() * 4, pcm.length);
            return pcm;
        }
    }

    @Test
    void aStreamOfTheFilesRateIsRecordedBitForBit() throws Exception {
        Fake card = new Fake("hda0");
        Path file = folder.resolve("a.wav");
        recordings.start("demo", List.of(card), 48_000, file);
        byte[] pcm = noise(48_000 * 4 * 3 + 16, 1);
        card.play(STEREO, pcm, 5 * SECOND);
        assertArrayEquals(pcm, recorded(file));
        card.play(STEREO, pcm, 9 * SECOND);
        assertTrue(card.watchers.isEmpty());
    }

    @Test
    void cardsAreMixedEachFrameInItsPlaceAndSilenceBetweenSoundsIsShort() throws Exception {
        Fake one = new Fake("hda0");
        Fake two = new Fake("pcspk0");
        Path file = folder.resolve("b.wav");
        recordings.start("demo", List.of(one, two), 48_000, file);
        PcmFormat mono = new PcmFormat(24_000, 1, 16);
        one.play(STEREO, constant(48_000, 1000), SECOND);
        two.play(mono, constant(24_000, 200), SECOND + SECOND / 4);
        one.play(STEREO, constant(4800, 3000), 100 * SECOND);
        byte[] pcm = recorded(file);
        assertEquals(1.25 + 1 + 0.05, pcm.length / 4 / 48_000.0, 0.001);
        assertEquals(1000, left(pcm, 0.1));
        assertEquals(1200, left(pcm, 0.4));
        assertEquals(200, left(pcm, 0.9));
        assertEquals(0, left(pcm, 1.5));
        assertEquals(3000, left(pcm, 2.27));
    }

    @Test
    void whatIsTooLoudTogetherIsClipped() throws Exception {
        Fake one = new Fake("a");
        Fake two = new Fake("b");
        Path file = folder.resolve("c.wav");
        recordings.start("demo", List.of(one, two), 48_000, file);
        one.play(STEREO, constant(9600, 30_000), 0);
        two.play(STEREO, constant(9600, 30_000), 0);
        assertEquals(32_767, left(recorded(file), 0.05));
    }

    @Test
    void framesOfThirtyTwoBitsKeepTheirUpperSixteen() throws Exception {
        Fake card = new Fake("hda0");
        Path file = folder.resolve("d.aiff");
        recordings.start("demo", List.of(card), 48_000, file);
        byte[] pcm = new byte[48_000];
        for (int i = 0; i < pcm.length; i += 4) {
            Arrays.fill(pcm, i, i + 2, (byte) 0x55);
            pcm[i + 2] = 0x34;
            pcm[i + 3] = 0x12;
        }
        card.play(new PcmFormat(48_000, 2, 32), pcm, 0);
        recordings.stop("demo");
        try (AudioInputStream in = AudioSystem.getAudioInputStream(file.toFile())) {
            assertTrue(in.getFormat().isBigEndian());
            assertEquals(6000, in.getFrameLength());
            byte[] first = Arrays.copyOf(in.readAllBytes(), 2);
            assertArrayEquals(new byte[] {0x12, 0x34}, first);
        }
    }

    @Test
    void oneRecordingForAMachineWhichEndsWithIt() throws Exception {
        Fake card = new Fake("hda0");
        recordings.start("demo", List.of(card), 48_000, folder.resolve("e.wav"));
        CommandException e = assertThrows(CommandException.class,
            () -> recordings.start("demo", List.of(card), 48_000, folder.resolve("f.wav")));
        assertTrue(e.getMessage().contains("e.wav"), e.getMessage());
        recordings.event(new MachineEvent("demo", "", MachineEvent.Kind.STOPPED, ""));
        assertTrue(recordings.all().isEmpty());
        assertThrows(CommandException.class, () -> recordings.stop("demo"));
    }

    @Test
    void aFileThatSaysNoFormatIsRefused() {
        CommandException e = assertThrows(CommandException.class,
            () -> recordings.start("demo", List.of(new Fake("hda0")), 48_000, folder.resolve("x.mp3")));
        assertTrue(e.getMessage().contains(".wav"), e.getMessage());
    }
}
