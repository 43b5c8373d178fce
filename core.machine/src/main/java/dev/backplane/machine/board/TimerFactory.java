package dev.backplane.machine.board;

import dev.backplane.api.time.DeviceTimer;

/** Makes timers on the machine's clock for parts of the board. */
@FunctionalInterface
public interface TimerFactory {
    /**
     * @param name     unique in the machine, for messages
     * @param callback runs on the machine's timer thread with no lock held; must return quickly. Arming and
     *                 cancelling are possible from any thread; a callback may still run once, late, after a cancel that
     *                 races with it, so it checks whether it is due
     */
    DeviceTimer timer(String name, Runnable callback);
}
