package dev.backplane.machine.lifecycle;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongUnaryOperator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.DebugControl;
import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.cpu.DebugPoint;
import dev.backplane.api.machine.DebugListener;
import dev.backplane.api.machine.MachineDebugger;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineState;
import dev.backplane.machine.memory.BusMemory;
import dev.backplane.machine.memory.PageWalk;

/**
 * A debugger's hold on a machine. Threading: what changes something takes its turn with the machine's operations;
 * methods without {@code public} are called in turn.
 */
final class Debugging implements MachineDebugger {
    private static final Logger LOG = LoggerFactory.getLogger(Debugging.class);
    private static final String STOPPED = "stopped in its debugger";
    private static final long PAGE = 0x1000;
    /** A stop that lasts longer than this brings the host's sides of cards to rest; most stops of steps do not. */
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final MachineCore machine;
    private final PoweredMachine powered;
    private final Processors processors;
    private final DebugListener listener;
    private final BusMemory ram;
    private final boolean pausedBefore;
    private List<DebugPoint> points = List.of();
    private volatile boolean stopped;
    private boolean resumed;
    private boolean ended;
    private long stops;
    /** The vCPU that was told of last: the next one is told of first. */
    private int told;

    /** Stops the machine if it runs. */
    Debugging(MachineCore machine, PoweredMachine powered, DebugListener listener) throws MachineException {
        this.machine = machine;
        this.powered = powered;
        this.listener = listener;
        processors = powered.processors();
        ram = BusMemory.ofCore(powered.ram());
        pausedBefore = machine.state() == MachineState.PAUSED;
        halt();
    }

    // ---- what happens to the machine

    private void halt() throws MachineException {
        powered.standStill();
        for (int i = 0; i < vcpus(); i++) {
            processors.thread(i).hold(true);
        }
        stopped = true;
        stops++;
        machine.become(MachineState.PAUSED, STOPPED, null);
        long stop = stops;
        Thread.ofVirtual().name(machine.name() + "/rest").start(() -> {
            LockSupport.parkNanos(REST_NANOS);
            machine.inOperation(() -> {
                if (stops == stop && stopped && !ended && machine.powered() == powered) {
                    powered.restHosts();
                }
            });
        });
    }

    /** A vCPU has met what the debugger wants to know. */
    void met() throws MachineException {
        if (stopped || ended) {
            return;
        }
        halt();
        tell(i -> processors.thread(i).debugEvent());
    }

    private interface Events {
        DebugEvent of(int vcpu);
    }

    /** Tells of one vCPU's event; false if there is none. */
    private boolean tell(Events events) {
        for (int n = 1; n <= vcpus(); n++) {
            int i = (told + n) % vcpus();
            DebugEvent event = events.of(i);
            if (event != null) {
                told = i;
                processors.thread(i).forgetDebugEvent();
                listener.stopped(i, event);
                return true;
            }
        }
        return false;
    }

    /** Somebody else wants the machine to pause. */
    void pause() throws MachineException {
        if (stopped) {
            throw new MachineException(machine.name() + " is " + STOPPED);
        }
        halt();
        listener.stopped(0, null);
    }

    /** The machine was reset while it was stopped. */
    void reset() {
        for (int i = 0; i < vcpus(); i++) {
            processors.thread(i).forgetDebugEvent();
        }
        machine.become(MachineState.PAUSED, STOPPED, null);
    }

    /** The machine is off. */
    void end(String why) {
        ended = true;
        listener.ended(why);
    }

    // ---- MachineDebugger

    @Override
    public int vcpus() {
        return processors.count();
    }

    @Override
    public boolean stopped() {
        return stopped;
    }

    private void needHold() throws MachineException {
        if (ended) {
            throw new MachineException(machine.name() + " is off, or was let go");
        }
    }

    private void needStop() throws MachineException {
        needHold();
        if (!stopped) {
            throw new MachineException(machine.name() + " runs");
        }
        if (powered.waitsForBackend()) {
            throw new MachineException(machine.name() + "'s CPU backend is being replaced");
        }
    }

    @Override
    public void stop() throws MachineException {
        machine.inTurnVoid(() -> {
            needHold();
            if (!stopped) {
                halt();
                if (!tell(i -> processors.thread(i).debugEvent())) {
                    listener.stopped(0, null);
                }
            }
        });
    }

