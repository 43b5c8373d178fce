package dev.backplane.machine.device;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.Provider;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.machine.acpi.IsaDevice;
import dev.backplane.machine.host.HostChoice;
import dev.backplane.machine.host.HostLinks;
import dev.backplane.machine.state.StateTree;

/**
 * One card of a machine from power-on to power-off: an instance of its device, and what the guest sees of it. Its code
 * runs under the card's lock and for a bounded time: one that does not come back is cut off.
 *
 * <p>Threading: the life-cycle methods are called by one thread at a time.
 */
public final class Card {
    private static final Logger LOG = LoggerFactory.getLogger(Card.class);

    private static final long SURPRISE_MILLIS = 500;
    /** How long a card may come to rest before the guest is kept out. */
    private static final long SETTLE_MILLIS = 1000;

    private final CardPlatform platform;
    private final String id;
    private final Options options;
    private final PciSeat seat;
    private final ConsoleChannel console;
    private final CardHost host;
    private final Claims claims;
    private final HostLinks links;
    private DeviceType type;
    private volatile Provider provider;
    private volatile String note = "";
    private Device device;
    private CardContext context;
    private volatile long parkedSince;
    /** Whether the device was quiesced or restored and has not been resumed. */
    private boolean dormant;
    /** The state of a card whose instance was taken out. */
    private StateTree saved;
    /** Whether it was given up while it was parked: the guest has lost it. */
    private boolean abandoned;
    /** Whether it failed and its instance was let go of. */
    private boolean dismantled;

    /**
     * A card that is not made yet.
     *
     * @param seat    where it sits, or null for one that is not a PCIe card
     * @param console what its console prints to
     */
    public Card(CardPlatform platform, String id, DeviceType type, Options options, PciSeat seat,
            ConsoleChannel console) {
        this(platform, id, type, options, seat, console, List.of());
    }

    /**
     * The same for a card that has host backends.
     *
     * @param choices one for each option of type BACKEND
     */
    public Card(CardPlatform platform, String id, DeviceType type, Options options, PciSeat seat,
            ConsoleChannel console, List<HostChoice> choices) {
        this.platform = Objects.requireNonNull(platform);
        this.id = Objects.requireNonNull(id);
        this.type = Objects.requireNonNull(type);
        this.options = Objects.requireNonNull(options);
        this.seat = seat;
        this.console = Objects.requireNonNull(console);
        host = new CardHost(platform, id);
        claims = new Claims(this);
        links = new HostLinks(new CardHostSide(platform, host), choices);
    }

    public String id() {
        return id;
    }

    public DeviceType type() {
        return type;
    }

    /** Its host's sides, to be looked at and offered backends. */
    public HostLinks links() {
        return links;
    }

    CardPlatform platform() {
        return platform;
    }

    CardHost host() {
        return host;
    }

    PciSeat seat() {
        return seat;
    }

    ConsoleChannel console() {
        return console;
    }

    /** {@code LIVE}, {@code PARKED} or {@code FAILED}. */
    public CardState state() {
        return switch (host.phase()) {
            case LIVE -> CardState.LIVE;
            case PARKED, CLOSED -> CardState.PARKED;
            case FAILED -> CardState.FAILED;
        };
    }

    /** The bundle that serves it, or null if that was not said. */
    public Provider provider() {
        return provider;
    }

    public void provider(Provider bundle) {
        provider = bundle;
    }

    /** Why it failed, or what else there is to say of it, or "". */
    public String reason() {
        String why = host.reason();
        return why.isEmpty() ? note : why;
    }

    /** Sets what is said of a card that has not failed. */
    public void note(String text) {
        note = text;
    }

    public SequencedMap<String, Long> counters() {
        return host.counters(links.counters());
    }

    /** Its PCI address, or "". */
    public String address() {
        return seat == null ? "" : seat.address();
    }

    /** What the guest's tables tell of it, if it is a card on the ISA side. */
    public Optional<IsaDevice> isaDevice() {
        return type.placement() == Placement.ISA ? claims.isaDevice() : Optional.empty();
    }

    /** Whether it has a console. */
    public boolean hasConsole() {
        return claims.hasConsole();
    }

    /**
     * Makes the device. The card is then parked and invisible to the guest.
     *
     * @throws DeviceException if it cannot be made; everything it claimed is released then
     */
    public void create() throws DeviceException {
        try {
            makeInstance();
            if (type.placement() == Placement.PCIE && !claims.hasPci()) {
                throw new DeviceException(type.name() + " is a PCIe card but declared no PCI function");
            }
            if (seat != null) {
                seat.check();
            }
            links.commit();
        } catch (DeviceException e) {
            close();
            throw e;
        }
    }

