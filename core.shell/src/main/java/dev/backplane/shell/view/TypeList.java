package dev.backplane.shell.view;

import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import java.util.List;

/**
 * What machines can be made of.
 *
 * @param devices  the device types
 * @param backends the CPU backends, the preferred one first
 */
public record TypeList(List<DeviceTypeView> devices, List<CpuBackendView> backends) {
}
