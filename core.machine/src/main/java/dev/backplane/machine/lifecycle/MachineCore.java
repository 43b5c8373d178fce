package dev.backplane.machine.lifecycle;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import dev.backplane.api.audio.AudioConnection;
import dev.backplane.api.console.Console;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.Placement;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DebugListener;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineDebugger;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineEvent.Kind;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.MachineView;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.machine.Provider;
import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.state.StateException;
import dev.backplane.machine.device.Card;
import dev.backplane.machine.device.ConsoleChannel;
import dev.backplane.machine.pci.RootPort;
import dev.backplane.machine.spec.SpecChecker;
import dev.backplane.machine.state.MachineFile;
import dev.backplane.machine.state.StateTree;

/**
 * One machine: its specification, its state, and while it is powered on, the {@link PoweredMachine}. Operations take
 * turns; what the machine asks for by itself (reset, power-off) takes its turn too, on a thread of its own.
 */
public final class MachineCore implements Machine {

    private final Outside outside;
    private final CardPlans planner;
    private final String name;
    private final ReentrantLock operation = new ReentrantLock(true);
    private final ReentrantLock stateLock = new ReentrantLock();
    private final Condition stateChanged = stateLock.newCondition();
    private final Map<String, ConsoleChannel> consoles = new LinkedHashMap<>();
    /** Cards that the guest was asked to let go of. */
    private final Set<String> leaving = ConcurrentHashMap.newKeySet();
    private volatile MachineSpec spec;
    private volatile MachineState state = MachineState.STOPPED;
    private volatile String reason = "";
    private volatile int exitStatus = -1;
    private volatile PoweredMachine powered;
    private volatile CpuBackendView backend;
    private volatile long lastUptime;
    private final Replacements replacements = new Replacements(this);
    private final SortedMap<String, String> remarks = new ConcurrentSkipListMap<>();
    private volatile Debugging debugging;

    /**
     * A machine that does not run.
     *
     * @param spec checked; its cards have ids
     */
    public MachineCore(MachineSpec spec, Outside outside) {
        this.outside = Objects.requireNonNull(outside);
        this.spec = spec;
        name = spec.name();
        planner = new CardPlans(outside.catalog());
        List<String> missing = planner.missing(spec);
        if (!missing.isEmpty()) {
            state = MachineState.WAITING;
            reason = waitsFor(missing);
        }
    }

    private static String waitsFor(List<String> missing) {
        return "waits for " + String.join(", ", missing);
    }

    @Override
    public String name() {
        return name;
    }

    public MachineSpec spec() {
        return spec;
    }

    @Override
    public MachineState state() {
        return state;
    }

    @Override
    public MachineView view() {
        return Views.of(this);
    }

    // ---- what Views reads

    String reason() {
        return reason;
    }

    int exitStatus() {
        return exitStatus;
    }

    long uptime() {
        PoweredMachine p = powered;
        return p == null ? lastUptime : p.uptime();
    }

    PoweredMachine powered() {
        return powered;
    }

    CpuBackendView backend() {
        return backend;
    }

    Outside outside() {
        return outside;
    }

    // ---- turns

    interface Operation<T> {
        T run() throws MachineException;
    }

    <T> T inTurn(Operation<T> work) throws MachineException {
        operation.lock();
        try {
            if (state == MachineState.DESTROYED) {
                throw new MachineException(name + " is destroyed");
            }
            return work.run();
        } finally {
            operation.unlock();
        }
    }

    void inTurnVoid(VoidOperation work) throws MachineException {
        inTurn(() -> {
            work.run();
            return null;
        });
    }

    interface VoidOperation {
        void run() throws MachineException;
    }

    void become(MachineState next, String why, Kind event) {
        stateLock.lock();
        try {
            state = next;
            reason = why;
            stateChanged.signalAll();
        } finally {
            stateLock.unlock();
        }
        outside.stateChanged(this);
        if (event != null) {
            outside.event(new MachineEvent(name, "", event, why));
        }
    }

    private PoweredMachine needPower(String what) throws MachineException {
        PoweredMachine p = powered;
        if (p == null) {
            throw new MachineException("%s cannot be %s: it %s".formatted(name, what,
                state == MachineState.WAITING ? reason : "is " + state.name().toLowerCase(Locale.ROOT)
                    + (reason.isEmpty() ? "" : " (" + reason + ")")));
        }
        return p;
    }

