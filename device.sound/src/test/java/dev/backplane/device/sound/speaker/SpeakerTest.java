package dev.backplane.device.sound.speaker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;

import dev.backplane.api.device.SpeakerListener;
import dev.backplane.testkit.TestBench;

class SpeakerTest {
    private static final int A4 = (int) (SpeakerListener.HZ / 440);

    private static int sample(byte[] pcm, int i) {
        return (short) (pcm[i * 2] & 0xFF | pcm[i * 2 + 1] << 8);
    }

    private static int crossings(byte[] pcm, int from, int to) {
        int count = 0;
        for (int i = from + 1; i < to; i++) {
            count += sample(pcm, i) < 0 != sample(pcm, i - 1) < 0 ? 1 : 0;
        }
        return count;
    }

    private static void pass(TestBench bench, int millis) {
        for (int i = 0; i < millis; i += 10) {
            bench.advance(Duration.ofMillis(10));
        }
    }

    @Test
    void aBeepIsAToneOfItsPitchAndLengthThenSilence() throws Exception {
        try (TestBench bench = TestBench.of(new SpeakerType()).plug()) {
            bench.speaker(true, true, 3, A4);
            pass(bench, 1000);
            bench.speaker(false, false, 3, A4);
            pass(bench, 2000);
            byte[] pcm = bench.audio().last().pcm();
            assertTrue(bench.audio().last().ended());
            assertEquals(880, crossings(pcm, 0, 48_000), 3);
            assertTrue(Math.abs(sample(pcm, 10_000)) > 3000);
            for (int i = 48_000 + 2400; i < pcm.length / 2; i++) {
                assertTrue(Math.abs(sample(pcm, i)) < 120, "it is still at " + i);
            }
            assertEquals(1.5, pcm.length / 2 / 48_000.0, 0.05);
        }
    }

    @Test
    void aPitchThatNobodyHearsIsFarSofter() throws Exception {
        try (TestBench bench = TestBench.of(new SpeakerType()).plug()) {
            bench.speaker(true, true, 3, 20);
            pass(bench, 500);
            byte[] pcm = bench.audio().last().pcm();
            for (int i = 12_000; i < pcm.length / 2; i++) {
                assertTrue(Math.abs(sample(pcm, i)) < 1200, "59 kHz leaves " + sample(pcm, i));
            }
        }
    }

    @Test
    void pulsesOfPortSixtyOneAloneMakeATone() throws Exception {
        try (TestBench bench = TestBench.of(new SpeakerType()).plug()) {
            for (int i = 0; i < 400; i++) {
                bench.speaker(i % 2 == 0, false, 3, A4);
                bench.advance(Duration.ofMillis(1));
            }
            assertEquals(1000 * 0.3, crossings(bench.audio().last().pcm(), 4800, 4800 + 14_400), 4);
        }
    }

    @Test
    void aBeepGoesOnSampleForSampleWhenTheBundleIsReplaced() throws Exception {
        byte[][] pcm = new byte[2][];
        for (int round = 0; round < 2; round++) {
            try (TestBench bench = TestBench.of(new SpeakerType()).plug()) {
                bench.speaker(true, true, 3, A4);
                pass(bench, 300);
                if (round == 1) {
                    bench.replace();
                }
                pass(bench, 300);
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                bench.audio().played().forEach(p -> all.writeBytes(p.pcm()));
                pcm[round] = all.toByteArray();
            }
        }
        assertEquals(pcm[0].length, pcm[1].length);
        for (int i = 0; i < pcm[0].length / 2; i++) {
            assertEquals(sample(pcm[0], i), sample(pcm[1], i), 40, "sample " + i);
        }
    }

    @Test
    void resetEndsABeep() throws Exception {
        try (TestBench bench = TestBench.of(new SpeakerType()).plug()) {
            bench.speaker(true, true, 3, A4);
            pass(bench, 100);
            bench.reset();
            assertTrue(bench.audio().last().ended());
            pass(bench, 100);
            assertEquals(1, bench.audio().played().size());
        }
    }

    @Test
    void aHostileGuestIsBoundedByTime() throws Exception {
        SplittableRandom random = new SplittableRandom(6);
        try (TestBench bench = TestBench.of(new SpeakerType()).plug()) {
            long nanos = 0;
            for (int i = 0; i < 200_000; i++) {
                bench.speaker(random.nextBoolean(), random.nextBoolean(), random.nextInt(6), 1 + random.nextInt(65_536)
                    >> random.nextInt(16) | 1);
                long step = random.nextInt(100) == 0 ? 3_000_000_000L * random.nextInt(2) / 100 : random.nextInt(20_000);
                nanos += step;
                bench.advance(Duration.ofNanos(step));
                if (i % 20_000 == 0) {
                    bench.replace();
                }
            }
            long bytes = bench.audio().played().stream().mapToLong(p -> p.pcm().length).sum();
            assertTrue(bytes <= nanos / 1_000_000 * 96 + 96_000, bytes + " bytes in " + nanos + " ns");
            assertFalse(bench.audio().played().isEmpty());
        }
    }
}
