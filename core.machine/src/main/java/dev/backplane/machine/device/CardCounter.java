package dev.backplane.machine.device;

import java.util.concurrent.atomic.LongAdder;

import dev.backplane.api.device.Counter;

/** A counter of a card. */
final class CardCounter implements Counter {
    private final LongAdder sum = new LongAdder();

    @Override
    public void add(long amount) {
        sum.add(amount);
    }

    @Override
    public long value() {
        return sum.sum();
    }
}
