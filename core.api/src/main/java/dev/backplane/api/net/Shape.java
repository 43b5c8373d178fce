package dev.backplane.api.net;

import java.time.Duration;

/**
 * How one direction of a cable is worse than perfect.
 *
 * @param bitsPerSecond the rate, 0 for no limit
 * @param delay         added to every frame, 0 to 60 s
 * @param loss          the share of frames that is lost, 0.0 to 1.0
 */
public record Shape(long bitsPerSecond, Duration delay, double loss) {
    /** A perfect cable. */
    public static final Shape NONE = new Shape(0, Duration.ZERO, 0);

    /** @throws IllegalArgumentException if a value is out of range; the message is for the user */
    public Shape {
        if (bitsPerSecond < 0) {
            throw new IllegalArgumentException("a rate of " + bitsPerSecond + " bit/s; 0 is no limit");
        }
        if (delay.isNegative() || delay.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("a delay of " + delay.toMillis() + " ms; 0 to 60000 are possible");
        }
        if (!(loss >= 0 && loss <= 1)) {
            throw new IllegalArgumentException("a loss of " + loss + "; 0 to 1 are possible");
        }
    }
}
