package dev.backplane.api.device;

import java.util.List;

/**
 * A kind of card that a bundle offers, registered as an OSGi service. Immutable; all methods may be called from any
 * thread.
 */
public interface DeviceType {
    /** The name users choose it by, for instance {@code virtio-blk}: lower-case letters, digits and dashes. */
    String name();

    /** One line for people. */
    String description();

    Placement placement();

    /** The options of a card, in the order in which help shows them; none if not said. */
    default List<OptionSpec> options() {
        return List.of();
    }

    /**
     * The version of what {@link Device#save} writes, from 1; it is 1 if not said. A reader of an older version's state
     * migrates it or refuses it by name.
     */
    default int stateVersion() {
        return 1;
    }

    /**
     * Makes a card. What it claims through the context (PCI function, ports, memory, interrupts, timers) can be claimed
     * only during this call, and is released by the core when the card goes or if this call throws.
     *
     * @throws DeviceException if it cannot be made; nothing has changed then
     */
    Device create(DeviceContext context, Options options) throws DeviceException;
}
