package dev.backplane.machine.lifecycle;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.CpuModelInfo;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.DebugControl;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.machine.VcpuView;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.machine.board.Board;
import dev.backplane.machine.boot.Firmware;
import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.clock.MachineTime;
import dev.backplane.machine.memory.MachineRam;
import dev.backplane.machine.state.CpuStateCodec;
import dev.backplane.machine.state.StateTree;

/**
 * The vCPUs of a machine that is on, and the session of the backend that runs them. The session can be exchanged while
 * they stand still; a backend that cannot take them over changes nothing.
 *
 * <p>Threading: one thread at a time calls the methods; {@link #views()} from any thread.
 */
final class Processors {
    private static final Logger LOG = LoggerFactory.getLogger(Processors.class);
    private static final long STAND_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long END_LIMIT_MILLIS = 5000;

    private final MachineSpec spec;
    private final MachineRam ram;
    private final MachineTime time;
    private final Duration callLimit;
    private final List<VcpuThread> threads = new ArrayList<>();
    private String model;
    private CpuSession session;
    private List<CpuState> parkedStates = List.of();

    /** A session whose vCPUs are made and run nothing yet. */
    record Opened(CpuSession session, String model, List<Vcpu> vcpus, List<CpuState> powerUps) {
    }

    /** @param callLimit how long the backend may take to make a session */
    Processors(MachineSpec spec, AddressSpace memory, AddressSpace ports, MachineRam ram, MachineTime time,
            VcpuThread.Events events, Duration callLimit) {
        this.spec = spec;
        this.ram = ram;
        this.time = time;
        this.callLimit = callLimit;
        model = spec.cpuModel();
        for (int i = 0; i < spec.vcpus(); i++) {
            threads.add(new VcpuThread(spec.name(), i, new VcpuPort(memory, ports, time), events));
        }
    }

    /** Makes the first session and connects the local APICs. */
    void begin(CpuBackend backend, Board board) throws MachineException {
        take(open(backend), List.of());
        for (VcpuThread t : threads) {
            t.port().connect(board.addLocalApic(t.port()::readTsc, t));
        }
    }

    /**
     * Makes vCPUs on another backend, for {@link #move}. The ones there are may run meanwhile.
     *
     * @throws MachineException if the backend does not do it
     */
    Opened open(CpuBackend backend) throws MachineException {
        return bounded(backend.name(), () -> make(backend));
    }

    /** Gives back what {@link #open} made. */
    void discard(Opened opened) {
        closeSession(opened.session);
    }

    private void take(Opened opened, List<CpuState> states) throws MachineException {
        try {
            bounded("load", () -> {
                for (int i = 0; i < states.size(); i++) {
                    opened.vcpus.get(i).load(states.get(i));
                }
                for (int i = 0; i < threads.size(); i++) {
                    opened.vcpus.get(i).debug(threads.get(i).debugControl());
                }
                return null;
            });
        } catch (MachineException e) {
            closeSession(opened.session);
            throw e;
        }
        for (int i = 0; i < threads.size(); i++) {
            threads.get(i).exchange(opened.vcpus.get(i), opened.powerUps.get(i));
        }
        model = opened.model;
        CpuSession before = session;
        session = opened.session;
        closeSession(before);
    }

