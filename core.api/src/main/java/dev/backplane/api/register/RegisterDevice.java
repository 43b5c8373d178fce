package dev.backplane.api.register;

import dev.backplane.api.device.Device;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A card whose state is that of its registers (and of its timers, which the core saves). What a card does beyond that
 * it does around {@code RegisterDevice.super.reset()} and the like.
 */
public interface RegisterDevice extends Device {
    /** The card's registers. */
    Registers registers();

    @Override
    default void reset() {
        registers().reset();
    }

    @Override
    default void save(StateWriter out) {
        registers().save(out);
    }

    @Override
    default void restore(StateReader in) throws StateException {
        registers().restore(in);
    }
}
