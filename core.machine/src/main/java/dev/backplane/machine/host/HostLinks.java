package dev.backplane.machine.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;

import dev.backplane.api.audio.AudioConnection;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.Provider;
import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.net.NetworkPort;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.machine.network.Cable;
import dev.backplane.machine.state.StateTree;

/**
 * The host's sides of one card. Threading: under the card's lock, except what only looks: {@link #serving},
 * {@link #waitsFor}, {@link #networks}, {@link #sounds}, {@link #providers} and {@link #counters}.
 */
public final class HostLinks {
    private final CardSide card;
    /** The kinds of all options; no build of a backend may be held for longer than it serves. */
    private final Map<String, String> kinds = new LinkedHashMap<>();
    private final Map<String, HostLink> links = new LinkedHashMap<>();

    /** @param choices one for each option of type BACKEND */
    public HostLinks(CardSide card, List<HostChoice> choices) {
        this.card = card;
        for (HostChoice c : choices) {
            kinds.put(c.option(), c.kind());
            if (c.view() != null) {
                links.put(c.option(), new HostLink(card, c));
            }
        }
    }

    // ---- claims

    /** Another instance of the device begins to claim. */
    public void begin() {
        links.values().forEach(HostLink::begin);
    }

    private HostLink link(String option, Class<?> kind) throws DeviceException {
        if (!kind.getName().equals(kinds.get(option))) {
            throw new IllegalArgumentException("%s has no option %s of type BACKEND whose kind is %s".formatted(
                card.card(), option, kind.getName()));
        }
        HostLink link = links.get(option);
        if (link == null) {
            throw new DeviceException("%s: the option %s names no %s backend".formatted(card.card(), option,
                HostBackend.kindName(kind.getName())));
        }
        return link;
    }

    /** The card's end of its cable, for an instance of the device. */
    public NetworkPort network(String option) throws DeviceException {
        HostLink link = link(option, NetworkEndpoint.class);
        link.claim();
        return link.cable().claim();
    }

    /** The endpoint, for an instance of the device. */
    public <E extends HostEndpoint> E host(String option, Class<E> kind) throws DeviceException {
        if (kind == NetworkEndpoint.class) {
            throw new IllegalArgumentException(option + ": a network is claimed with network(\"" + option + "\")");
        }
        return kind.cast(link(option, kind).claim());
    }

    /** The instance of the device is there to stay. */
    public void commit() {
        links.values().forEach(HostLink::commit);
    }

    /** It is not: what it opened is closed. */
    public void rollBack() {
        links.values().forEach(HostLink::rollBack);
    }

    /** The instance of the device is gone: nothing of it is called any more. */
    public void release() {
        cables().forEach(Cable::release);
    }

    private List<Cable> cables() {
        return links.values().stream().map(HostLink::cable).filter(c -> c != null).toList();
    }

    // ---- life

    /** Brings all to rest. */
    public CompletableFuture<Void> quiesce() {
        return CompletableFuture.allOf(
            links.values().stream().map(HostLink::quiesce).toArray(CompletableFuture[]::new));
    }

    /** Lets all go on that rest or were just opened. */
    public void resume() {
        links.values().forEach(HostLink::resume);
    }

    /** Tells the ends of cables of what waits for them; the card works. */
    public void tellAnew() {
        cables().forEach(Cable::tellAnew);
    }

    public void reset() {
        links.values().forEach(HostLink::reset);
    }

    public void save(StateTree out) {
        links.forEach((option, link) -> link.save(out.section(option)));
    }

    /** Takes over what {@link #save} wrote; just opened. */
    public void restore(StateReader in) throws StateException {
        for (HostLink link : links.values()) {
            if (in.has(link.option())) {
                link.restore(in.section(link.option()));
            }
        }
    }

    /** The next builds begin anew: the card was reset while it waited for them. */
    public void forget() {
        links.values().forEach(HostLink::forget);
    }

    /** Whether the card has none. */
    public boolean isEmpty() {
        return links.isEmpty();
    }

    /** Closes the endpoints of a card that failed; the next ones begin anew. */
    public void closeEndpoints() {
        links.values().forEach(l -> {
            l.closeEndpoint();
            l.forget();
        });
    }

    public void close() {
        links.values().forEach(HostLink::close);
    }

    // ---- builds that come and go

    /** This very backend as it serves an endpoint, or null if it serves none. */
    public HostBackendView serving(HostBackend backend) {
        return links.values().stream().filter(l -> served(l, backend)).map(HostLink::view).findFirst().orElse(null);
    }

    private static boolean served(HostLink link, HostBackend backend) {
        HostBackendView view = link.view();
        return view != null && view.backend() == backend;
    }

    /** Takes out the endpoints of a backend; the card rests and has no instance. */
    public void park(HostBackend gone, boolean keepState) {
        for (HostLink l : links.values()) {
            if (served(l, gone)) {
                l.park(keepState);
            }
        }
    }

    /** What is waited for, for people, or "" if all is there. */
    public String waitsFor() {
        return links.values().stream().filter(l -> l.view() == null)
            .map(l -> "the %s backend %s".formatted(HostBackend.kindName(l.kind()), l.name())).findFirst().orElse("");
    }

    private static boolean named(HostLink link, HostBackend backend) {
        return link.name().equals(backend.name()) && link.kind().equals(backend.kind().getName());
    }

    /** Gives a backend to those that wait for one of its kind and name; whether there were any. */
    public boolean offer(HostBackendView view) {
        boolean taken = false;
        for (HostLink l : links.values()) {
            if (l.view() == null && named(l, view.backend())) {
                l.view(view);
                taken = true;
            }
        }
        return taken;
    }

    /** Takes back a backend that refused what waits for it. */
    public void withdraw(HostBackendView view) {
        for (HostLink l : links.values()) {
            if (!l.isOpen() && served(l, view.backend())) {
                l.view(null);
            }
        }
    }

    /** The backend that one of another build, of the same kind, name and bundle, is to take over from; or null. */
    public HostBackendView olderThan(HostBackendView view) {
        for (HostLink l : links.values()) {
            HostBackendView now = l.view();
            if (now != null && now.backend() != view.backend() && named(l, view.backend())
                && now.provider().bundle().equals(view.provider().bundle())) {
                return now;
            }
        }
        return null;
    }

    /** Who serves the endpoints, by option. */
    public SequencedMap<String, Provider> providers() {
        SequencedMap<String, Provider> all = new LinkedHashMap<>();
        for (HostLink l : links.values()) {
            HostBackendView view = l.view();
            if (view != null) {
                all.put(l.option(), view.provider());
            }
        }
        return all;
    }

    // ---- for people

    /** Its cables. */
    public List<NetworkConnection> networks() {
        return new ArrayList<>(cables());
    }

    /** Its connections to sound backends. */
    public List<AudioConnection> sounds() {
        return links.values().stream().map(HostLink::tap).filter(t -> t != null).map(t -> (AudioConnection) t).toList();
    }

    /** What its cables count, by name. */
    public Map<String, Long> counters() {
        Map<String, Long> all = new LinkedHashMap<>();
        for (HostLink l : links.values()) {
            if (l.cable() != null) {
                l.cable().counters(l.option(), all);
            }
        }
        return all;
    }
}
