package dev.backplane.machine.host;

import java.util.random.RandomGenerator;

import dev.backplane.api.device.Counter;
import dev.backplane.machine.clock.MachineTime;
import dev.backplane.machine.network.CardLink;

/** What the endpoints of a card need of it. Threading: any thread; nothing blocks. */
public interface CardSide extends CardLink {
    /** The machine's name. */
    String machine();

    @Override
    MachineTime clock();

    RandomGenerator random();

    Counter counter(String name);
}