    /** For what needs all its parts. */
    private PoweredMachine needWhole(String what) throws MachineException {
        PoweredMachine p = needCards(what);
        if (p.waitsForBackend()) {
            throw new MachineException(name + " cannot be " + what + " now: its CPU backend is being replaced");
        }
        return p;
    }

    private PoweredMachine needCards(String what) throws MachineException {
        PoweredMachine p = needPower(what);
        for (Card c : p.cards().values()) {
            if (c.waitsForBuild()) {
                String waits = c.links().waitsFor();
                throw new MachineException("%s cannot be %s now: %s".formatted(name, what,
                    waits.isEmpty() ? c.id() + " is being replaced" : waits + " of " + c.id() + " is being replaced"));
            }
        }
        return p;
    }

    // ---- composition

    @Override
    public String add(CardSpec wanted) throws MachineException {
        return inTurn(() -> {
            MachineSpec before = spec;
            CardSpec card = planner.complete(wanted, before.cards());
            PoweredMachine p = powered;
            if (p != null) {
                hotAdd(p, card);
            } else {
                planner.check(card, before.cards());
            }
            List<CardSpec> cards = new ArrayList<>(before.cards());
            cards.add(card);
            try {
                keep(withCards(before, cards));
            } catch (MachineException e) {
                if (p != null) {
                    p.dropCard(card.id());
                }
                throw e;
            }
            outside.event(new MachineEvent(name, card.id(), Kind.CARD_ADDED, card.type()));
            reconsider();
            return card.id();
        });
    }

    private void hotAdd(PoweredMachine p, CardSpec card) throws MachineException {
        PlannedCard planned = planner.plan(card, this::console);
        if (planned.type().placement() != Placement.PCIE) {
            throw new MachineException("%s is not a PCIe card and cannot be added to a running machine; stop %s first"
                .formatted(card.type(), name));
        }
        try {
            p.hotAdd(planned);
        } catch (DeviceException e) {
            throw new MachineException(e.getMessage(), e);
        }
    }

    static MachineSpec withCards(MachineSpec s, List<CardSpec> cards) {
        return new MachineSpec(s.name(), s.vcpus(), s.memory(), s.cpuModel(), s.cpuBackend(), s.boot(), cards);
    }

    private void keep(MachineSpec changed) throws MachineException {
        outside.keep(changed);
        spec = changed;
    }

    /** The guest is asked without the machine's turn: other operations need not wait until it has let go. */
    @Override
    public void remove(String cardId, boolean force) throws MachineException {
        RootPort asked = inTurn(() -> {
            CardSpec card = cardNamed(cardId);
            PoweredMachine p = powered;
            if (leaving.contains(cardId) && !force) {
                throw new MachineException(cardId + " is being removed already");
            }
            RootPort port = p == null ? null : hotPort(p, card, force);
            if (port != null && force) {
                p.pullCard(cardId, state == MachineState.RUNNING);
            }
            if (port == null || force) {
                drop(card);
                return null;
            }
            leaving.add(cardId);
            return port;
        });
        if (asked == null) {
            return;
        }
        PoweredMachine before = powered;
        try {
            GracefulRemoval.ask(asked, cardId, () -> powered == before);
            inTurnVoid(() -> {
                if (spec.cards().stream().anyMatch(c -> c.id().equals(cardId))) {
                    drop(cardNamed(cardId));
                }
            });
        } finally {
            leaving.remove(cardId);
        }
    }

    private CardSpec cardNamed(String id) throws MachineException {
        return spec.cards().stream().filter(c -> c.id().equals(id)).findFirst().orElseThrow(
            () -> new MachineException(name + " has no card " + id
                + SpecChecker.hint(id, spec.cards().stream().map(CardSpec::id).toList())));
    }

    private RootPort hotPort(PoweredMachine p, CardSpec card, boolean force) throws MachineException {
        RootPort port = p.portOf(card.id());
        if (port == null) {
            throw new MachineException(card.id() + " is not a PCIe card and cannot be taken out of a running machine");
        }
        if (!force && state == MachineState.PAUSED) {
            throw new MachineException(name + " is paused and cannot let go of " + card.id() + "; resume it first");
        }
        return port;
    }

    private void drop(CardSpec card) throws MachineException {
        if (powered != null) {
            powered.dropCard(card.id());
        }
        keep(withCards(spec, spec.cards().stream().filter(c -> !c.id().equals(card.id())).toList()));
        synchronized (consoles) {
            consoles.remove(card.id());
        }
        outside.event(new MachineEvent(name, card.id(), Kind.CARD_REMOVED, card.type()));
        reconsider();
    }

