package dev.backplane.machine.lifecycle;

import java.util.List;
import java.util.Optional;

import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.machine.spec.SpecChecker;

/** The device types and CPU backends that are present now. Threading: any thread. */
public interface Catalog extends SpecChecker.BackendLookup {
    /** In order of name. */
    List<DeviceTypeView> deviceTypes();

    /** The preferred one first. */
    @Override
    List<CpuBackendView> cpuBackends();

    default Optional<DeviceTypeView> deviceType(String name) {
        return deviceTypes().stream().filter(t -> t.type().name().equals(name)).findFirst();
    }

    /** A backend by name; with null the preferred one that can run here. */
    default Optional<CpuBackendView> cpuBackend(String name) {
        return cpuBackends().stream()
            .filter(b -> name == null ? b.backend().preference() >= 0 : b.backend().name().equals(name)).findFirst();
    }
}
