package dev.backplane.host.audio;

import java.util.Arrays;

/**
 * Carries frames from one clock to another: those that a guest plays by the machine's clock to a sound device that has
 * its own, or back. What waits is kept at a target by resampling a little faster or slower (half a percent at most, by
 * cubic interpolation), so latency does not grow and nothing is dropped or repeated. Where frames fail to come, or far
 * too many are there, the sound is faded out and in again, so that nothing clicks. Threading: any thread.
 */
final class Pacer {
    /** Frames over which sound fades: 5 ms at 48 kHz. */
    static final int FADE = 240;
    /** More than so many times the target is too much: the oldest is left out. */
    private static final int EXCESS = 5;
    private static final double CAPACITY_SECONDS = 2;
    private static final double MOST_CORRECTION = 0.005;
    /** Of what waits, in the mean over so many seconds. */
    private static final double MEAN_SECONDS = 1;
    private static final double PROPORTIONAL = 0.05;
    private static final double INTEGRAL = 0.0006;
    /** Cubic interpolation looks at one frame before the place and two after it. */
    private static final int MARGIN = 3;

    private final int channels;
    private final int fromRate;
    private final int toRate;
    private final double step;
    private final int target;
    private final int fadeNeeds;
    private final float[] ring;
    private final int capacity;
    /** Frames that came, and the place that is read, both counted from the beginning. */
    private long written;
    private double place = 1;
    private double gain;
    private boolean playing;
    private boolean skipping;
    private boolean ended;
    private double mean;
    private double sum;
    private double correction;
    private long dropped;
    private long underruns;

    /** @param targetSeconds how much is to wait */
    Pacer(int channels, int fromRate, int toRate, double targetSeconds) {
        this.channels = channels;
        this.fromRate = fromRate;
        this.toRate = toRate;
        step = fromRate / (double) toRate;
        fadeNeeds = (int) Math.ceil(FADE * step * (1 + MOST_CORRECTION)) + MARGIN;
        target = Math.max((int) (targetSeconds * fromRate), 2 * fadeNeeds);
        capacity = Math.max((int) (CAPACITY_SECONDS * fromRate), target * (EXCESS + 2));
        ring = new float[capacity * channels];
        mean = target;
    }

    private int waiting() {
        return (int) (written - (long) place);
    }

    /**
     * Frames come; those for which there is no room are dropped and counted.
     *
     * @param frames interleaved samples, -1 to 1
     * @param count  frames
     */
    synchronized void push(float[] frames, int count) {
        int room = Math.min(count, capacity - waiting() - 2 * MARGIN);
        for (int i = 0; i < room; i++) {
            System.arraycopy(frames, i * channels, ring, (int) ((written + i) % capacity) * channels, channels);
        }
        if (room > 0) {
            written += room;
        }
        dropped += count - Math.max(0, room);
    }

    /** Nothing more will come. */
    synchronized void end() {
        ended = true;
    }

    /** Whether it has ended, and all of it was pulled. */
    synchronized boolean drained() {
        return ended && !playing && waiting() <= fadeNeeds;
    }

    /** Frames go: those that wait, silence where there are none. */
    synchronized void pull(float[] frames, int count) {
        steer(count);
        for (int i = 0; i < count; i++) {
            int at = i * channels;
            int waiting = waiting();
            if (!playing && !begins(waiting)) {
                Arrays.fill(frames, at, at + channels, 0);
                continue;
            }
            double goal = skipping || waiting <= fadeNeeds ? 0 : 1;
            gain = goal > gain ? Math.min(goal, gain + 1.0 / FADE) : Math.max(goal, gain - 1.0 / FADE);
            for (int c = 0; c < channels; c++) {
                frames[at + c] = (float) (gain * interpolated(c));
            }
            place += step * (1 + correction);
            if (gain == 0) {
                faded();
            }
        }
    }

    /** Whether there is enough to begin, or to go on after a fade. */
    private boolean begins(int waiting) {
        playing = waiting >= target || ended && waiting > fadeNeeds;
        return playing;
    }

    private void faded() {
        playing = false;
        if (skipping) {
            skipping = false;
            long to = written - target;
            dropped += Math.max(0, to - (long) place);
            place = Math.max(place, to);
        } else if (!ended) {
            underruns++;
        }
    }

    /** Looks at what waits and sets the speed for the next frames. */
    private void steer(int count) {
        if (!playing) {
            return;
        }
        int waiting = waiting();
        if (waiting > target * EXCESS) {
            skipping = true;
        }
        double seconds = count / (double) toRate;
        mean += (waiting - mean) * (1 - Math.exp(-seconds / MEAN_SECONDS));
        double error = (mean - target) / fromRate;
        sum = Math.clamp(sum + error * seconds, -MOST_CORRECTION / INTEGRAL, MOST_CORRECTION / INTEGRAL);
        correction = Math.clamp(PROPORTIONAL * error + INTEGRAL * sum, -MOST_CORRECTION, MOST_CORRECTION);
    }

    /** A sample of the channel at the place, by a Hermite cubic; the sample itself where the place is whole. */
    private double interpolated(int channel) {
        long whole = (long) place;
        double t = place - whole;
        double before = sample(whole - 1, channel);
        double now = sample(whole, channel);
        double next = sample(whole + 1, channel);
        double after = sample(whole + 2, channel);
        double a = (3 * (now - next) + after - before) / 2;
        double b = before + 2 * next - (5 * now + after) / 2;
        double c = (next - before) / 2;
        return ((a * t + b) * t + c) * t + now;
    }

    private double sample(long frame, int channel) {
        return ring[(int) (frame % capacity) * channels + channel];
    }

    /** What waits in the mean, in seconds. */
    synchronized double latency() {
        return mean / fromRate;
    }

    /** How much faster than its rate sound is read; 0.001 is a tenth of a percent. */
    synchronized double correction() {
        return correction;
    }

    synchronized long dropped() {
        return dropped;
    }

    /** How often nothing was there when something was due. */
    synchronized long underruns() {
        return underruns;
    }

    /** What waits and how it goes on, for a pacer of the next build, in classes of the JDK. */
    synchronized float[] waitingFrames() {
        long from = (long) place - 1;
        int count = (int) (written - from);
        float[] frames = new float[count * channels];
        for (int i = 0; i < count; i++) {
            System.arraycopy(ring, (int) ((from + i) % capacity) * channels, frames, i * channels, channels);
        }
        return frames;
    }

    synchronized double[] manner() {
        return new double[] {gain, place - (long) place, mean, sum, playing ? 1 : 0};
    }

    /** Goes on where another one of the same rates stopped. */
    synchronized void goOn(float[] frames, double[] manner) {
        push(frames, frames.length / channels);
        gain = manner[0];
        place = 1 + manner[1];
        mean = manner[2];
        sum = manner[3];
        playing = manner[4] != 0;
    }
}