    @Override
    public void configure(MachineSpec changed) throws MachineException {
        inTurnVoid(() -> {
            if (powered != null) {
                throw new MachineException(name + " runs; stop it to change its specification");
            }
            MachineSpec next = new MachineSpec(name, changed.vcpus(), changed.memory(), changed.cpuModel(),
                changed.cpuBackend(), changed.boot(), planner.withOptionsOf(spec.cards(), changed.cards()));
            SpecChecker.check(next, outside.catalog());
            keep(next);
            reconsider();
        });
    }

    /** Looks again whether everything is there; called when types or backends come and go. */
    public void reconsider() {
        if (!operation.tryLock()) {
            // Whoever tells of a new type, such as a bundle that starts, must not wait for an operation to end.
            Thread.ofVirtual().name(name + "/control").start(this::reconsiderInTurn);
            return;
        }
        try {
            reconsiderInTurn();
        } finally {
            operation.unlock();
        }
    }

    private void reconsiderInTurn() {
        operation.lock();
        try {
            if (state != MachineState.WAITING && state != MachineState.STOPPED) {
                return;
            }
            List<String> missing = planner.missing(spec);
            if (!missing.isEmpty()) {
                String why = waitsFor(missing);
                if (state != MachineState.WAITING || !why.equals(reason)) {
                    become(MachineState.WAITING, why, Kind.WAITING);
                }
            } else if (state == MachineState.WAITING) {
                become(MachineState.STOPPED, "", Kind.COMPLETE);
            }
        } finally {
            operation.unlock();
        }
    }

    // ---- power

    @Override
    public void start() throws MachineException {
        inTurnVoid(() -> {
            if (powered != null) {
                throw new MachineException(name + (state == MachineState.PAUSED ? " is paused; resume it"
                    : " runs already"));
            }
            go(poweredUp(), Kind.STARTED);
        });
    }

    @Override
    public void startPaused() throws MachineException {
        inTurnVoid(() -> {
            if (powered != null) {
                throw new MachineException(name + " is on already");
            }
            PoweredMachine p = poweredUp();
            exitStatus = -1;
            rest(p, Kind.STARTED);
        });
    }

    /** As after power-on; nothing runs yet. */
    private PoweredMachine poweredUp() throws MachineException {
        PoweredMachine p = build();
        try {
            p.powerUp();
            return p;
        } catch (MachineException | RuntimeException | Error e) {
            p.close();
            throw e;
        }
    }

    /** On, but paused. */
    private void rest(PoweredMachine p, Kind event) {
        powered = p;
        p.resumeCards();
        p.restHosts();
        become(MachineState.PAUSED, "", event);
    }

    private void go(PoweredMachine p, Kind event) {
        exitStatus = -1;
        powered = p;
        p.run();
        become(MachineState.RUNNING, "", event);
    }

    /** Builds what the specification says; nothing runs. */
    private PoweredMachine build() throws MachineException {
        List<String> missing = planner.missing(spec);
        if (!missing.isEmpty()) {
            throw new MachineException(name + " " + waitsFor(missing));
        }
        SpecChecker.check(spec, outside.catalog());
        CpuBackendView chosen = outside.catalog().cpuBackend(spec.cpuBackend()).orElseThrow(
            () -> new MachineException(name + " has no CPU backend"));
        PowerRequests requests = new PowerRequests(this);
        PoweredMachine p = new PoweredMachine(spec, chosen.backend(), planner.plan(spec, this::console),
            outside.callLimit(), requests);
        requests.sender(p);
        backend = chosen;
        return p;
    }

    private ConsoleChannel console(String card) {
        synchronized (consoles) {
            return consoles.computeIfAbsent(card, ConsoleChannel::new);
        }
    }

    @Override
    public void pause() throws MachineException {
        inTurnVoid(() -> {
            PoweredMachine p = needPower("paused");
            if (state == MachineState.PAUSED) {
                throw new MachineException(name + " is paused already");
            }
            if (debugging != null) {
                debugging.pause();
                return;
            }
            p.standStill();
            p.restHosts();
            become(MachineState.PAUSED, "", Kind.PAUSED);
        });
    }

    @Override
    public void resume() throws MachineException {
        inTurnVoid(() -> {
            PoweredMachine p = needPower("resumed");
            if (state != MachineState.PAUSED) {
                throw new MachineException(name + " is not paused");
            }
            if (debugging != null) {
                throw new MachineException(name + " is stopped in its debugger; let it go on there");
            }
            p.run();
            become(MachineState.RUNNING, "", Kind.RESUMED);
        });
    }

