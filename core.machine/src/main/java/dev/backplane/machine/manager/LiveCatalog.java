package dev.backplane.machine.manager;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.lifecycle.Catalog;

/** What bundles offer at the moment. Of two that offer the same name, the one that came first is used. */
public final class LiveCatalog implements Catalog {
    private final List<DeviceTypeView> types = new CopyOnWriteArrayList<>();
    private final List<CpuBackendView> backends = new CopyOnWriteArrayList<>();

    public void add(DeviceType type, Provider provider) {
        types.add(new DeviceTypeView(type, provider));
    }

    public void remove(DeviceType type) {
        types.removeIf(t -> t.type() == type);
    }

    public void add(CpuBackend backend, Provider provider) {
        backends.add(new CpuBackendView(backend, provider));
    }

    public void remove(CpuBackend backend) {
        backends.removeIf(b -> b.backend() == backend);
    }

    @Override
    public List<DeviceTypeView> deviceTypes() {
        List<DeviceTypeView> sorted = new ArrayList<>();
        for (DeviceTypeView t : types) {
            if (sorted.stream().noneMatch(s -> s.type().name().equals(t.type().name()))) {
                sorted.add(t);
            }
        }
        sorted.sort(Comparator.comparing(t -> t.type().name()));
        return List.copyOf(sorted);
    }

    @Override
    public List<CpuBackendView> cpuBackends() {
        return backends.stream().sorted(Comparator.comparingInt((CpuBackendView b) -> -b.backend().preference()))
            .toList();
    }
}
