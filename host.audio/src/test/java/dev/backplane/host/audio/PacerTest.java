package dev.backplane.host.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A guest that plays a tone by its clock, a sound device that takes it by another. */
class PacerTest {
    private static final int RATE = 48_000;
    private static final double TARGET = 0.08;
    private static final double LOUD = 0.9;
    /** The steepest that the tone itself is, with a margin for fades and resampling. */
    private static final double STEEPEST = LOUD * 2 * Math.PI * 440 / RATE * 1.15;

    private final Pacer pacer = new Pacer(1, RATE, RATE, TARGET);
    private final float[] out = new float[480];
    private long played;
    private float before;
    private double steepest;
    private double loudest;
    private double softest = 1;

    /** The guest plays so many frames. */
    private void play(int count) {
        float[] frames = new float[count];
        for (int i = 0; i < count; i++) {
            frames[i] = (float) (LOUD * Math.sin(2 * Math.PI * 440 * played++ / RATE));
        }
        pacer.push(frames, count);
    }

    /** The device takes 10 ms. */
    private void take() {
        pacer.pull(out, out.length);
        double peak = 0;
        for (float sample : out) {
            steepest = Math.max(steepest, Math.abs(sample - before));
            peak = Math.max(peak, Math.abs(sample));
            before = sample;
        }
        loudest = Math.max(loudest, peak);
        softest = Math.min(softest, peak);
    }

    /** Both run, in steps of 10 ms of the device's time. */
    private void run(double seconds, double guestIsFaster) {
        long first = played;
        for (int i = 0; i < seconds * 100; i++) {
            long due = (long) ((i + 1) * 0.01 * RATE * (1 + guestIsFaster));
            play((int) (first + due - played));
            take();
        }
    }

    private void drifts(double difference) {
        run(60, difference);
        softest = 1;
        run(3540, difference);
        assertEquals(0, pacer.dropped());
        assertEquals(0, pacer.underruns());
        assertEquals(TARGET, pacer.latency(), 0.005, "what waits after an hour");
        assertEquals(difference, pacer.correction(), 2e-5);
        assertTrue(steepest < STEEPEST, "steepest " + steepest);
        assertTrue(softest > LOUD * 0.95, "softest " + softest);
    }

    @Test
    void anHourWithAClockThatIsFasterByHalfAThousandthNeitherLagsNorClicks() {
        drifts(500e-6);
    }

    @Test
    void anHourWithAClockThatIsSlowerByHalfAThousandthNeitherStarvesNorClicks() {
        drifts(-500e-6);
    }

    @Test
    void equalClocksPassSamplesOnAsTheyAre() {
        run(2, 0);
        float[] once = new float[480];
        double worst = 0;
        for (int i = 0; i < 100; i++) {
            play(480);
            pacer.pull(once, 480);
            for (float sample : once) {
                worst = Math.max(worst, Math.abs(sample));
            }
        }
        assertEquals(LOUD, worst, 0.001);
        assertEquals(0, pacer.correction(), 1e-3);
    }

    @Test
    void aMachineThatIsPausedFadesOutAndInAgain() {
        run(2, 0);
        for (int i = 0; i < 300; i++) {
            take();
        }
        assertEquals(0, before, "silent while it is paused");
        assertEquals(1, pacer.underruns());
        loudest = 0;
        run(2, 0);
        assertEquals(LOUD, loudest, 0.01);
        assertEquals(TARGET, pacer.latency(), 0.02);
        assertTrue(steepest < STEEPEST, "steepest " + steepest);
    }

    @Test
    void aBurstIsLeftOutSoftlyAndLatencyDoesNotStay() {
        run(2, 0);
        play(RATE);
        run(3, 0);
        assertTrue(pacer.dropped() > RATE / 2, "dropped " + pacer.dropped());
        assertEquals(TARGET, pacer.latency(), 0.03);
        assertTrue(steepest < STEEPEST, "steepest " + steepest);
    }

    @Test
    void aGuestThatPlaysWithoutEndIsBounded() {
        for (int i = 0; i < 100; i++) {
            play(RATE);
        }
        assertTrue(pacer.dropped() > 97L * RATE);
        assertTrue(pacer.waitingFrames().length <= 2 * RATE);
    }

    @Test
    void anotherRateIsMade() {
        Pacer down = new Pacer(2, 96_000, 44_100, TARGET);
        float[] in = new float[960 * 2];
        float[] made = new float[441 * 2];
        double error = 0;
        long n = 0;
        long m = 0;
        double phase = Double.NaN;
        for (int i = 0; i < 200; i++) {
            for (int k = 0; k < 960; k++, n++) {
                in[2 * k] = (float) Math.sin(2 * Math.PI * 440 * n / 96_000);
                in[2 * k + 1] = -in[2 * k];
            }
            down.push(in, 960);
            down.pull(made, 441);
            for (int k = 0; k < 441; k++, m++) {
                assertEquals(-made[2 * k], made[2 * k + 1], 1e-6);
            }
            if (i == 100) {
                phase = crossings(made);
            } else if (i > 100) {
                error = Math.max(error, Math.abs(crossings(made) - phase));
            }
        }
        assertTrue(error <= 1, "zero crossings differ by " + error);
        assertEquals(0, down.underruns());
        assertEquals(200 * 441, m);
    }

    private static double crossings(float[] stereo) {
        int count = 0;
        for (int i = 2; i < stereo.length; i += 2) {
            count += stereo[i] < 0 != stereo[i - 2] < 0 ? 1 : 0;
        }
        return count;
    }

    @Test
    void theNextBuildGoesOnSampleForSample() {
        run(2, 0);
        Pacer next = new Pacer(1, RATE, RATE, TARGET);
        next.goOn(pacer.waitingFrames(), pacer.manner());
        float[] old = new float[480];
        float[] fresh = new float[480];
        for (int i = 0; i < 5; i++) {
            pacer.pull(old, 480);
            next.pull(fresh, 480);
            for (int k = 0; k < 480; k++) {
                assertEquals(old[k], fresh[k], 1e-4, "frame " + (i * 480 + k));
            }
        }
    }

    @Test
    void theEndIsHeard() {
        play(4800);
        pacer.end();
        int loud = 0;
        while (!pacer.drained()) {
            take();
            loud += Math.abs(out[100]) + Math.abs(out[127]) > 0.1 ? 1 : 0;
        }
        assertTrue(loud >= 9, loud + " of 10 parts");
    }
}
