package dev.backplane.machine.lifecycle;

import java.util.List;

import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.Options;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.device.ConsoleChannel;
import dev.backplane.machine.host.HostChoice;

/**
 * A card that is to be made at power-on.
 *
 * @param id      its id
 * @param type    what makes it
 * @param provider the bundle of the type
 * @param options its options, checked
 * @param slot    the slot of a PCIe card, or null for any free one
 * @param console what its console prints to
 * @param hosts    what its options of type BACKEND chose
 */
record PlannedCard(String id, DeviceType type, Provider provider, Options options, String slot,
        ConsoleChannel console, List<HostChoice> hosts) {
}
