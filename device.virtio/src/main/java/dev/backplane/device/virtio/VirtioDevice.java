package dev.backplane.device.virtio;

import java.util.concurrent.CompletableFuture;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * Base of a virtio device. A subclass says what it is ({@link VirtioProfile}), fills {@link #config()}, and serves its
 * queues in {@link #notified}. All hooks run under the device's lock.
 *
 * <p>A chain that was taken must be completed or put back: the driver's reset of the device, a graceful removal and a
 * replacement all wait for that.
 */
public abstract class VirtioDevice implements Device {
    private final DeviceContext context;
    private final ConfigSpace config;
    private final VirtioPciTransport transport;
    private CompletableFuture<Void> quiet;
    private boolean leaving;

    protected VirtioDevice(DeviceContext context, VirtioProfile profile) throws DeviceException {
        this.context = context;
        config = new ConfigSpace(profile.configSize());
        transport = new VirtioPciTransport(this, context, profile, config);
    }

    /** What the core gave to this card. */
    protected final DeviceContext context() {
        return context;
    }

    /** The device configuration that the driver reads. */
    protected final ConfigSpace config() {
        return config;
    }

    protected final VirtQueue queue(int index) {
        return transport.queues().get(index);
    }

    protected final int queues() {
        return transport.queues().size();
    }

    /** The features agreed on; of meaning while {@link #active()}. */
    protected final long features() {
        return transport.features();
    }

    /** Whether the device rests: queues give no chains until {@link #resumed}. */
    protected final boolean isResting() {
        return transport.resting();
    }

    /** Whether the driver has set DRIVER_OK and not reset the device since. */
    protected final boolean active() {
        return transport.active();
    }

    /** Tells the driver that {@link #config()} was changed: a new generation, and an interrupt. */
    protected final void configChanged() {
        transport.configChanged();
    }

    /** There may be chains in a queue: the driver says so, or the device begins, or goes on after a rest. */
    protected abstract void notified(VirtQueue queue);

    /** Whether the device can work with these features, which are all offered. */
    protected boolean accepts(long features) {
        return true;
    }

    /** The driver is ready (DRIVER_OK), or a card that was active is being restored. */
    protected void activated(long features) {
    }

    /**
     * A card that was active is being restored; {@link #restoreDevice} was called before. For a device with settings
     * that begin anew with {@link #activated}, but not with this.
     */
    protected void reactivated(long features) {
        activated(features);
    }

    /**
     * The driver resets an active device. Chains that the device holds for later must be put back now; those at work
     * are completed as usual, and the driver waits for them.
     */
    protected void deactivated() {
    }

    /**
     * The device is to come to rest: chains that it holds for later must be put back now; those at work are completed
     * as usual. May be called again before {@link #resumed}.
     */
    protected void resting() {
    }

    /** The device goes on after a rest, or begins after it was restored; queues give chains again. */
    protected void resumed() {
    }

    /**
     * The machine is reset: returns only when no host I/O can touch guest memory any more. What is completed afterwards
     * is dropped.
     */
    protected void abandonHostIo() {
    }

    /** The driver wrote to the device configuration, within its size; size is 1, 2, 4 or 8. */
    protected void configWritten(int offset, int size, long value) {
    }

    /** Writes what the subclass has to remember. */
    protected void saveDevice(StateWriter out) {
    }

    /** Takes over what {@link #saveDevice} wrote. */
    protected void restoreDevice(StateReader in) throws StateException {
    }

    void idle() {
        if (quiet != null) {
            quiet.complete(null);
        }
    }

    @Override
    public final void reset() {
        abandonHostIo();
        if (transport.active()) {
            deactivated();
        }
        transport.resetRegisters();
        idle();
    }

    @Override
    public final CompletableFuture<Void> settle() {
        return rest();
    }

    @Override
    public final CompletableFuture<Void> quiesce() {
        return rest();
    }

    private CompletableFuture<Void> rest() {
        transport.rest(true);
        quiet = new CompletableFuture<>();
        CompletableFuture<Void> result = quiet;
        resting();
        if (transport.inFlight() == 0) {
            quiet.complete(null);
        }
        return result;
    }

    /** Whether the card is about to be pulled out: what the driver asks for is to be answered with an error. */
    protected final boolean leaving() {
        return leaving;
    }

    @Override
    public final CompletableFuture<Void> surpriseRemoval() {
        leaving = true;
        quiet = new CompletableFuture<>();
        CompletableFuture<Void> result = quiet;
        transport.rest(false);
        if (transport.inFlight() == 0) {
            context.execute(this::idle);
        }
        return result;
    }

    @Override
    public final void resume() {
        quiet = null;
        transport.rest(false);
        resumed();
    }

    @Override
    public final void save(StateWriter out) {
        transport.save(out.section("virtio"));
        saveDevice(out.section("device"));
    }

    @Override
    public final void restore(StateReader in) throws StateException {
        transport.rest(true);
        restoreDevice(in.section("device"));
        transport.restore(in.section("virtio"));
    }

    /** Lets go of host resources; a subclass that has any overrides it. */
    @Override
    public void close() {
    }
}
