package dev.backplane.machine.manager;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineEvent.Kind;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.device.CardPlatform;
import dev.backplane.machine.lifecycle.CardPlans;
import dev.backplane.machine.lifecycle.Catalog;
import dev.backplane.machine.lifecycle.MachineCore;
import dev.backplane.machine.lifecycle.Outside;
import dev.backplane.machine.spec.SpecChecker;
import dev.backplane.machine.spec.SpecYaml;
import dev.backplane.machine.state.MachineFile;

/** All machines of a runtime, without anything of OSGi: the runtime hands in what is there and hears what changes. */
public final class Machines implements MachineManager, AutoCloseable {
    /** Hears of machines that come, change and go. Called in turn per machine; must not block. */
    public interface Registrar {
        void added(MachineCore machine);

        void changed(MachineCore machine);

        void removed(MachineCore machine);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Machines.class);

    private final Catalog catalog;
    private final Provider core;
    private final DefinitionStore store;
    private final Registrar registrar;
    private final Duration grace;
    private final Duration callLimit;
    private final EventQueue events;
    private final Map<String, MachineCore> machines = new ConcurrentSkipListMap<>();

    /**
     * @param core      the bundle of the machine core
     * @param folder    where definitions are kept, or null to keep none
     * @param grace     how long a card or the vCPUs wait for another build of what served them
     * @param listener  gets all events, in order, on one thread
     */
    public Machines(Catalog catalog, Provider core, Path folder, Duration grace, Registrar registrar,
            Consumer<MachineEvent> listener) {
        this(catalog, core, folder, grace, CardPlatform.CALL_LIMIT, registrar, listener);
    }

    /**
     * The same with another limit.
     *
     * @param callLimit how long a call into the code of a card or CPU backend may take
     */
    public Machines(Catalog catalog, Provider core, Path folder, Duration grace, Duration callLimit,
            Registrar registrar, Consumer<MachineEvent> listener) {
        this.callLimit = Objects.requireNonNull(callLimit);
        this.catalog = Objects.requireNonNull(catalog);
        this.core = Objects.requireNonNull(core);
        this.store = new DefinitionStore(folder);
        this.grace = Objects.requireNonNull(grace);
        this.registrar = Objects.requireNonNull(registrar);
        events = new EventQueue(listener);
    }

    /** Makes the machines whose definitions were kept. */
    public void load() {
        for (MachineSpec kept : store.load()) {
            try {
                SpecChecker.check(kept, catalog);
                MachineSpec spec = completed(kept, new CardPlans(catalog));
                MachineCore m = new MachineCore(spec, outside);
                if (machines.putIfAbsent(spec.name(), m) == null) {
                    registrar.added(m);
                }
            } catch (MachineException e) {
                LOG.warn("machine {} is left out: {}", kept.name(), e.getMessage());
            }
        }
    }

    /** With ids for the cards that have none. */
    private static MachineSpec completed(MachineSpec spec, CardPlans plans) throws MachineException {
        List<CardSpec> cards = new ArrayList<>();
        for (CardSpec c : spec.cards()) {
            cards.add(plans.complete(c, cards));
        }
        return withCards(spec, spec.name(), cards);
    }

    private final Outside outside = new Outside() {
        @Override
        public Catalog catalog() {
            return catalog;
        }

        @Override
        public Provider core() {
            return core;
        }

        @Override
        public Duration grace() {
            return grace;
        }

        @Override
        public Duration callLimit() {
            return callLimit;
        }

        @Override
        public void event(MachineEvent event) {
            events.post(event);
        }

        @Override
        public void keep(MachineSpec spec) throws MachineException {
            synchronized (store) {
                store.keep(spec);
            }
        }

        @Override
        public void forget(MachineCore machine) throws MachineException {
            synchronized (store) {
                store.forget(machine.name());
            }
            machines.remove(machine.name(), machine);
            registrar.removed(machine);
        }

        @Override
        public void stateChanged(MachineCore machine) {
            registrar.changed(machine);
        }
    };

    /** Device types or backends came or went. */
    public void catalogChanged() {
        machines.values().forEach(MachineCore::reconsider);
    }

    /** A device type goes away; returns when no machine runs its code any more. */
    public void typeGone(DeviceType type) {
        machines.values().forEach(m -> m.replacements().typeGone(type));
    }

    /** A device type has come; cards that waited for it, or run on another build of the same bundle, go on with it. */
    public void typeCame(DeviceTypeView type) {
        machines.values().forEach(m -> m.replacements().typeCame(type));
    }

