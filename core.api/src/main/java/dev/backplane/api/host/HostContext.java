package dev.backplane.api.host;

import java.util.random.RandomGenerator;

import dev.backplane.api.device.Counter;
import dev.backplane.api.time.MachineClock;

/** What the core gives to one endpoint. Threading: any thread; nothing blocks. */
public interface HostContext {
    /** The machine's name. */
    String machine();

    /** The id of the card it belongs to. */
    String card();

    /** The machine's time; it stands still while the machine is paused. */
    MachineClock clock();

    /** A counter beside those of the card ({@code vm:stats}); lower-case words with dashes. */
    Counter counter(String name);

    /** Random numbers, repeatable where the machine is; also for identities. */
    RandomGenerator random();
}