    @Override
    public void resume(List<Go> go) throws MachineException {
        if (go.size() != vcpus()) {
            throw new IllegalArgumentException("there are " + vcpus() + " vCPUs");
        }
        machine.inTurnVoid(() -> {
            needStop();
            if (tell(i -> go.get(i) == Go.STAY ? null : stillToTell(i))) {
                return;
            }
            for (int i = 0; i < vcpus(); i++) {
                Go how = go.get(i);
                processors.debug(i, new DebugControl(how == Go.STEP, true, points));
                if (how != Go.STAY) {
                    processors.thread(i).forgetDebugEvent();
                }
                processors.thread(i).hold(how == Go.STAY);
            }
            resumed = true;
            stopped = false;
            machine.become(MachineState.RUNNING, "", null);
            powered.run();
        });
    }

    /** A breakpoint is met again, a step is of no more interest, but what was accessed stays accessed. */
    private DebugEvent stillToTell(int vcpu) {
        DebugEvent e = processors.thread(vcpu).debugEvent();
        return e != null && e.cause() == DebugEvent.Cause.WATCHPOINT && points.contains(e.point()) ? e : null;
    }

    @Override
    public void points(List<DebugPoint> wanted) throws MachineException {
        machine.inTurnVoid(() -> {
            needStop();
            List<DebugPoint> before = points;
            points = List.copyOf(wanted);
            try {
                for (int i = 0; i < vcpus(); i++) {
                    processors.debug(i, new DebugControl(false, true, points));
                }
            } catch (MachineException e) {
                points = before;
                throw e;
            }
        });
    }

    private VcpuThread thread(int vcpu) throws MachineException {
        needStop();
        if (vcpu < 0 || vcpu >= vcpus()) {
            throw new MachineException(machine.name() + " has no vCPU " + vcpu);
        }
        return processors.thread(vcpu);
    }

    @Override
    public CpuState state(int vcpu) throws MachineException {
        return machine.inTurn(() -> thread(vcpu).save());
    }

    @Override
    public void state(int vcpu, CpuState changed) throws MachineException {
        machine.inTurnVoid(() -> thread(vcpu).load(changed));
    }

    @Override
    public int read(int vcpu, long address, byte[] target) throws MachineException {
        return machine.inTurn(() -> {
            PageWalk walk = PageWalk.of(thread(vcpu).save(), ram);
            return read(walk::physical, address, target);
        });
    }

    @Override
    public int readPhysical(long address, byte[] target) throws MachineException {
        return machine.inTurn(() -> {
            needStop();
            return read(a -> a, address, target);
        });
    }

    private int read(LongUnaryOperator physical, long address, byte[] target) {
        int done = 0;
        while (done < target.length) {
            int length = chunk(address + done, target.length - done);
            long pa = physical.applyAsLong(address + done);
            if (pa < 0 || !ram.read(pa, target, done, length)) {
                break;
            }
            done += length;
        }
        return done;
    }

    @Override
    public boolean write(int vcpu, long address, byte[] source) throws MachineException {
        return machine.inTurn(() -> {
            PageWalk walk = PageWalk.of(thread(vcpu).save(), ram);
            return write(walk::physical, address, source);
        });
    }

    @Override
    public boolean writePhysical(long address, byte[] source) throws MachineException {
        return machine.inTurn(() -> {
            needStop();
            return write(a -> a, address, source);
        });
    }

    private boolean write(LongUnaryOperator physical, long address, byte[] source) {
        for (int done = 0; done < source.length; done += chunk(address + done, source.length - done)) {
            long pa = physical.applyAsLong(address + done);
            if (pa < 0 || !ram.contains(pa, chunk(address + done, source.length - done))) {
                return false;
            }
        }
        boolean written = true;
        for (int done = 0; done < source.length; done += chunk(address + done, source.length - done)) {
            written &= ram.write(physical.applyAsLong(address + done), source, done,
                chunk(address + done, source.length - done));
        }
        return written;
    }

    private static int chunk(long address, int left) {
        return (int) Math.min(left, PAGE - (address & PAGE - 1));
    }

    @Override
    public void close() {
        machine.inOperation(() -> {
            if (ended) {
                return;
            }
            ended = true;
            machine.undebugged();
            boolean stays = stopped && pausedBefore && !resumed;
            try {
                if (!stopped) {
                    powered.standStill();
                }
                for (int i = 0; i < vcpus(); i++) {
                    processors.debug(i, DebugControl.NONE);
                    processors.thread(i).forgetDebugEvent();
                    processors.thread(i).hold(false);
                }
            } catch (MachineException e) {
                LOG.error("{}: its debugger could not let go of it: {}", machine.name(), e.getMessage());
            }
            if (stays) {
                machine.become(MachineState.PAUSED, "", null);
            } else {
                powered.run();
                machine.become(MachineState.RUNNING, "", null);
            }
        });
    }
}
