package dev.backplane.machine.manager;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineListener;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.device.CardPlatform;
import dev.backplane.machine.lifecycle.MachineCore;
import dev.backplane.machine.spec.Quantities;

/**
 * The {@link MachineManager} of an OSGi runtime. Device types and backends are bound as they come and go; each machine
 * is registered as a service; listeners are a whiteboard. The framework property {@code backplane.machines.dir} (or
 * {@code backplane.machines}) names the folder of machine definitions;
 * {@code backplane.replace.grace} says how long a card waits for another build of its type (10s);
 * {@code backplane.call.limit} how long the code of a card or CPU backend may take for one call (30s).
 */
@Component(service = MachineManager.class)
public final class MachineManagerComponent implements MachineManager {
    private static final Logger LOG = LoggerFactory.getLogger(MachineManagerComponent.class);

    private static final String CALL_LIMIT = "backplane.call.limit";
    private static final String GRACE = "backplane.replace.grace";
    private static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);

    private final LiveCatalog catalog = new LiveCatalog();
    private final List<MachineListener> listeners = new CopyOnWriteArrayList<>();
    private final Map<MachineCore, ServiceRegistration<Machine>> registrations = new ConcurrentHashMap<>();
    private volatile Machines machines;
    private volatile Bundle systemBundle;

    @Activate
    void activate(BundleContext context) {
        systemBundle = context.getBundle(0);
        String folder = context.getProperty("backplane.machines.dir");
        if (folder == null) {
            folder = context.getProperty("backplane.machines");
        }
        if (folder == null) {
            LOG.warn("backplane.machines.dir is not set: machines are forgotten when the runtime ends");
        }
        Machines made = new Machines(catalog, provider(context.getBundle()), folder == null ? null : Path.of(folder),
            duration(context, GRACE, DEFAULT_GRACE), duration(context, CALL_LIMIT, CardPlatform.CALL_LIMIT),
            new Services(context), this::deliver);
        machines = made;
        made.load();
        made.catalogChanged();
    }

    @Deactivate
    void deactivate() {
        machines.close();
        machines = null;
    }

    private static Duration duration(BundleContext context, String property, Duration otherwise) {
        String text = context.getProperty(property);
        Duration given = text == null ? otherwise : Quantities.duration(text);
        if (given == null || !given.isPositive()) {
            LOG.warn("{}={} is not a duration such as 10s; {} s is used", property, text, otherwise.toSeconds());
            return otherwise;
        }
        return given;
    }

    private static Provider provider(Bundle bundle) {
        return new Provider(bundle.getSymbolicName(), bundle.getVersion().toString());
    }

    private void deliver(MachineEvent event) {
        for (MachineListener l : listeners) {
            try {
                l.event(event);
            } catch (RuntimeException e) {
                LOG.warn("listener {} failed on {}: {}", l.getClass().getName(), event, e.toString());
            }
        }
    }

    /** Machines as services. */
    private final class Services implements Machines.Registrar {
        private final BundleContext context;

        Services(BundleContext context) {
            this.context = context;
        }

        private Dictionary<String, Object> properties(MachineCore machine) {
            Dictionary<String, Object> properties = new Hashtable<>();
            properties.put("machine.name", machine.name());
            properties.put("machine.state", machine.state().name());
            return properties;
        }

        @Override
        public void added(MachineCore machine) {
            registrations.put(machine, context.registerService(Machine.class, machine, properties(machine)));
        }

        @Override
        public void changed(MachineCore machine) {
            ServiceRegistration<Machine> r = registrations.get(machine);
            if (r != null) {
                try {
                    r.setProperties(properties(machine));
                } catch (IllegalStateException e) {
                    LOG.debug("{} is not registered any more", machine.name());
                }
            }
        }

        @Override
        public void removed(MachineCore machine) {
            ServiceRegistration<Machine> r = registrations.remove(machine);
            if (r != null) {
                try {
                    r.unregister();
                } catch (IllegalStateException e) {
                    LOG.debug("{} is not registered any more", machine.name());
                }
            }
        }
    }

    // ---- what bundles offer

    @Reference(service = DeviceType.class, cardinality = ReferenceCardinality.MULTIPLE,
        policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    void bindType(DeviceType type, ServiceReference<DeviceType> reference) {
        Provider provider = provider(reference.getBundle());
        catalog.add(type, provider);
        whileRunning(m -> m.typeCame(new DeviceTypeView(type, provider)));
    }

    void unbindType(DeviceType type) {
        catalog.remove(type);
        whileRunning(m -> m.typeGone(type));
    }

    @Reference(service = CpuBackend.class, cardinality = ReferenceCardinality.MULTIPLE,
        policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    void bindBackend(CpuBackend backend, ServiceReference<CpuBackend> reference) {
        Provider provider = provider(reference.getBundle());
        catalog.add(backend, provider);
        whileRunning(m -> m.backendCame(new CpuBackendView(backend, provider)));
    }

    void unbindBackend(CpuBackend backend) {
        catalog.remove(backend);
        whileRunning(m -> m.backendGone(backend));
    }

    @Reference(service = HostBackend.class, cardinality = ReferenceCardinality.MULTIPLE,
        policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    void bindHost(HostBackend backend, ServiceReference<HostBackend> reference) {
        HostBackendView view = catalog.add(backend, provider(reference.getBundle()));
        whileRunning(m -> m.hostCame(view));
    }

    void unbindHost(HostBackend backend) {
        catalog.remove(backend);
        whileRunning(m -> m.hostGone(backend));
    }

    /** Does it unless the runtime is starting or ending: machines that are about to be turned off are not parked. */
    private void whileRunning(Consumer<Machines> work) {
        Machines m = machines;
        if (m != null && systemBundle.getState() == Bundle.ACTIVE) {
            work.accept(m);
        }
        if (m != null) {
            m.catalogChanged();
        }
    }

    @Reference(service = MachineListener.class, cardinality = ReferenceCardinality.MULTIPLE,
        policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    void bindListener(MachineListener listener) {
        listeners.add(listener);
    }

    void unbindListener(MachineListener listener) {
        listeners.remove(listener);
    }

    // ---- the service

    @Override
    public List<Machine> machines() {
        return machines.machines();
    }

    @Override
    public Optional<Machine> machine(String name) {
        return machines.machine(name);
    }

    @Override
    public Machine create(MachineSpec spec) throws MachineException {
        return machines.create(spec);
    }

    @Override
    public MachineSpec read(Path file) throws MachineException {
        return machines.read(file);
    }

    @Override
    public String write(MachineSpec spec) {
        return machines.write(spec);
    }

    @Override
    public Machine restore(Path file, String name, Progress progress) throws MachineException {
        return machines.restore(file, name, progress);
    }

    @Override
    public List<DeviceTypeView> deviceTypes() {
        return machines.deviceTypes();
    }

    @Override
    public List<HostBackendView> hostBackends() {
        return machines.hostBackends();
    }

    @Override
    public List<CpuBackendView> cpuBackends() {
        return machines.cpuBackends();
    }
}
