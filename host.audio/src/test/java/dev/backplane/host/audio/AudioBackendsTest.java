package dev.backplane.host.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

import org.jflac.FLACDecoder;
import org.jflac.PCMProcessor;
import org.jflac.metadata.StreamInfo;
import org.jflac.util.ByteData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.DeviceException;
import dev.backplane.testkit.HostBench;
import dev.backplane.testkit.TestState;

class AudioBackendsTest {
    private static final PcmFormat CD = new PcmFormat(44_100, 2, 16);

    @TempDir
    Path folder;

    private HostBench<AudioEndpoint> open(String... options) throws Exception {
        HostBench.Builder builder = HostBench.of(new WavBackend()).option("folder", folder.toString());
        for (int i = 0; i < options.length; i += 2) {
            builder.option(options[i], options[i + 1]);
        }
        return builder.open();
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        }
    }

    private static byte[] sound(Path file, PcmFormat expected) throws Exception {
        try (AudioInputStream in = AudioSystem.getAudioInputStream(file.toFile())) {
            assertEquals(expected.rate(), in.getFormat().getSampleRate());
            assertEquals(expected.channels(), in.getFormat().getChannels());
            assertEquals(expected.bits(), in.getFormat().getSampleSizeInBits());
            return in.readAllBytes();
        }
    }

    @Test
    void aStreamBecomesAWavBitForBit() throws Exception {
        byte[] pcm = noise(400_000);
        try (HostBench<AudioEndpoint> bench = open()) {
            AudioEndpoint.AudioOutput out = bench.endpoint().play("line", CD);
            out.write(pcm, 0, 100_000, 0);
            out.write(pcm, 100_000, 300_000, 0);
            out.close();
        }
        assertEquals(1, files().size());
        assertArrayEquals(pcm, sound(files().getFirst(), CD));
    }

    @Test
    void aStreamGoesOnWhenTheCardOrTheBackendIsReplaced() throws Exception {
        byte[] pcm = noise(64_000);
        try (HostBench<AudioEndpoint> bench = open()) {
            for (int i = 0; i < 4; i++) {
                bench.endpoint().play("line", CD).write(pcm, i * 16_000, 16_000, 0);
                if (i % 2 == 0) {
                    bench.replace();
                }
            }
        }
        assertEquals(1, files().size());
        assertArrayEquals(pcm, sound(files().getFirst(), CD));
    }

    @Test
    void eachStreamHasAFileOfItsOwn() throws Exception {
        PcmFormat mono = new PcmFormat(8000, 1, 16);
        try (HostBench<AudioEndpoint> bench = open()) {
            AudioEndpoint.AudioOutput line = bench.endpoint().play("line", CD);
            AudioEndpoint.AudioOutput phones = bench.endpoint().play("headphones", mono);
            line.write(noise(1000), 0, 1000, 0);
            phones.write(noise(2000), 0, 2000, 0);
            line.close();
            bench.endpoint().play("line", CD).write(noise(3000), 0, 3000, 0);
        }
        List<Path> files = files();
        assertEquals(3, files.size());
        assertArrayEquals(noise(2000), sound(files.get(0), mono));
        assertArrayEquals(noise(1000), sound(files.get(1), CD));
        assertArrayEquals(noise(3000), sound(files.get(2), CD));
    }

    @Test
    void theLimitIsKeptAndCounted() throws Exception {
        try (HostBench<AudioEndpoint> bench = open("limit", "64K")) {
            AudioEndpoint.AudioOutput out = bench.endpoint().play("line", CD);
            for (int i = 0; i < 100; i++) {
                out.write(noise(4000), 0, 4000, 0);
            }
            out.close();
            bench.await("the rest is dropped", () -> bench.counter("bytes-dropped") == 400_000 - 64_000);
        }
        assertTrue(Files.size(files().getFirst()) <= 65_536 + WavFile.HEADER);
    }

    @Test
    void aFileIsHeardFromItsBeginningAndSilenceFollows() throws Exception {
        byte[] pcm = noise(8000);
        Path file = folder.resolve("mic.wav");
        AudioSystem.write(new AudioInputStream(new ByteArrayInputStream(pcm),
            new AudioFormat(44_100, 16, 2, true, false), pcm.length / 4), AudioFileFormat.Type.WAVE, file.toFile());
        try (HostBench<AudioEndpoint> bench = open("microphone", file.toString())) {
            byte[] heard = new byte[10_000];
            bench.endpoint().record("microphone", CD).read(heard, 0, 5000, 0);
            bench.replace();
            bench.endpoint().record("microphone", CD).read(heard, 5000, 5000, 0);
            assertArrayEquals(pcm, Arrays.copyOf(heard, 8000));
            assertArrayEquals(new byte[2000], Arrays.copyOfRange(heard, 8000, 10_000));
        }
    }

    @Test
    void aFileOfAnotherFormatIsConverted() throws Exception {
        byte[] pcm = new byte[16_000];
        for (int i = 0; i < 8000; i++) {
            int value = (int) Math.round(10_000 * Math.sin(i * 2 * Math.PI * 100 / 8000));
            pcm[i * 2] = (byte) value;
            pcm[i * 2 + 1] = (byte) (value >> 8);
        }
        byte[] to = Resampler.convert(pcm, new AudioFormat(8000, 16, 1, true, false), CD);
        assertEquals(44_100 * 4, to.length);
        int loudest = 0;
        for (int i = 0; i < to.length / 4; i++) {
            int left = (short) (to[i * 4] & 0xFF | to[i * 4 + 1] << 8);
            int right = (short) (to[i * 4 + 2] & 0xFF | to[i * 4 + 3] << 8);
            assertEquals(left, right);
            assertEquals(10_000 * Math.sin(i * 2 * Math.PI * 100 / 44_100), left, i < 44_000 ? 40 : 800);
            loudest = Math.max(loudest, left);
        }
        assertTrue(loudest > 9900);
    }

    @Test
    void aFileThatIsNoSoundIsRefusedByName() throws Exception {
        Path file = Files.writeString(folder.resolve("x.wav"), "nothing");
        DeviceException e = assertThrows(DeviceException.class, () -> open("microphone", file.toString()));
        assertTrue(e.getMessage().contains("x.wav"), e.getMessage());
    }

    private HostBench.Builder flac() {
        return HostBench.of(new FlacBackend()).option("folder", folder.toString());
    }

    private static byte[] decoded(Path file) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (InputStream in = Files.newInputStream(file)) {
            FLACDecoder decoder = new FLACDecoder(in);
            decoder.addPCMProcessor(new PCMProcessor() {
                @Override
                public void processStreamInfo(StreamInfo info) {
                    assertEquals(CD.rate(), info.getSampleRate());
                }

                @Override
                public void processPCM(ByteData pcm) {
                    all.write(pcm.getData(), 0, pcm.getLen());
                }
            });
            decoder.decode();
        }
        return all.toByteArray();
    }

    @Test
    void aStreamThatIsOverIsAFlacFileBitForBitHoweverOftenItsBundleWasReplaced() throws Exception {
        byte[] pcm = noise(163_840);
        try (HostBench<AudioEndpoint> bench = flac().open()) {
            for (int i = 0; i < 3; i++) {
                bench.endpoint().play("line", CD).write(pcm, i * 40_000, 40_000, 0);
                bench.replace();
            }
            AudioEndpoint.AudioOutput last = bench.endpoint().play("line", CD);
            last.write(pcm, 120_000, 43_840, 0);
            last.close();
            bench.await("the file is made", () -> Files.exists(folder.resolve("bench-card-line-0001.flac"))
                && !Files.exists(folder.resolve("bench-card-line-0001.flac.wav")));
        }
        assertEquals(1, files().size());
        assertArrayEquals(pcm, decoded(files().getFirst()));
    }

    @Test
    void aMachineThatIsSwitchedOffLeavesAFlacFileAndOneThatIsSavedGoesOn() throws Exception {
        byte[] pcm = new byte[48_000];
        for (int i = 0; i < 12_000; i++) {
            int value = (int) Math.round(20_000 * Math.sin(i * 2 * Math.PI * 440 / 44_100));
            pcm[i * 4] = (byte) value;
            pcm[i * 4 + 1] = (byte) (value >> 8);
        }
        TestState state;
        try (HostBench<AudioEndpoint> bench = flac().open()) {
            bench.endpoint().play("line", CD).write(pcm, 0, 20_000, 0);
            state = bench.save();
        }
        assertEquals("bench-card-line-0001.flac.wav", files().getFirst().getFileName().toString());
        try (HostBench<AudioEndpoint> bench = flac().restored(state)) {
            bench.endpoint().play("line", CD).write(pcm, 20_000, 28_000, 0);
        }
        assertEquals(1, files().size());
        assertArrayEquals(pcm, decoded(files().getFirst()));
        assertTrue(Files.size(files().getFirst()) < 36_000, "it is smaller");
    }
}
