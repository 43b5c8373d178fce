package dev.backplane.host.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.Test;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.DeviceException;
import dev.backplane.testkit.HostBench;

class HostSoundTest {
    private static final PcmFormat STEREO = new PcmFormat(48_000, 2, 16);

    private static HostBench<AudioEndpoint> open(FakeMixer device, String... options) throws Exception {
        HostBench.Builder builder = HostBench.of(new HostSoundBackend(() -> List.of(device.mixer())));
        for (int i = 0; i < options.length; i += 2) {
            builder.option(options[i], options[i + 1]);
        }
        return builder.open();
    }

    /** 10 ms of a tone. */
    private static byte[] tone(int from, PcmFormat format) {
        int frames = format.rate() / 100;
        byte[] pcm = new byte[frames * format.frameBytes()];
        for (int i = 0; i < frames; i++) {
            int value = (int) Math.round(20_000 * Math.sin(2 * Math.PI * 440 * (from * frames + i) / format.rate()));
            for (int c = 0; c < format.channels(); c++) {
                pcm[(i * format.channels() + c) * 2] = (byte) value;
                pcm[(i * format.channels() + c) * 2 + 1] = (byte) (value >> 8);
            }
        }
        return pcm;
    }

    /** Parts of the tone, while the device's time stands; the number of the next one. */
    private static int write(HostBench<AudioEndpoint> bench, AudioEndpoint.AudioOutput out, int from, int count) {
        bench.locked(() -> {
            for (int i = from; i < from + count; i++) {
                byte[] pcm = tone(i, STEREO);
                out.write(pcm, 0, pcm.length, 0);
            }
        });
        return from + count;
    }

    /** Whether it is, within 10 ms. */
    private static boolean isDone(Future<?> work) throws Exception {
        try {
            work.get(10, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private static void play(HostBench<AudioEndpoint> bench, FakeMixer device, PcmFormat format, int first, int count) {
        AudioEndpoint.AudioOutput out = bench.endpoint().play("line", format);
        for (int i = first; i < first + count; i++) {
            byte[] pcm = tone(i, format);
            bench.locked(() -> out.write(pcm, 0, pcm.length, 0));
            int taken = device.heard(format.channels()).length;
            device.time.release();
            bench.await("10 ms are heard", () -> device.heard(format.channels()).length > taken);
        }
    }

    private static void assertTone(short[] heard, int rate) {
        int begin = 0;
        while (heard[begin] == 0) {
            begin++;
        }
        double steepest = 20_000 * 2 * Math.PI * 440 / rate * 1.1;
        int crossings = 0;
        for (int i = begin + 1; i < heard.length; i++) {
            assertTrue(Math.abs(heard[i] - heard[i - 1]) <= steepest, "a click at " + i + " of " + heard.length);
            crossings += heard[i] < 0 != heard[i - 1] < 0 ? 1 : 0;
        }
        double seconds = (heard.length - begin) / (double) rate;
        assertEquals(880, crossings / seconds, 8, "zero crossings a second");
    }

    @Test
    void aToneIsHeardWithoutClicksWhileTheBundleIsReplaced() throws Exception {
        FakeMixer device = new FakeMixer(0, false);
        try (HostBench<AudioEndpoint> bench = open(device);
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            AudioEndpoint.AudioOutput first = bench.endpoint().play("line", STEREO);
            bench.await("the device is open", () -> device.opened == 1);
            int next = write(bench, first, 0, 10);
            for (int round = 0; round < 5; round++) {
                play(bench, device, STEREO, next, 20);
                Future<?> replaced = thread.submit(() -> {
                    bench.replace();
                    return null;
                });
                int passed = 0;
                while (!isDone(replaced)) {
                    device.time.release();
                    passed++;
                }
                next = write(bench, bench.endpoint().play("line", STEREO), next + 20, passed);
            }
            play(bench, device, STEREO, next, 20);
            assertEquals(1, device.opened);
            assertTone(device.heard(2), 48_000);
        }
        assertTrue(device.closed > 0);
    }

    @Test
    void aDeviceOfAnotherRateHearsTheSameTone() throws Exception {
        FakeMixer device = new FakeMixer(48_000, false);
        PcmFormat mono = new PcmFormat(22_050, 1, 16);
        try (HostBench<AudioEndpoint> bench = open(device)) {
            play(bench, device, mono, 0, 1);
            bench.await("the device is open", () -> device.opened == 1);
            play(bench, device, mono, 1, 120);
            assertTone(device.heard(1), 48_000);
        }
    }

    @Test
    void theMicrophoneOfTheHostIsHeard() throws Exception {
        FakeMixer device = new FakeMixer(0, true);
        PcmFormat mono = new PcmFormat(48_000, 1, 16);
        try (HostBench<AudioEndpoint> bench = open(device, "microphone", "on", "latency", "20")) {
            AudioEndpoint.AudioInput in = bench.endpoint().record("microphone", mono);
            byte[] pcm = new byte[960];
            device.time.release(8);
            bench.await("sound comes", () -> {
                bench.locked(() -> in.read(pcm, 0, pcm.length, 0));
                device.time.release();
                return pcm[958] != 0 || pcm[959] != 0;
            });
            in.close();
            bench.await("the device is closed", () -> device.closed > 0);
        }
    }

    @Test
    void aHostWithoutSoundSaysSo() {
        HostBench.Builder none = HostBench.of(new HostSoundBackend(List::of));
        DeviceException e = assertThrows(DeviceException.class, none::open);
        assertTrue(e.getMessage().contains("no sound device that plays") && e.getMessage().contains("audio=wav"),
            e.getMessage());
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedAndThoseThatAreAreNamed() {
        FakeMixer device = new FakeMixer(0, false);
        DeviceException e = assertThrows(DeviceException.class, () -> open(device, "device", "gramophone"));
        assertTrue(e.getMessage().contains("gramophone") && e.getMessage().contains("fake loudspeaker"), e.getMessage());
        DeviceException deaf = assertThrows(DeviceException.class, () -> open(device, "microphone", "on"));
        assertTrue(deaf.getMessage().contains("records"), deaf.getMessage());
    }
}
