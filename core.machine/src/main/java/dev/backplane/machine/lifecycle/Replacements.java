package dev.backplane.machine.lifecycle;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineEvent.Kind;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineState;
import dev.backplane.machine.device.Card;

/**
 * Puts other builds of device types and of the CPU backend behind one running machine: what goes away is parked with
 * its state, what comes takes the state over. Threading: any thread; takes turns with the machine's operations.
 */
public final class Replacements {
    private static final Logger LOG = LoggerFactory.getLogger(Replacements.class);

    private final MachineCore machine;
    /** Since when cards, by id, and vCPUs, as "", wait for another build. */
    private final Map<String, Long> parkedAt = new ConcurrentHashMap<>();

    Replacements(MachineCore machine) {
        this.machine = machine;
    }

    /**
     * A device type goes away: its cards are parked, and abandoned if no build of it comes in time.
     */
    public void typeGone(DeviceType type) {
        machine.inOperation(() -> {
            PoweredMachine p = machine.powered();
            if (p == null) {
                return;
            }
            for (Card c : p.cards().values()) {
                if (c.type() == type && !c.waitsForBuild()) {
                    c.park();
                    parkedAt.put(c.id(), System.nanoTime());
                    event(c.id(), Kind.CARD_PARKED, type.name() + " went away");
                    later(() -> abandon(p, c));
                }
            }
        });
    }

    private void event(String card, Kind kind, String detail) {
        machine.outside().event(new MachineEvent(machine.name(), card, kind, detail));
    }

    private void abandon(PoweredMachine p, Card card) {
        boolean late = parkedFor(card.id()) >= machine.outside().grace().toMillis();
        if (late && machine.powered() == p && card.waitsForBuild()) {
            card.abandon("its type " + card.type().name() + " went away and did not come back");
        }
    }

    private long parkedFor(String card) {
        return (System.nanoTime() - parkedAt.getOrDefault(card, System.nanoTime())) / 1_000_000;
    }

    /** A device type has come: parked cards of its name go on with it. */
    public void typeCame(DeviceType type) {
        machine.inOperation(() -> {
            PoweredMachine p = machine.powered();
            if (p == null) {
                return;
            }
            for (Card c : p.cards().values()) {
                if (c.waitsForBuild() && c.type().name().equals(type.name())) {
                    seat(c, type);
                }
            }
        });
    }

    private void seat(Card c, DeviceType type) {
        try {
            c.seat(type);
            String detail = "parked for " + parkedFor(c.id()) + " ms";
            LOG.info("{}: {} was replaced, {}", machine.name(), c.id(), detail);
            event(c.id(), Kind.CARD_REPLACED, detail);
        } catch (DeviceException e) {
            LOG.error("{}: the new build of {} does not take {} over: {}", machine.name(), type.name(), c.id(),
                e.getMessage());
            event(c.id(), Kind.CARD_PARKED, e.getMessage());
        }
    }

    /** A CPU backend goes away: a machine that runs on it stands still, and fails if none comes in time. */
    public void backendGone(CpuBackend gone) {
        machine.inOperation(() -> {
            PoweredMachine p = machine.powered();
            if (p == null || machine.backend().backend() != gone || p.waitsForBackend()) {
                return;
            }
            try {
                p.standStill();
                p.parkBackend();
                parkedAt.put("", System.nanoTime());
                later(() -> abandon(p));
            } catch (MachineException e) {
                machine.fail(p, e.getMessage());
            }
        });
    }

    private void abandon(PoweredMachine p) {
        if (machine.powered() == p && p.waitsForBackend()) {
            machine.fail(p, "its CPU backend went away and did not come back");
        }
    }

    /** A CPU backend has come: a machine that waits for one of its name goes on with it. */
    public void backendCame(CpuBackendView came) {
        machine.inOperation(() -> {
            PoweredMachine p = machine.powered();
            String name = came.backend().name();
            if (p == null || !p.waitsForBackend() || !machine.backend().backend().name().equals(name)) {
                return;
            }
            try {
                p.seatBackend(came.backend());
                machine.backend(came);
                if (machine.state() == MachineState.RUNNING) {
                    p.run();
                }
                LOG.info("{}: CPU backend {} was replaced, vCPUs stood for {} ms", machine.name(), name,
                    parkedFor(""));
            } catch (MachineException e) {
                LOG.error("{}: the new build of {} does not take its vCPUs over: {}", machine.name(), name,
                    e.getMessage());
            }
        });
    }

    private void later(Runnable work) {
        Thread.ofVirtual().name(machine.name() + "/grace").start(() -> {
            LockSupport.parkNanos(machine.outside().grace().toNanos());
            machine.inOperation(work);
        });
    }
}
