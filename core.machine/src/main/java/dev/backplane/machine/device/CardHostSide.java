package dev.backplane.machine.device;

import java.util.random.RandomGenerator;

import dev.backplane.api.device.Counter;
import dev.backplane.machine.clock.MachineTime;
import dev.backplane.machine.host.CardSide;

/** A card as its host's sides see it. */
record CardHostSide(CardPlatform platform, CardHost host) implements CardSide {
    @Override
    public String machine() {
        return platform.machine();
    }

    @Override
    public String card() {
        return host.owner();
    }

    @Override
    public MachineTime clock() {
        return platform.time();
    }

    @Override
    public RandomGenerator random() {
        return platform.random();
    }

    @Override
    public Counter counter(String name) {
        return host.counter(name);
    }

    @Override
    public boolean resting() {
        return host.phase() != CardHost.Phase.LIVE;
    }

    @Override
    public void post(Runnable task) {
        host.post(task);
    }

    @Override
    public void fail(String where, Throwable cause) {
        host.fail(where, cause);
    }
}