    @Override
    public void reset() throws MachineException {
        inTurnVoid(() -> reset(needPower("reset"), ""));
    }

    /** In turn. */
    void reset(PoweredMachine p, String why) throws MachineException {
        if (p.waitsForBackend()) {
            throw new MachineException(name + " cannot be reset now: its CPU backend is being replaced");
        }
        p.standStill();
        try {
            p.powerUp();
        } catch (MachineException e) {
            turnOff(p, MachineState.FAILED, "the reset failed: " + e.getMessage(), Kind.FAILED);
            throw e;
        }
        if (debugging != null && debugging.stopped()) {
            debugging.reset();
            return;
        }
        p.run();
        become(MachineState.RUNNING, why, Kind.RESET);
    }

    @Override
    public void powerButton() throws MachineException {
        inTurnVoid(() -> {
            PoweredMachine p = needPower("shut down");
            if (state == MachineState.PAUSED) {
                throw new MachineException(name + " is paused and cannot hear its power button; resume it first");
            }
            p.board().pressPowerButton();
        });
    }

    @Override
    public void stop() throws MachineException {
        inTurnVoid(() -> turnOff(needPower("stopped"), MachineState.STOPPED, "", Kind.STOPPED));
    }

    /** Turns it off because a card said so; in turn. */
    void exit(PoweredMachine p, int status) {
        exitStatus = status;
        turnOff(p, MachineState.STOPPED, "exit status " + status, Kind.STOPPED);
    }

    /** In turn. */
    void turnOff(PoweredMachine p, MachineState next, String why, Kind event) {
        lastUptime = p.uptime();
        powered = null;
        Debugging lost = debugging;
        debugging = null;
        p.close();
        if (lost != null) {
            lost.end(why);
        }
        synchronized (consoles) {
            consoles.values().forEach(ConsoleChannel::dropInput);
        }
        become(next, why, event);
        reconsider();
    }

    @Override
    public void destroy() throws MachineException {
        inTurnVoid(() -> {
            if (powered != null) {
                turnOff(powered, MachineState.STOPPED, "", Kind.STOPPED);
            }
            outside.forget(this);
            become(MachineState.DESTROYED, "", Kind.DESTROYED);
        });
    }

    /** The runtime ends: turns it off but keeps its definition. */
    public void release() {
        operation.lock();
        try {
            if (powered != null) {
                turnOff(powered, MachineState.STOPPED, "the runtime ended", Kind.STOPPED);
            }
        } finally {
            operation.unlock();
        }
    }

    @Override
    public MachineState await(List<MachineState> states, Duration timeout)
            throws MachineException, InterruptedException {
        long left = timeout.toNanos();
        stateLock.lockInterruptibly();
        try {
            while (!states.contains(state)) {
                if (left <= 0) {
                    throw new MachineException("%s is %s after %d s, not %s".formatted(name, state,
                        timeout.toSeconds(), states));
                }
                left = stateChanged.awaitNanos(left);
            }
            return state;
        } finally {
            stateLock.unlock();
        }
    }

    @Override
    public List<Console> consoles() {
        PoweredMachine p = powered;
        List<Console> found = new ArrayList<>();
        synchronized (consoles) {
            for (CardSpec c : spec.cards()) {
                ConsoleChannel channel = consoles.get(c.id());
                Card card = p == null ? null : p.cards().get(c.id());
                if (channel != null && (card == null ? channel.used() : card.hasConsole())) {
                    found.add(channel);
                }
            }
        }
        return found;
    }

    @Override
    public List<AudioConnection> sounds() {
        PoweredMachine p = powered;
        return p == null ? List.of()
            : p.cards().values().stream().flatMap(c -> c.links().sounds().stream()).toList();
    }

    @Override
    public List<NetworkConnection> networks() {
        PoweredMachine p = powered;
        return p == null ? List.of()
            : p.cards().values().stream().flatMap(c -> c.links().networks().stream()).toList();
    }

    @Override
    public List<Processor> processors() {
        PoweredMachine p = powered;
        return p == null ? List.of() : p.processors().lenses(look -> inTurn(() -> {
            if (needWhole("looked at") != p) {
                throw new MachineException(name + " was switched off meanwhile");
            }
            boolean ran = state == MachineState.RUNNING;
            if (ran) {
                p.standStill();
            }
            try {
                return look.at();
            } finally {
                if (ran) {
                    p.run();
                }
            }
        }));
    }

