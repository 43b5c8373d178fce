package dev.backplane.machine.network;

import dev.backplane.api.time.MachineClock;

/** What a cable needs of its card. Threading: any thread; nothing blocks. */
public interface CardLink {
    /** The id of the card. */
    String card();

    MachineClock clock();

    /** Whether the card rests: its code is not called. */
    boolean resting();

    /** Runs something under the card's lock, soon. */
    void post(Runnable task);

    /** The card fails: code behind it did something wrong. */
    void fail(String where, Throwable cause);
}
