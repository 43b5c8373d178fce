package dev.backplane.machine.host;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.network.Cable;
import dev.backplane.machine.state.StateTree;

/** One endpoint of a card, from its first claim to the card's end, whichever build serves it. Under the card's lock. */
final class HostLink {
    private static final Logger LOG = LoggerFactory.getLogger(HostLink.class);

    private final CardSide card;
    private final String option;
    private final String name;
    private final String kind;
    private final Options options;
    private final Cable cable;
    private final AudioTap tap;
    private volatile HostBackendView view;
    private HostEndpoint endpoint;
    /** Opened or taken over, and not resumed yet, or quiesced. */
    private boolean dormant;
    /** What the endpoint before left to the next one; null if it begins anew. */
    private StateTree saved;
    private HandoverBox handover = new HandoverBox();
    /** Opened by the instance of the device that is being made. */
    private boolean fresh;
    private boolean claimed;

    HostLink(CardSide card, HostChoice choice) {
        this.card = card;
        option = choice.option();
        kind = choice.kind();
        view = choice.view();
        name = view.backend().name();
        options = choice.options();
        cable = kind.equals(NetworkEndpoint.class.getName()) ? new Cable(card, name, card.clock()::timer) : null;
        tap = kind.equals(AudioEndpoint.class.getName()) ? new AudioTap(card, name) : null;
    }

    String option() {
        return option;
    }

    String kind() {
        return kind;
    }

    String name() {
        return name;
    }

    /** Who serves it, or null while nobody does. */
    HostBackendView view() {
        return view;
    }

    void view(HostBackendView other) {
        view = other;
    }

    boolean isOpen() {
        return endpoint != null;
    }

    /** The cable of a network's endpoint, or null. */
    Cable cable() {
        return cable;
    }

    /** What lies between a sound card and its endpoint, or null. */
    AudioTap tap() {
        return tap;
    }

    // ---- claims

    /** Another instance of the device begins to claim. */
    void begin() {
        claimed = false;
        fresh = false;
    }

    /** The endpoint for an instance of the device; opened if there is none. */
    HostEndpoint claim() throws DeviceException {
        if (claimed) {
            throw new DeviceException(card.card() + " claims the host side of " + option + " twice");
        }
        if (endpoint == null) {
            open();
        }
        claimed = true;
        return tap == null ? endpoint : tap.through((AudioEndpoint) endpoint);
    }

    private void open() throws DeviceException {
        HostBackendView by = view;
        if (by == null) {
            throw new DeviceException("%s: the %s backend %s is not there".formatted(card.card(),
                HostBackend.kindName(kind), name));
        }
        HostEndpoint made = Objects.requireNonNull(by.backend().open(new Context(), options), "no endpoint");
        try {
            checkKind(by.backend(), made);
            if (cable != null) {
                cable.plug((NetworkEndpoint) made);
            }
            if (saved != null) {
                restore(by.backend(), made, saved.reader(0), handover);
            }
            handover.closeRest();
            handover = new HandoverBox();
        } catch (StateException e) {
            close(made);
            throw new DeviceException(e.getMessage(), e);
        } catch (DeviceException | RuntimeException | Error e) {
            close(made);
            throw e;
        }
        endpoint = made;
        dormant = true;
        fresh = true;
    }

    private void checkKind(HostBackend backend, HostEndpoint made) throws DeviceException {
        if (!backend.kind().isInstance(made)) {
            throw new DeviceException("%s: the backend %s made a %s, which is no %s".formatted(card.card(), name,
                made.getClass().getName(), kind));
        }
    }

    private void restore(HostBackend backend, HostEndpoint into, StateReader in, HandoverBox from)
            throws StateException {
        int version = in.getInt("version");
        if (version < 1 || version > backend.stateVersion()) {
            throw new StateException("%s: the state of its %s backend %s has version %d; this build reads 1 to %d"
                .formatted(card.card(), HostBackend.kindName(kind), name, version, backend.stateVersion()));
        }
        into.restore(StateTree.withVersion(in.section("endpoint"), version), from);
    }

    private void close(HostEndpoint made) {
        if (cable != null) {
            cable.unplug();
        }
        if (tap != null) {
            tap.unplug();
        }
        try {
            made.close();
        } catch (RuntimeException | LinkageError e) {
            LOG.error("{}: closing the {} backend {} of {} failed", card.machine(), HostBackend.kindName(kind), name,
                card.card(), e);
        }
    }

    /** The instance of the device is there to stay. */
    void commit() {
        saved = null;
        fresh = false;
    }

    /** It is not: what it opened is closed; the state is kept for another try. */
    void rollBack() {
        if (fresh) {
            closeEndpoint();
        }
        fresh = false;
    }

    // ---- life

    CompletableFuture<Void> quiesce() {
        if (endpoint == null || dormant) {
            return CompletableFuture.completedFuture(null);
        }
        dormant = true;
        return endpoint.quiesce();
    }

    void resume() {
        if (endpoint != null && dormant) {
            dormant = false;
            endpoint.resume();
        }
    }

    void reset() {
        if (cable != null) {
            cable.reset();
        }
        if (endpoint != null) {
            endpoint.reset();
        }
    }

    /** Writes its state; it rests. */
    private void saveEndpoint(StateTree out) {
        out.putString("backend", name).putInt("version", view.backend().stateVersion());
        endpoint.save(out.section("endpoint"));
    }

    /** Writes all of it, for a file. */
    void save(StateTree out) {
        if (endpoint != null) {
            saveEndpoint(out.section("host"));
        }
        if (cable != null) {
            cable.save(out.section("cable"));
        }
    }

    /** Takes over what {@link #save} wrote; just opened. */
    void restore(StateReader in) throws StateException {
        if (endpoint != null && in.has("host")) {
            StateReader host = in.section("host");
            if (!host.getString("backend").equals(name)) {
                throw new StateException("%s: the saved %s backend is %s, not %s".formatted(card.card(),
                    HostBackend.kindName(kind), host.getString("backend"), name));
            }
            restore(view.backend(), endpoint, host, new HandoverBox());
        }
        if (cable != null && in.has("cable")) {
            cable.restore(in.section("cable"));
        }
    }

    /**
     * Takes the endpoint out and keeps its state for the next build.
     *
     * @param keep whether its state is of use; else the next build begins anew
     */
    void park(boolean keep) {
        try {
            if (endpoint != null || !keep) {
                saved = null;
            }
            if (endpoint != null && keep) {
                StateTree state = new StateTree(card.card());
                saveEndpoint(state);
                saved = state;
                endpoint.handOver(handover);
            }
        } finally {
            closeEndpoint();
            view = null;
        }
    }

    /** The next build begins anew. */
    void forget() {
        saved = null;
        handover.closeRest();
        if (cable != null) {
            cable.reset();
        }
    }

    void closeEndpoint() {
        HostEndpoint old = endpoint;
        endpoint = null;
        if (old != null) {
            close(old);
        }
    }

    /** The card is gone. */
    void close() {
        closeEndpoint();
        handover.closeRest();
        if (cable != null) {
            cable.close();
        }
    }

    private final class Context implements HostContext {
        @Override
        public String machine() {
            return card.machine();
        }

        @Override
        public String card() {
            return card.card();
        }

        @Override
        public MachineClock clock() {
            return card.clock();
        }

        @Override
        public Counter counter(String counter) {
            return card.counter(option + "." + counter);
        }

        @Override
        public RandomGenerator random() {
            return card.random();
        }
    }
}