    private void makeInstance() throws DeviceException {
        CardContext made = new CardContext(this, claims);
        context = made;
        try {
            device = call("create", () -> {
                Device fresh = Objects.requireNonNull(type.create(made, options), "no device");
                if (!made.alive()) {
                    // It came when nobody waited for it any more.
                    fresh.close();
                }
                return fresh;
            });
        } catch (StateException e) {
            throw new DeviceException(e.getMessage(), e);
        } finally {
            made.created();
        }
    }

    /** Puts it into its slot as a card that was there at power-on; it stays parked. */
    public void seatCold() {
        if (seat != null) {
            seat.publish(false);
        }
    }

    /** Lets the guest in, and puts it into its slot as a card that has just come. */
    public void seatHot() {
        resume();
        if (seat != null) {
            seat.publish(true);
        }
    }

    /**
     * Back to the state after power-on, but for its configuration space, which PCI resets; a card that failed gets
     * another try. It is parked afterwards.
     */
    public void reset() {
        if (saved != null) {
            // The next build begins anew, as a card does that had failed.
            saved = beginAnew();
            links.forget();
            return;
        }
        if (dismantled) {
            makeAnew();
            return;
        }
        host.revive();
        host.park(true);
        claims.cancelTimers();
        attempt("reset", () -> {
            device.reset();
            links.reset();
            return null;
        });
    }

    private void makeAnew() {
        saved = beginAnew();
        try {
            seat(type);
            host.park(true);
        } catch (DeviceException e) {
            saved = null;
            host.fail(e.getMessage());
        }
    }

    /**
     * Lets go of the instance of a card that failed, and of the memory and host resources that it holds. What it
     * claimed stays the card's.
     */
    public void dismantle() {
        if (saved != null || device == null || host.phase() != CardHost.Phase.FAILED) {
            return;
        }
        dismantled = true;
        closeInstance();
        claims.detach();
    }

    /** The state of a card that had failed: the next instance begins anew. */
    private StateTree beginAnew() {
        return new StateTree(id).putBoolean("failed", true);
    }

    /** The guest reset the bus of the card; under the card's lock. */
    void busReset() {
        claims.cancelTimers();
        device.reset();
    }

