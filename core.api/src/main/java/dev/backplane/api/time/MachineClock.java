package dev.backplane.api.time;

import java.time.Instant;

/**
 * The time of one machine. Threading: callable from any thread, never blocks.
 */
public interface MachineClock {
    /**
     * Nanoseconds of machine time since power-on. Does not run while the machine is paused or saved, never goes back,
     * and goes on where it was after a restore.
     */
    long nanoTime();

    /**
     * Wall-clock time as the machine's real-time clock should show it. Follows the host's clock; it jumps forward when
     * a paused or restored machine goes on.
     */
    Instant wallClock();
}
