package dev.backplane.host.net.tap;

import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.host.Handover;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkCable;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.net.Offloads;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A card on a TAP interface. A thread of its own carries frames both ways; a full queue on either side holds it up. */
public final class TapEndpoint implements NetworkEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(TapEndpoint.class);
    private static final String KEY = "tap";
    private static final int TURN = 64;

    private final String wanted;
    private final String card;
    private final Counter dropped;
    private TapDevice device;
    private NetworkCable cable;
    private Thread thread;
    private volatile boolean running;
    private volatile boolean hasRoom = true;
    private Frame toTap;
    private Frame toGuest;
    private volatile String problem;

    /**
     * Opens nothing before the cable is there.
     *
     * @param wanted the interface's name; empty for one that the kernel chooses
     */
    public TapEndpoint(HostContext context, String wanted) throws DeviceException {
        this.wanted = wanted;
        card = context.machine() + " " + context.card();
        dropped = context.counter("defects");
    }

    @Override
    public void plug(NetworkCable itsCable) {
        cable = itsCable;
        cable.onFrame(this::wake);
        cable.onRoom(() -> {
            hasRoom = true;
            wake();
        });
    }

    private void wake() {
        TapDevice open = device;
        if (open != null && running) {
            open.wake();
        }
    }

    @Override
    public Offloads accepts() {
        return Offloads.ALL;
    }

    @Override
    public boolean linkUp() {
        return problem == null;
    }

    @Override
    public String peer() {
        return "tap " + (device == null ? wanted : device.name());
    }

    @Override
    public List<String> details() {
        return problem == null ? List.of() : List.of(problem);
    }

    @Override
    public void resume() {
        if (device == null) {
            try {
                device = TapDevice.open(wanted);
                problem = null;
            } catch (DeviceException e) {
                problem = e.getMessage();
                LOG.warn("{}: {}", card, problem);
            }
            cable.linkChanged();
        }
        if (device != null && thread == null) {
            running = true;
            thread = Thread.ofPlatform().daemon().name("net " + card).start(this::run);
        }
    }

    private void run() {
        while (running) {
            try {
                boolean more = toTap();
                more |= toGuest();
                if (!more) {
                    device.await(toGuest == null, toTap != null);
                }
            } catch (RuntimeException e) {
                dropped.increment();
                LOG.error("{}: what came was dropped", card, e);
            }
        }
    }

    private boolean toTap() {
        for (int i = 0; i < TURN; i++) {
            Frame frame = toTap == null ? cable.take() : toTap;
            toTap = null;
            if (frame == null) {
                return false;
            }
            if (!device.write(frame)) {
                toTap = frame;
                return false;
            }
        }
        return true;
    }

    private boolean toGuest() {
        for (int i = 0; i < TURN; i++) {
            Frame frame = toGuest == null ? device.read() : toGuest;
            if (frame == null) {
                if (device.emptied()) {
                    return false;
                }
                continue;
            }
            toGuest = frame;
            hasRoom = false;
            if (!cable.deliver(frame)) {
                return hasRoom;
            }
            toGuest = null;
        }
        return true;
    }

    private void stop() {
        Thread mine = thread;
        thread = null;
        running = false;
        if (mine != null) {
            device.wake();
            try {
                mine.join(5000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public CompletableFuture<Void> quiesce() {
        stop();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void save(StateWriter out) {
        out.putString("interface", device == null ? wanted : device.name());
    }

    @Override
    public void handOver(Handover to) {
        if (device != null) {
            to.put(KEY, new int[] {device.release()});
        }
    }

    @Override
    public void restore(StateReader in, Handover from) throws StateException {
        int[] descriptor = from.take(KEY, int[].class);
        if (descriptor != null && descriptor.length == 1) {
            try {
                device = TapDevice.adopt(in.getString("interface"), descriptor[0]);
            } catch (DeviceException e) {
                throw new StateException(e.getMessage(), e);
            }
        }
    }

    @Override
    public void close() {
        stop();
        TapDevice open = device;
        device = null;
        if (open != null) {
            open.close();
        }
    }
}