    /** Lets it come to rest while the guest still reaches it; what is not at rest in time waits for quiesce. */
    private void settle() {
        CompletableFuture<Void> settled = attempt("settle", () -> device.settle());
        try {
            if (settled != null) {
                settled.get(SETTLE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (TimeoutException e) {
            LOG.debug("{}/{} has work in flight for more than {} ms", platform.machine(), id, SETTLE_MILLIS);
        } catch (ExecutionException e) {
            host.fail("settle", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Since when the guest is kept out, or was the last time, as {@link System#nanoTime}. */
    public long parkedSince() {
        return parkedSince;
    }

    /** Parks it and waits until nothing is in flight. */
    public void quiesce() {
        parkedSince = System.nanoTime();
        host.park(true);
        host.interrupts().passOn();
        dormant = true;
        await(attempt("quiesce", () -> CompletableFuture.allOf(device.quiesce(), links.quiesce())));
    }

    /** Brings the host's sides to rest: the machine is paused. */
    public void restHosts() {
        if (!links.isEmpty()) {
            await(attempt("quiesce", links::quiesce));
        }
    }

    private void await(CompletableFuture<Void> done) {
        if (done == null) {
            return;
        }
        try {
            done.get(platform.callLimit().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            host.fail("its host I/O did not end within " + seconds() + " s");
        } catch (ExecutionException e) {
            host.fail("quiesce", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            host.fail("the wait for its host I/O was interrupted");
        }
    }

    /** Lets the guest in; begins, or goes on after {@link #quiesce} or {@link #restore}. */
    public void resume() {
        if (saved != null) {
            return;
        }
        boolean asleep = dormant;
        dormant = false;
        attempt("resume", () -> {
            links.resume();
            if (asleep) {
                device.resume();
            }
            return null;
        });
        host.park(false);
        // What expired or came while it was parked was passed over.
        host.post(() -> {
            claims.rearmTimers();
            links.tellAnew();
        });
    }

    /** Writes what a later {@link #restore} needs; it is quiesced. */
    public void save(StateTree out) {
        save(out, true);
    }

    private void save(StateTree out, boolean withHosts) {
        out.putString("type", type.name()).putInt("version", type.stateVersion());
        StateTree state = new StateTree(id);
        Boolean saved = attempt("save", () -> {
            device.save(state.section("device"));
            claims.saveTimers(state.section("timers"));
            if (seat != null) {
                seat.save(state.section("pci"));
            }
            if (withHosts) {
                links.save(state.section("hosts"));
            }
            return true;
        });
        out.putBoolean("failed", saved == null).putString("reason", host.reason());
        if (saved != null) {
            out.putTree("state", state);
        }
    }

    /** Takes over what {@link #save} wrote; it was just made and not published. */
    public void restore(StateReader in) throws StateException {
        if (!in.getString("type").equals(type.name())) {
            throw new StateException("%s: the saved card is a %s, not a %s".formatted(id, in.getString("type"),
                type.name()));
        }
        int version = in.getInt("version");
        if (in.getBoolean("failed")) {
            host.fail(in.getString("reason"));
            return;
        }
        StateReader state = in.section("state");
        if (state.has("hosts")) {
            restoreHosts(state.section("hosts"));
        }
        restoreDevice(state, version);
        if (seat != null) {
            seat.restore(state.section("pci"));
        }
    }

    private void restoreHosts(StateReader state) throws StateException {
        try {
            call("restore", () -> {
                links.restore(state);
                return null;
            });
        } catch (DeviceException e) {
            throw new StateException(e.getMessage(), e);
        }
    }

    private void restoreDevice(StateReader state, int version) throws StateException {
        dormant = true;
        if (version < 1 || version > type.stateVersion()) {
            throw new StateException("%s: its state has version %d of %s; this build reads 1 to %d".formatted(id,
                version, type.name(), type.stateVersion()));
        }
        try {
            call("restore", () -> {
                device.restore(StateTree.withVersion(state.section("device"), version));
                claims.restoreTimers(state.section("timers"));
                return null;
            });
        } catch (DeviceException e) {
            throw new StateException(e.getMessage(), e);
        }
    }

    /**
     * Takes the instance out and keeps its state; what the guest does to the card waits until {@link #seat} or
     * {@link #abandon}.
     */
    public void park() {
        if (saved != null) {
            return;
        }
        settle();
        quiesce();
        StateTree state = new StateTree(id);
        save(state, false);
        closeInstance();
        saved = state;
    }

    /** Takes the endpoints of a host backend out of a card that is parked, with their state. */
    public void parkHost(HostBackend gone) {
        if (host.phase() == CardHost.Phase.FAILED) {
            host.attemptAlways("close", platform.callLimit(), () -> {
                links.park(gone, false);
                return null;
            });
            return;
        }
        try {
            call("save", () -> {
                links.park(gone, true);
                return null;
            });
        } catch (DeviceException | StateException e) {
            host.fail("its host side " + gone.name(), e);
            saved = beginAnew();
        }
    }

    /**
     * Exchanges the host backend of some of its endpoints for another build, with their state, and makes the device
     * anew. If the new one is refused, the old one is put back in the same way.
     *
     * @throws DeviceException as {@link #replace} does
     */
    public void replaceHost(HostBackendView older, HostBackendView newer) throws DeviceException {
        park();
        parkHost(older.backend());
        links.offer(newer);
        try {
            seat(type);
        } catch (DeviceException e) {
            LOG.warn("{}: {} keeps the old build of {}: {}", platform.machine(), id, older.backend().name(),
                e.getMessage());
            links.withdraw(newer);
            links.offer(older);
            try {
                seat(type);
            } catch (DeviceException again) {
                abandon("neither build took its state: " + again.getMessage());
            }
            throw e;
        }
    }

    /** Whether it was parked and no instance has been put in. */
    public boolean waitsForBuild() {
        return saved != null;
    }

    /**
     * Puts an instance of another build of its type into a card that was parked: it gets the state and the guest sees
     * nothing but that accesses waited. A card that had failed begins anew, and a PCIe card that was abandoned comes to
     * the guest as a new one.
     *
     * @throws DeviceException if the build cannot be made or refuses the state; the card is still parked then
     */
    public void seat(DeviceType build) throws DeviceException {
        StateReader state = saved.reader(0);
        DeviceType before = type;
        type = build;
        claims.beginAgain();
        links.begin();
        try {
            boolean anew = state.getBoolean("failed") || abandoned && seat != null;
            host.revive();
            if (anew) {
                closeHosts(links::closeEndpoints);
            }
            makeInstance();
            claims.checkAgain();
            if (!anew) {
                restoreDevice(state.section("state"), state.getInt("version"));
            }
        } catch (DeviceException | StateException e) {
            closeInstance();
            closeHosts(links::rollBack);
            type = before;
            if (abandoned) {
                host.fail(e.getMessage());
            }
            throw new DeviceException(e.getMessage(), e);
        }
        claims.commitAgain();
        links.commit();
        saved = null;
        dismantled = false;
        boolean comesBack = abandoned && seat != null;
        abandoned = false;
        if (comesBack) {
            seat.reset();
        }
        resume();
        if (comesBack) {
            seat.publish(true);
        }
    }

    /** Nobody comes to serve a parked card: the guest loses it as if it had been pulled out. */
    public void abandon(String why) {
        abandoned = true;
        closeHosts(links::forget);
        host.fail(why);
        if (seat != null) {
            seat.close();
        }
    }

    /**
     * Exchanges the instance for one of another build of its type, with its state. If the new one cannot be made or
     * refuses the state, the old build is put back in the same way.
     *
     * @throws DeviceException if the new build was not taken; the card is then as it was, or failed if the old build
     *                         could not be put back
     */
    public void replace(DeviceType newer) throws DeviceException {
        DeviceType older = type;
        park();
        try {
            seat(newer);
        } catch (DeviceException e) {
            LOG.warn("{}: {} keeps its old build: {}", platform.machine(), id, e.getMessage());
            try {
                seat(older);
            } catch (DeviceException again) {
                abandon("neither build took its state: " + again.getMessage());
            }
            throw e;
        }
    }

    private void closeInstance() {
        Device old = device;
        device = null;
        if (context != null) {
            context.closed();
        }
        links.release();
        if (old != null) {
            host.attemptAlways("close", platform.callLimit(), () -> {
                old.close();
                return null;
            });
        }
        if (context != null) {
            context = null;
            Leftovers.look(host, host.nextInstance());
        }
    }

    /** Lets the device answer what the guest waits for, before the card is pulled out by force. */
    public void prepareSurprise() {
        CompletableFuture<Void> done = host.phase() == CardHost.Phase.LIVE
            ? attempt("surprise removal", device::surpriseRemoval) : null;
        if (done == null) {
            return;
        }
        try {
            done.get(SURPRISE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("{}: {} is pulled out with requests unanswered", platform.machine(), id);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it; everything it claimed is released, whatever its code does. */
    public void close() {
        if (seat != null) {
            seat.close();
        }
        closeInstance();
        closeHosts(links::close);
        host.close();
        claims.releaseAll();
    }

    private void closeHosts(Runnable work) {
        if (!links.isEmpty()) {
            host.attemptAlways("close of its host side", platform.callLimit(), () -> {
                work.run();
                return null;
            });
        }
    }

    private long seconds() {
        return platform.callLimit().toSeconds();
    }

    /** Looks whether somebody is in the card's code for too long; see {@link CardWatch}. */
    CardWatch.Sample sample() {
        return new CardWatch.Sample(host.entries(), host.inside());
    }

    /** Calls the card's code; what it throws makes the card fail and gives null. */
    private <T> T attempt(String what, Callable<T> call) {
        if (device == null) {
            return null;
        }
        try {
            return call(what, call);
        } catch (DeviceException e) {
            host.fail(e.getMessage());
            return null;
        } catch (StateException e) {
            host.fail(what, e);
            return null;
        }
    }

    /** Calls the card's code on a thread of its own, under the lock, for a bounded time. */
    private <T> T call(String what, Callable<T> call) throws DeviceException, StateException {
        FutureTask<T> task = new FutureTask<>(() -> {
            if (!host.enterForCore()) {
                throw new DeviceException(id + " failed: " + host.reason());
            }
            try {
                return call.call();
            } finally {
                host.leave();
            }
        });
        Thread thread = host.start(" " + what, task);
        try {
            return task.get(platform.callLimit().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case DeviceException known -> throw known;
                case StateException known -> throw known;
                case Throwable unknown -> {
                    LOG.error("{}: {} of card {} failed", platform.machine(), what, id, unknown);
                    throw new DeviceException("%s: %s failed: %s".formatted(id, what, unknown), unknown);
                }
            }
        } catch (TimeoutException e) {
            // It may be another that is in the card's code and keeps this one waiting.
            Thread inside = Objects.requireNonNullElse(host.inside(), thread);
            String place = CardWatch.place(inside);
            inside.interrupt();
            thread.interrupt();
            host.disown();
            throw new DeviceException("%s: %s did not return within %d s, it is in %s".formatted(id, what,
                seconds(), place), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            thread.interrupt();
            throw new DeviceException(id + ": " + what + " was interrupted", e);
        }
    }
}