    /** A host backend goes away; returns when no machine runs its code any more. */
    public void hostGone(HostBackend backend) {
        machines.values().forEach(m -> m.replacements().hostGone(backend));
    }

    /** A host backend has come; cards that waited for it, or run on another build of the same bundle, go on with it. */
    public void hostCame(HostBackendView backend) {
        machines.values().forEach(m -> m.replacements().hostCame(backend));
    }

    /** A CPU backend goes away; returns when no machine runs its code any more. */
    public void backendGone(CpuBackend backend) {
        machines.values().forEach(m -> m.replacements().backendGone(backend));
    }

    /** A CPU backend has come; machines that waited for another build of it go on. */
    public void backendCame(CpuBackendView backend) {
        machines.values().forEach(m -> m.replacements().backendCame(backend));
    }

    @Override
    public List<Machine> machines() {
        return List.copyOf(machines.values());
    }

    @Override
    public Optional<Machine> machine(String name) {
        return Optional.ofNullable(machines.get(name));
    }

    @Override
    public Machine create(MachineSpec wanted) throws MachineException {
        SpecChecker.check(wanted, catalog);
        CardPlans plans = new CardPlans(catalog);
        List<CardSpec> cards = new ArrayList<>();
        for (CardSpec c : wanted.cards()) {
            CardSpec complete = plans.complete(c, cards);
            plans.check(complete, cards);
            cards.add(complete);
        }
        return add(withCards(wanted, wanted.name(), cards));
    }

    private static MachineSpec withCards(MachineSpec s, String name, List<CardSpec> cards) {
        return new MachineSpec(name, s.vcpus(), s.memory(), s.cpuModel(), s.cpuBackend(), s.boot(), cards);
    }

    private MachineCore add(MachineSpec spec) throws MachineException {
        synchronized (machines) {
            if (machines.containsKey(spec.name())) {
                throw new MachineException("there is a machine " + spec.name()
                    + " already; choose another name or destroy it first");
            }
            store.checkFree(spec.name());
            outside.keep(spec);
            MachineCore m = new MachineCore(spec, outside);
            machines.put(spec.name(), m);
            registrar.added(m);
            events.post(new MachineEvent(spec.name(), "", Kind.CREATED, ""));
            return m;
        }
    }

    @Override
    public MachineSpec read(Path file) throws MachineException {
        try {
            Path absolute = file.toAbsolutePath();
            return SpecYaml.read(file.toString(), Files.readString(absolute), absolute.getParent());
        } catch (NoSuchFileException e) {
            throw new MachineException("there is no file " + file, e);
        } catch (MalformedInputException e) {
            throw new MachineException(file + " is not text", e);
        } catch (IOException e) {
            throw new MachineException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    @Override
    public String write(MachineSpec spec) {
        return SpecYaml.write(spec);
    }

    @Override
    public Machine restore(Path file, String name, Progress progress) throws MachineException {
        try (MachineFile.Content content = MachineFile.open(file)) {
            MachineSpec saved = content.spec();
            MachineSpec spec = withCards(saved, name == null ? saved.name() : name, saved.cards());
            SpecChecker.check(spec, catalog);
            MachineCore known = machines.get(spec.name());
            MachineCore m = known == null ? add(spec) : sameAndOff(known, spec);
            try {
                m.restore(content, progress);
            } catch (MachineException | RuntimeException | Error e) {
                if (known == null) {
                    m.destroy();
                }
                throw e;
            }
            return m;
        }
    }

    /** A machine that the runtime knows takes its saved state back if it is off and still what was saved. */
    private static MachineCore sameAndOff(MachineCore known, MachineSpec saved) throws MachineException {
        MachineState state = known.state();
        boolean off = state == MachineState.STOPPED || state == MachineState.FAILED;
        if (off && known.spec().equals(saved)) {
            return known;
        }
        throw new MachineException("there is a machine %s already, and it %s; choose another name or destroy it first"
            .formatted(saved.name(), off ? "has changed since it was saved" : "is " + state));
    }

    @Override
    public List<DeviceTypeView> deviceTypes() {
        return catalog.deviceTypes();
    }

    @Override
    public List<HostBackendView> hostBackends() {
        return catalog.hostBackends();
    }

    @Override
    public List<CpuBackendView> cpuBackends() {
        return catalog.cpuBackends();
    }

    /** Turns all machines off; their definitions stay. */
    @Override
    public void close() {
        machines.values().forEach(m -> {
            m.release();
            registrar.removed(m);
        });
        machines.clear();
        events.close();
    }
}
