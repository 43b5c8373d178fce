package dev.backplane.machine.lifecycle;

import java.util.List;
import java.util.Optional;

import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.machine.spec.SpecChecker;

/** The device types, CPU backends and host backends that are present now. Threading: any thread. */
public interface Catalog extends SpecChecker.BackendLookup {
    /** In order of name. */
    List<DeviceTypeView> deviceTypes();

    /** The preferred one first. */
    @Override
    List<CpuBackendView> cpuBackends();

    /** In order of kind and name. */
    List<HostBackendView> hostBackends();

    /**
     * A host backend by name.
     *
     * @param kind the class name of its endpoints
     */
    default Optional<HostBackendView> hostBackend(String kind, String name) {
        return hostBackends().stream()
            .filter(b -> b.backend().name().equals(name) && b.backend().kind().getName().equals(kind)).findFirst();
    }

    default Optional<DeviceTypeView> deviceType(String name) {
        return deviceTypes().stream().filter(t -> t.type().name().equals(name)).findFirst();
    }

    /** A backend by name; with null the preferred one that can run here. */
    default Optional<CpuBackendView> cpuBackend(String name) {
        return cpuBackends().stream()
            .filter(b -> name == null ? b.backend().preference() >= 0 : b.backend().name().equals(name)).findFirst();
    }
}
