package dev.backplane.machine.lifecycle;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Activity;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.DebugControl;
import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.cpu.SegmentState;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuSample;
import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.api.machine.VcpuView;
import dev.backplane.machine.interrupt.VcpuSignals;

/**
 * The thread of one vCPU. It runs the backend's vCPU, sleeps while that is halted, carries out INIT and start-up
 * interrupts, and stands still at an instruction boundary when asked to.
 *
 * <p>Threading: the signals come from any thread; {@link #load}, {@link #save} and {@link #exchange} only while it
 * stands still.
 */
final class VcpuThread implements VcpuSignals {
    private static final Logger LOG = LoggerFactory.getLogger(VcpuThread.class);
    private static final int MSR_EFER = 0xC0000080;
    private static final long CR0_CACHE_BITS = 0x60000000L;
    private static final int NO_VECTOR = -1;

    /** Hears what a vCPU cannot settle itself. Called on the vCPU's thread; must not block. */
    interface Events {
        /**
         * Triple fault.
         *
         * @param place where, for people
         */
        void shutdown(int index, String place);

        /** The backend gave up. */
        void failed(int index, String reason);

        /** It has met what the debugger wants to know, and is held. */
        void debugged();
    }

    private final String machine;
    private final int index;
    private final VcpuPort port;
    private final Events events;
    private final Object monitor = new Object();
    private Thread thread;
    private boolean standing = true;
    private volatile boolean runWanted;
    private volatile boolean end;

    private volatile Vcpu vcpu;
    private CpuState powerUp;
    private boolean waitingForSipi;
    private boolean dead;
    /** It stands still whatever else is wished: a debugger holds it. */
    private volatile boolean held;
    private volatile DebugEvent debugEvent;
    private volatile DebugControl debugControl = DebugControl.NONE;

    private volatile boolean attention;
    private volatile boolean idle;
    private volatile boolean signalled;
    /** Guarded by {@link #signalLock}. */
    private boolean initPending;
    private int sipiVector = NO_VECTOR;
    private final Object signalLock = new Object();
    private final Object tracing = new Object();
    /** Guarded by {@link #tracing}. */
    private VcpuTracer tracer;
    private volatile String activity = "stopped";

    VcpuThread(String machine, int index, VcpuPort port, Events events) {
        this.machine = machine;
        this.index = index;
        this.port = port;
        this.events = events;
    }

    VcpuPort port() {
        return port;
    }

    int index() {
        return index;
    }

    /**
     * Gives it the backend's vCPU.
     *
     * @param afterPowerUp the vCPU's state after power-up
     */
    void exchange(Vcpu made, CpuState afterPowerUp) {
        synchronized (tracing) {
            vcpu = made;
            if (tracer != null) {
                made.trace(tracer);
            }
        }
        powerUp = afterPowerUp;
    }

    /** The state after power-up: real mode at F000:FFF0. */
    CpuState powerUp() {
        return powerUp;
    }

    CpuState save() {
        return vcpu.save();
    }

    void load(CpuState state) {
        vcpu.load(state);
        waitingForSipi = state.activity() == Activity.WAIT_FOR_SIPI;
        dead = state.activity() == Activity.SHUTDOWN;
    }

    /** Forgets INIT and start-up interrupts that were not carried out yet: the machine is reset. */
    void dropSignals() {
        synchronized (signalLock) {
            initPending = false;
            sipiVector = NO_VECTOR;
            signalled = false;
        }
    }

    /** INIT and start-up interrupts that wait, for saving: bit 31 INIT, bits 8:0 the vector plus one. */
    int signals() {
        synchronized (signalLock) {
            return (initPending ? 1 << 31 : 0) | (sipiVector + 1);
        }
    }

    void signals(int saved) {
        synchronized (signalLock) {
            initPending = saved < 0;
            sipiVector = Math.min((saved & 0x1FF) - 1, 0xFF);
            signalled = saved != 0;
        }
    }

    VcpuView view() {
        Vcpu v = vcpu;
        return new VcpuView(index, activity,
            v == null ? Collections.emptySortedMap() : v.statistics());
    }

    // ---- looking at it, any thread

    VcpuPhase phase() {
        return idle || waitingForSipi ? VcpuPhase.HALTED
            : activity.equals("running") ? vcpu.phase() : VcpuPhase.CORE;
    }

    void sample(Consumer<VcpuSample> then) {
        vcpu.sample(then);
    }

    /** Exchanges the tracer (null for none); false if another one than expected is there. */
    boolean trace(VcpuTracer expected, VcpuTracer next) {
        synchronized (tracing) {
            if (tracer != expected) {
                return false;
            }
            tracer = next;
            vcpu.trace(next);
            port.trace(next, index);
            return true;
        }
    }

    /** It stands still. */
    List<CodeLine> listing(long address, int count, int bits) {
        return vcpu.listing(address, count, bits);
    }

    // ---- a debugger; while it stands still

    DebugControl debugControl() {
        return debugControl;
    }

    /** @param later it has no backend now, and the next one is told */
    void debug(DebugControl control, boolean later) throws CpuException {
        if (!later && !control.equals(debugControl)) {
            vcpu.debug(control);
        }
        debugControl = control;
    }

    void hold(boolean on) {
        held = on;
    }

    /** Why it stopped, if nobody has been told yet, or null. */
    DebugEvent debugEvent() {
        return debugEvent;
    }

    void forgetDebugEvent() {
        debugEvent = null;
    }

    // ---- control, any thread

    /** Lets it run. */
    void go() {
        synchronized (monitor) {
            runWanted = true;
            standing &= held;
            if (thread == null) {
                thread = Thread.ofPlatform().daemon().name(machine + "/cpu" + index).start(this::serve);
            }
            monitor.notifyAll();
        }
    }

