package dev.backplane.machine.lifecycle;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineEvent.Kind;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.device.Card;

/**
 * Puts other builds of device types, host backends and the CPU backend behind one running machine. A build that comes
 * from the same bundle as the one in use takes over at once, while the old one is still there; what refuses it stays
 * on the old one. What goes away with no other build present is parked with its state, and goes on when one comes.
 * Threading: any thread; takes turns with the machine's operations.
 */
public final class Replacements {
    private static final Logger LOG = LoggerFactory.getLogger(Replacements.class);
    private static final String VCPUS = "";

    private final MachineCore machine;
    /** Since when cards, by id, and the vCPUs wait for another build. */
    private final Map<String, Long> parkedAt = new ConcurrentHashMap<>();

    Replacements(MachineCore machine) {
        this.machine = machine;
    }

    private static boolean sameBundle(Provider one, Provider other) {
        return one != null && other != null && one.bundle().equals(other.bundle());
    }

    private static String millis(long nanos) {
        return nanos < 10_000_000 ? String.format(Locale.ROOT, "%.1f ms", nanos / 1e6) : nanos / 1_000_000 + " ms";
    }

    private void event(String card, Kind kind, String detail) {
        machine.outside().event(new MachineEvent(machine.name(), card, kind, detail));
    }

    private void later(Runnable work) {
        Thread.ofVirtual().name(machine.name() + "/grace").start(() -> {
            LockSupport.parkNanos(machine.outside().grace().toNanos());
            machine.inOperation(work);
        });
    }

    // ---- cards

    /** A device type goes away: its cards go on with another build if one is there, else they are parked. */
    public void typeGone(DeviceType type) {
        machine.inOperation(() -> {
            PoweredMachine p = machine.powered();
            if (p == null) {
                return;
            }
            Optional<DeviceTypeView> other = machine.outside().catalog().deviceType(type.name());
            for (Card c : p.cards().values()) {
                if (c.type() == type && !c.waitsForBuild() && (other.isEmpty() || !replace(c, other.get()))) {
                    park(p, c);
                }
            }
        });
    }

    private void park(PoweredMachine p, Card card) {
        card.park();
        parkedAt.put(card.id(), card.parkedSince());
        card.note("waits for another build of " + card.type().name());
        event(card.id(), Kind.CARD_PARKED, card.type().name() + " went away");
        later(() -> abandon(p, card));
    }

    private void abandon(PoweredMachine p, Card card) {
        boolean late = parkedFor(card.id()) >= machine.outside().grace().toNanos();
        if (late && machine.powered() == p && card.waitsForBuild()) {
            card.abandon("its type " + card.type().name() + " went away and did not come back");
        }
    }

    private long parkedFor(String card) {
        return System.nanoTime() - parkedAt.getOrDefault(card, System.nanoTime());
    }

    /** A device type has come: parked cards of its name go on with it, and those that run on a build of its bundle. */
    public void typeCame(DeviceTypeView view) {
        machine.inOperation(() -> {
            PoweredMachine p = machine.powered();
            if (p == null) {
                return;
            }
            for (Card c : p.cards().values()) {
                if (!c.type().name().equals(view.type().name())) {
                    continue;
                }
                if (c.waitsForBuild()) {
                    seat(c, view);
                } else if (c.type() != view.type() && sameBundle(c.provider(), view.provider())) {
                    replace(c, view);
                }
            }
        });
    }

    private void seat(Card c, DeviceTypeView view) {
        if (!c.links().waitsFor().isEmpty()) {
            c.note("waits for " + c.links().waitsFor());
            return;
        }
        try {
            c.seat(view.type());
            replaced(c, view, parkedFor(c.id()));
        } catch (DeviceException e) {
            c.note(e.getMessage());
            refused(c, view, e);
        }
    }

    /** Whether the card goes on with the other build; if not, it is as it was, or failed. */
    private boolean replace(Card c, DeviceTypeView view) {
        try {
            c.replace(view.type());
            replaced(c, view, System.nanoTime() - c.parkedSince());
            return true;
        } catch (DeviceException e) {
            refused(c, view, e);
            return false;
        }
    }

    private void replaced(Card c, DeviceTypeView view, long nanos) {
        c.provider(view.provider());
        replaced(c, nanos);
    }

    private void replaced(Card c, long nanos) {
        parkedAt.remove(c.id());
        c.note("");
        String detail = "parked for " + millis(nanos);
        LOG.info("{}: {} was replaced, {}", machine.name(), c.id(), detail);
        event(c.id(), Kind.CARD_REPLACED, detail);
    }

    private void refused(Card c, DeviceTypeView view, DeviceException why) {
        LOG.error("{}: {} {} of {} does not take {} over: {}", machine.name(), view.provider().bundle(),
            view.provider().version(), view.type().name(), c.id(), why.getMessage());
        event(c.id(), Kind.CARD_REFUSED, why.getMessage());
    }

    // ---- host backends

    /** A host backend goes away: cards on it go on with another build if one is there, else they are parked. */
    public void hostGone(HostBackend gone) {
        machine.inOperation(() -> {
            PoweredMachine p = machine.powered();
            if (p == null) {
                return;
            }
            Optional<HostBackendView> other = machine.outside().catalog().hostBackend(gone.kind().getName(),
                gone.name());
            for (Card c : p.cards().values()) {
                HostBackendView now = c.links().serving(gone);
                if (now != null && (other.isEmpty() || c.waitsForBuild() || !replaceHost(c, now, other.get()))) {
                    park(p, c, gone);
                    other.ifPresent(c.links()::offer);
                }
            }
        });
    }

