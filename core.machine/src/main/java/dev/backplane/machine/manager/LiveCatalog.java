package dev.backplane.machine.manager;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.lifecycle.Catalog;

/**
 * What bundles offer at the moment. Of bundles that offer the same name, the one that came first is used; of builds of
 * one bundle, the one that came last.
 */
public final class LiveCatalog implements Catalog {
    private final List<DeviceTypeView> types = new CopyOnWriteArrayList<>();
    private final List<CpuBackendView> backends = new CopyOnWriteArrayList<>();
    private final List<HostBackendView> hosts = new CopyOnWriteArrayList<>();

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

    /** What came; gives it as it is seen from now on. */
    public HostBackendView add(HostBackend backend, Provider provider) {
        HostBackendView view = new HostBackendView(backend, provider);
        hosts.add(view);
        return view;
    }

    public void remove(HostBackend backend) {
        hosts.removeIf(b -> b.backend() == backend);
    }

    @Override
    public List<HostBackendView> hostBackends() {
        return used(hosts, LiveCatalog::key, HostBackendView::provider).stream()
            .sorted(Comparator.comparing(LiveCatalog::key)).toList();
    }

    private static String key(HostBackendView view) {
        return view.backend().kind().getName() + " " + view.backend().name();
    }

    @Override
    public List<DeviceTypeView> deviceTypes() {
        return used(types, t -> t.type().name(), DeviceTypeView::provider).stream()
            .sorted(Comparator.comparing(t -> t.type().name())).toList();
    }

    @Override
    public List<CpuBackendView> cpuBackends() {
        return used(backends, b -> b.backend().name(), CpuBackendView::provider).stream()
            .sorted(Comparator.comparingInt((CpuBackendView b) -> -b.backend().preference())).toList();
    }

    private static <T> Collection<T> used(List<T> all, Function<T, String> name, Function<T, Provider> provider) {
        Map<String, T> used = new LinkedHashMap<>();
        for (T offer : all) {
            used.merge(name.apply(offer), offer, (first, later) ->
                provider.apply(first).bundle().equals(provider.apply(later).bundle()) ? later : first);
        }
        return used.values();
    }
}
