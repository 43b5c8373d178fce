package dev.backplane.api.machine;

import dev.backplane.api.device.DeviceType;

/**
 * A device type that is present.
 *
 * @param type     the type
 * @param provider the bundle that offers it
 */
public record DeviceTypeView(DeviceType type, Provider provider) {
}