    // ---- a debugger

    @Override
    public MachineDebugger debug(DebugListener listener) throws MachineException {
        return inTurn(() -> {
            PoweredMachine p = needWhole("debugged");
            if (debugging != null) {
                throw new MachineException(name + " has a debugger already");
            }
            debugging = new Debugging(this, p, listener);
            return debugging;
        });
    }

    /** A vCPU has met what the debugger wants to know; in turn. */
    void debugged() throws MachineException {
        if (debugging != null) {
            debugging.met();
        }
    }

    /** The debugger lets go. */
    void undebugged() {
        debugging = null;
    }

    @Override
    public void remark(String topic, String text) {
        if (text.isEmpty()) {
            remarks.remove(topic);
        } else {
            remarks.put(topic, text);
        }
    }

    SortedMap<String, String> remarks() {
        return new TreeMap<>(remarks);
    }

    // ---- state

    @Override
    public void save(Path file, Progress progress) throws MachineException {
        inTurnVoid(() -> {
            PoweredMachine p = needWhole("saved");
            boolean ran = state == MachineState.RUNNING;
            if (ran) {
                p.standStill();
            }
            try {
                MachineFile.write(file, spec, ran, providers(), p.save(), p.ram().host(), progress);
            } finally {
                p.resumeCards();
                if (ran) {
                    p.run();
                } else {
                    p.restHosts();
                }
            }
            outside.event(new MachineEvent(name, "", Kind.SAVED, file.toString()));
        });
    }

    /** Which bundles serve the machine now. */
    private StateTree providers() {
        StateTree tree = new StateTree("providers");
        tree.putString("core", text(outside.core()));
        tree.putString("backend", backend == null ? "" : text(backend.provider()));
        StateTree cards = tree.section("cards");
        for (CardView c : view().cards()) {
            cards.putString(c.id(), c.provider() == null ? "" : text(c.provider()));
        }
        return tree;
    }

    private static String text(Provider p) {
        return p.bundle() + " " + p.version();
    }

    /** Powers it on in the state of a file whose specification it was made from. */
    public void restore(MachineFile.Content content, Progress progress) throws MachineException {
        inTurnVoid(() -> {
            if (powered != null) {
                throw new MachineException(name + " is on; stop it to put a saved state into it");
            }
            PoweredMachine p = build();
            try {
                content.restoreRam(p.ram().host(), progress);
                p.restore(content.state());
            } catch (StateException e) {
                p.close();
                throw new MachineException(e.getMessage(), e);
            } catch (MachineException | RuntimeException | Error e) {
                p.close();
                throw e;
            }
            if (content.running()) {
                go(p, Kind.RESTORED);
            } else {
                rest(p, Kind.RESTORED);
            }
        });
    }

    // ---- builds that come and go

    @Override
    public Duration switchBackend(String wanted) throws MachineException {
        return inTurn(() -> {
            PoweredMachine p = needCards("moved to another CPU backend");
            List<String> known = outside.catalog().cpuBackends().stream().map(b -> b.backend().name()).toList();
            CpuBackendView next = outside.catalog().cpuBackend(wanted).orElseThrow(() -> new MachineException(
                "no CPU backend is named \"" + wanted + "\"" + SpecChecker.hint(wanted, known)));
            if (backend.backend() == next.backend() && !p.waitsForBackend()) {
                throw new MachineException(name + " runs on " + wanted + " already");
            }
            Duration stood = Duration.ofNanos(replacements.move(p, next));
            keep(new MachineSpec(name, spec.vcpus(), spec.memory(), spec.cpuModel(), wanted, spec.boot(),
                spec.cards()));
            return stood;
        });
    }

    /** What happens when device types and backends come and go while it runs. */
    public Replacements replacements() {
        return replacements;
    }

    /** Does something in turn with the other operations. */
    void inOperation(Runnable work) {
        operation.lock();
        try {
            work.run();
        } finally {
            operation.unlock();
        }
    }

    /** What there is to say of it while it goes on, or "". */
    void note(String why) {
        become(state, why, null);
    }

    /** Its vCPUs are run by this one from now on. */
    void backend(CpuBackendView same) {
        backend = same;
    }

    /** It cannot go on. */
    void fail(PoweredMachine p, String why) {
        turnOff(p, MachineState.FAILED, why, Kind.FAILED);
    }
}