    private void park(PoweredMachine p, Card card, HostBackend gone) {
        boolean first = !card.waitsForBuild();
        if (first) {
            card.park();
            parkedAt.put(card.id(), card.parkedSince());
        }
        card.parkHost(gone);
        card.note("waits for " + card.links().waitsFor());
        if (first) {
            event(card.id(), Kind.CARD_PARKED, "the host backend " + gone.name() + " went away");
            later(() -> abandon(p, card));
        }
    }

    /** A host backend has come: cards that wait for it go on, and those that run on a build of its bundle. */
    public void hostCame(HostBackendView view) {
        machine.inOperation(() -> {
            PoweredMachine p = machine.powered();
            if (p == null) {
                return;
            }
            for (Card c : p.cards().values()) {
                if (c.links().offer(view)) {
                    machine.outside().catalog().deviceType(c.type().name()).ifPresent(type -> seat(c, type, view));
                } else if (!c.waitsForBuild() && c.links().olderThan(view) != null) {
                    replaceHost(c, c.links().olderThan(view), view);
                }
            }
        });
    }

    private void seat(Card c, DeviceTypeView type, HostBackendView view) {
        seat(c, type);
        if (c.waitsForBuild() && c.links().waitsFor().isEmpty()) {
            c.links().withdraw(view);
        }
    }

    private boolean replaceHost(Card c, HostBackendView older, HostBackendView newer) {
        try {
            c.replaceHost(older, newer);
            replaced(c, System.nanoTime() - c.parkedSince());
            return true;
        } catch (DeviceException e) {
            LOG.error("{}: {} {} of the host backend {} does not take {} over: {}", machine.name(),
                newer.provider().bundle(), newer.provider().version(), newer.backend().name(), c.id(),
                e.getMessage());
            event(c.id(), Kind.CARD_REFUSED, e.getMessage());
            return false;
        }
    }

    // ---- vCPUs

    /** A CPU backend goes away: a machine on it goes on with another build, or stands still until one comes. */
    public void backendGone(CpuBackend gone) {
        machine.inOperation(() -> {
            PoweredMachine p = machine.powered();
            if (p == null || machine.backend().backend() != gone || p.waitsForBackend()) {
                return;
            }
            Optional<CpuBackendView> other = machine.outside().catalog().cpuBackend(gone.name());
            if (other.isEmpty() || !takeOver(p, other.get())) {
                park(p, gone);
            }
        });
    }

    private void park(PoweredMachine p, CpuBackend gone) {
        parkedAt.put(VCPUS, System.nanoTime());
        try {
            p.standStill();
            p.processors().park();
            machine.note("its vCPUs stand still until the CPU backend " + gone.name() + " is back");
            event("", Kind.VCPUS_PARKED, gone.name() + " went away");
        } catch (MachineException | RuntimeException | LinkageError e) {
            machine.fail(p, "its CPU backend went away and did not give its vCPUs back: " + e.getMessage());
        }
    }

    /** A CPU backend has come: a machine that waits for it, or runs on a build of its bundle, goes on with it. */
    public void backendCame(CpuBackendView came) {
        machine.inOperation(() -> {
            PoweredMachine p = machine.powered();
            CpuBackendView now = machine.backend();
            if (p == null || !now.backend().name().equals(came.backend().name())) {
                return;
            }
            if (p.waitsForBackend()
                || now.backend() != came.backend() && sameBundle(now.provider(), came.provider())) {
                takeOver(p, came);
            }
        });
    }

    private boolean takeOver(PoweredMachine p, CpuBackendView next) {
        try {
            move(p, next);
            return true;
        } catch (MachineException e) {
            LOG.error("{}: {} {} does not take the vCPUs over: {}", machine.name(), next.provider().bundle(),
                next.provider().version(), e.getMessage());
            if (p.waitsForBackend()) {
                machine.note("its vCPUs stand still: " + e.getMessage());
            }
            event("", Kind.VCPUS_REFUSED, e.getMessage());
            return false;
        }
    }

    /**
     * Moves the vCPUs to another backend, in turn with the machine's operations.
     *
     * @return how long they stood, in nanoseconds
     * @throws MachineException if they could not be moved; they go on where they were, if that is still there
     */
    long move(PoweredMachine p, CpuBackendView next) throws MachineException {
        boolean runs = machine.state() == MachineState.RUNNING;
        boolean parked = p.waitsForBackend();
        Processors.Opened opened = p.processors().open(next.backend());
        long begin = parked ? parkedAt.getOrDefault(VCPUS, System.nanoTime()) : System.nanoTime();
        if (runs && !parked) {
            try {
                p.standStill();
            } catch (MachineException e) {
                p.processors().discard(opened);
                throw e;
            }
        }
        try {
            p.processors().move(opened);
            machine.backend(next);
        } finally {
            if (runs) {
                p.run();
            }
        }
        long stood = System.nanoTime() - begin;
        parkedAt.remove(VCPUS);
        if (parked) {
            machine.note("");
        }
        LOG.info("{}: vCPUs go on with {} {} after {}", machine.name(), next.provider().bundle(),
            next.provider().version(), millis(stood));
        event("", Kind.VCPUS_REPLACED, "stood for " + millis(stood));
        return stood;
    }
}
