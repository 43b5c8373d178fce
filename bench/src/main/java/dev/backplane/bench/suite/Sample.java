package dev.backplane.bench.suite;

/**
 * One run of a workload on a platform.
 *
 * @param seconds  what it took, in proportion to a full run
 * @param wall     seconds by the clock of where it ran
 * @param host     seconds by the host's clock, with what the way to the guest costs
 * @param checksum what it computed
 */
record Sample(double seconds, double wall, double host, String checksum) {

    private static final double ALLOWED_SHARE = 0.15;
    private static final double ALLOWED_SECONDS = 0.15;

    /** Whether the clock of where it ran disagrees with the host's by more than the way of two lines explains. */
    boolean clockDiffers() {
        return Math.abs(host - wall) > ALLOWED_SECONDS + ALLOWED_SHARE * Math.max(host, wall);
    }
}