    private Opened make(CpuBackend backend) throws CpuException {
        List<String> models = backend.models().stream().map(CpuModelInfo::name).toList();
        String chosen = model == null ? models.getFirst() : model;
        if ((session != null || !parkedStates.isEmpty()) && !models.contains(chosen)) {
            // The guest must not find another CPU than it booted on.
            throw new CpuException("the CPU backend %s has no model %s, as which %s runs; it has %s".formatted(
                backend.name(), chosen, spec.name(), String.join(", ", models)));
        }
        CpuSession opened = backend.open(new CpuConfig(spec.name(), chosen, spec.vcpus(), ram, VcpuPort.TSC_HZ,
            VcpuPort.TSC_HZ));
        try {
            List<Vcpu> made = new ArrayList<>();
            for (int i = 0; i < threads.size(); i++) {
                made.add(opened.createVcpu(i, threads.get(i).port()));
            }
            List<CpuState> powerUps = made.stream().map(v -> afterPowerUp(v.save())).toList();
            return new Opened(opened, chosen, made, powerUps);
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** The state after power-up, with the signature and the MSRs that are the backend's and firmware's to say. */
    private static CpuState afterPowerUp(CpuState backends) {
        return Firmware.processor(CpuState.reset().with(b -> {
            backends.msrs().forEach(b::msr);
            return b.gpr(2, backends.gpr(2));
        }));
    }

    /** Calls a backend's code on a thread of its own, for a bounded time. */
    private <T> T bounded(String backend, Callable<T> call) throws MachineException {
        FutureTask<T> task = new FutureTask<>(call);
        Thread thread = Thread.ofPlatform().daemon().name(spec.name() + "/" + backend).start(task);
        try {
            return task.get(callLimit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CpuException known) {
                throw new MachineException(known.getMessage(), known);
            }
            LOG.error("{}: the CPU backend {} failed", spec.name(), backend, e.getCause());
            throw new MachineException("the CPU backend %s failed: %s".formatted(backend, e.getCause()), e);
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new MachineException("the CPU backend %s did not answer within %d s".formatted(backend,
                callLimit.toSeconds()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            thread.interrupt();
            throw new MachineException(spec.name() + ": the wait for the CPU backend was interrupted", e);
        }
    }

    private void closeSession(CpuSession old) {
        if (old == null) {
            return;
        }
        try {
            bounded("session", () -> {
                old.close();
                return null;
            });
        } catch (MachineException e) {
            LOG.error("{}: a session of its CPU backend was not closed: {}", spec.name(), e.getMessage());
        }
    }

    List<VcpuView> views() {
        return threads.stream().map(VcpuThread::view).toList();
    }

    /** Its vCPUs, to look at. */
    List<Processor> lenses(Lens.Stand stand) {
        return threads.stream().<Processor>map(t -> new Lens(t, stand)).toList();
    }

    // ---- a debugger

    int count() {
        return threads.size();
    }

    VcpuThread thread(int vcpu) {
        return threads.get(vcpu);
    }

    /** Says what a debugger wants of a vCPU, which stands still. */
    void debug(int vcpu, DebugControl control) throws MachineException {
        try {
            threads.get(vcpu).debug(control, parked());
        } catch (CpuException e) {
            throw new MachineException(e.getMessage(), e);
        }
    }

    // ---- running

    /** The state with which vCPU 0 begins; the others wait for their start-up interrupt. */
    void powerUp(CpuState begin) {
        for (VcpuThread t : threads) {
            t.dropSignals();
            t.port().reset();
            t.load(t == threads.getFirst() ? begin
                : t.powerUp().with(b -> b.activity(CpuState.Activity.WAIT_FOR_SIPI)));
        }
    }

    /** Lets them run. */
    void go() {
        threads.forEach(VcpuThread::go);
    }

    /** Stops them at an instruction boundary, and machine time. */
    void standStill() throws MachineException {
        threads.forEach(VcpuThread::halt);
        try {
            for (VcpuThread t : threads) {
                if (!t.awaitStanding(STAND_LIMIT_NANOS)) {
                    throw new MachineException("%s: vCPU %d does not come to rest; a card it waits for may hang"
                        .formatted(spec.name(), threads.indexOf(t)));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MachineException(spec.name() + ": stopping its vCPUs was interrupted", e);
        } finally {
            if (threads.stream().allMatch(VcpuThread::stands)) {
                time.pause();
            } else {
                go();
            }
        }
    }

    // ---- backends that come and go

    /**
     * Goes on with vCPUs that {@link #open} made, at the instruction where each vCPU is; they stand still, or were
     * parked.
     *
     * @throws MachineException if the backend does not take them; nothing has changed then
     */
    void move(Opened opened) throws MachineException {
        time.ease();
        take(opened, parked() ? parkedStates : threads.stream().map(VcpuThread::save).toList());
        parkedStates = List.of();
    }

    /** Takes the vCPUs from a backend that goes away; they stand still until {@link #move}. */
    void park() {
        parkedStates = threads.stream().map(VcpuThread::save).toList();
        closeSession(session);
        session = null;
    }

    /** Whether they have no backend. */
    boolean parked() {
        return session == null;
    }

    // ---- state

    void save(StateTree cpus) {
        for (int i = 0; i < threads.size(); i++) {
            VcpuThread t = threads.get(i);
            StateTree cpu = cpus.section(Integer.toString(i));
            CpuStateCodec.save(t.save(), cpu.section("state"));
            t.port().save(cpu.section("bus"));
            cpu.putInt("signals", t.signals());
        }
    }

    void restore(StateReader cpus) throws StateException {
        for (int i = 0; i < threads.size(); i++) {
            VcpuThread t = threads.get(i);
            StateReader cpu = cpus.section(Integer.toString(i));
            t.load(CpuStateCodec.restore(cpu.section("state")));
            t.port().restore(cpu.section("bus"));
            t.signals(cpu.getInt("signals"));
        }
    }

    // ---- the end

    /** Asks the threads to stop. */
    void halt() {
        threads.forEach(VcpuThread::halt);
    }

    /** Ends the threads; false if one hangs in a card. */
    boolean end() {
        boolean ended = true;
        for (VcpuThread t : threads) {
            ended &= end(t);
        }
        return ended;
    }

    private boolean end(VcpuThread t) {
        try {
            return t.end(END_LIMIT_MILLIS / threads.size());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Closes the session; the threads have ended. */
    void close() {
        closeSession(session);
        session = null;
    }
}