    /** Asks it to stand still; {@link #awaitStanding} waits for that. */
    void halt() {
        synchronized (monitor) {
            runWanted = false;
            if (standing) {
                return;
            }
        }
        interruptRun();
    }

    /** Whether it stands still within the time. */
    boolean awaitStanding(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        synchronized (monitor) {
            while (!standing) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(monitor, Math.max(left, 1_000_000));
            }
        }
        return true;
    }

    boolean stands() {
        synchronized (monitor) {
            return standing;
        }
    }

    /** Ends the thread; false if it does not end within the time. */
    boolean end(long millis) throws InterruptedException {
        Thread t;
        synchronized (monitor) {
            end = true;
            runWanted = false;
            monitor.notifyAll();
            t = thread;
        }
        if (t == null) {
            return true;
        }
        interruptRun();
        t.join(millis);
        return !t.isAlive();
    }

    private void interruptRun() {
        Vcpu v = vcpu;
        if (v != null) {
            v.kick();
        }
        LockSupport.unpark(thread);
    }

    // ---- signals, any thread

    @Override
    public void interruptRequested() {
        // In this order: a thread that clears attention and runs must find the vCPU told, or it sleeps on the interrupt.
        vcpu.attention();
        attention = true;
        wake();
    }

    @Override
    public void nmi() {
        port.nmi();
        interruptRequested();
    }

    @Override
    public void init() {
        synchronized (signalLock) {
            initPending = true;
            sipiVector = NO_VECTOR;
            signalled = true;
        }
        vcpu.kick();
        wake();
    }

    @Override
    public void startup(int vector) {
        synchronized (signalLock) {
            if (sipiVector != NO_VECTOR) {
                return;
            }
            sipiVector = vector & 0xFF;
            signalled = true;
        }
        vcpu.kick();
        wake();
    }

    private void wake() {
        if (idle) {
            LockSupport.unpark(thread);
        }
    }

    // ---- its own thread

    private void serve() {
        while (awaitGo()) {
            try {
                step();
            } catch (Throwable t) {
                LOG.error("{}: vCPU {} failed", machine, index, t);
                die("failed", t.toString());
            }
        }
    }

    private boolean awaitGo() {
        if (runWanted && !held && !end) {
            return true;
        }
        synchronized (monitor) {
            while ((!runWanted || held) && !end) {
                standing = true;
                activity = dead ? activity : "stopped";
                monitor.notifyAll();
                try {
                    monitor.wait();
                } catch (InterruptedException e) {
                    LOG.debug("{}: vCPU {} was interrupted while it stood still", machine, index);
                }
            }
            standing = end;
            monitor.notifyAll();
            return !end;
        }
    }

    private void step() {
        if (signalled) {
            carryOutSignals();
        }
        if (dead) {
            sleep();
            return;
        }
        if (waitingForSipi) {
            activity = "wait-for-sipi";
            sleep();
            return;
        }
        attention = false;
        activity = "running";
        VcpuExit exit = vcpu.run();
        switch (exit) {
            case KICKED -> { }
            case HALTED -> {
                activity = "halted";
                sleep();
            }
            case DEBUG -> {
                debugEvent = vcpu.debugEvent();
                held = true;
                events.debugged();
            }
            case SHUTDOWN -> {
                die("shutdown", null);
                events.shutdown(index, place());
            }
            case FAILED -> die("failed", "its backend cannot go on; the log says why");
        }
    }

    private String place() {
        CpuState s = vcpu.save();
        return "%04x:%x (CS base %x, CR0 %x, CR2 %x, CR3 %x, CR4 %x, SS:SP %04x:%x, IDT %x limit %x)".formatted(
            s.segment(Segment.CS).selector(), s.rip(), s.segment(Segment.CS).base(), s.cr0(), s.cr2(), s.cr3(),
            s.cr4(), s.segment(Segment.SS).selector(), s.gpr(4), s.idtBase(), s.idtLimit());
    }

    private void die(String as, String reason) {
        dead = true;
        activity = as;
        if (reason != null) {
            events.failed(index, reason);
        }
    }

    /** Sleeps until a signal, an interrupt request or a wish of the core's. */
    private void sleep() {
        idle = true;
        while (runWanted && !signalled && (dead || !attention)) {
            LockSupport.park(this);
            // An interrupt is meant for a card's code that hangs; here it would only keep the thread from sleeping.
            Thread.interrupted();
        }
        idle = false;
        if (dead) {
            attention = false;
        }
    }

    private void carryOutSignals() {
        boolean init;
        int vector;
        synchronized (signalLock) {
            init = initPending;
            vector = sipiVector;
            initPending = false;
            sipiVector = NO_VECTOR;
            signalled = false;
        }
        if (init) {
            CpuState state = afterInit(vcpu.save());
            load(index == 0 ? state : state.with(b -> b.activity(Activity.WAIT_FOR_SIPI)));
            port.apic().init();
        }
        if (vector != NO_VECTOR && waitingForSipi) {
            load(vcpu.save().with(b -> b.activity(Activity.ACTIVE).rip(0).segment(Segment.CS,
                new SegmentState(vector << 8, (long) vector << 12, 0xFFFF, 0x9B))));
        }
    }

    /** INIT leaves MSRs, x87/SSE state and the cache bits of CR0 alone (Intel SDM vol. 3, table 10-1). */
    private CpuState afterInit(CpuState before) {
        CpuState.Builder b = powerUp.toBuilder().xsave(before.xsave()).xcr0(before.xcr0())
            .cr0(powerUp.cr0() & ~CR0_CACHE_BITS | before.cr0() & CR0_CACHE_BITS);
        before.msrs().forEach(b::msr);
        return b.msr(MSR_EFER, 0).build();
    }
}
