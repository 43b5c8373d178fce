package dev.backplane.api.host;

import java.util.concurrent.CompletableFuture;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * One card's host side. It belongs to the card, not to an instance of the device: it stays open while the device is
 * replaced by a newer build. When its own backend is replaced, it is quiesced, saved and closed, and an endpoint of the
 * newer build takes over; the device is made anew then, too.
 *
 * <p>Threading: the methods here are called one at a time by the core, under the device's lock. Those that a kind adds
 * say for themselves. None may block on the host for longer than a file access.
 */
public interface HostEndpoint extends AutoCloseable {
    /**
     * Stops: nothing is given to the guest until {@link #resume}, and what is in flight finishes or is kept. Called
     * when the machine is paused or saved and when the card or the backend is replaced. Quiescing twice is nothing.
     */
    default CompletableFuture<Void> quiesce() {
        return CompletableFuture.completedFuture(null);
    }

    /** Goes on after {@link #quiesce}; also called once after the endpoint was opened or restored. */
    default void resume() {
    }

    /** The machine was reset or the driver started anew: what belongs to the old system in the guest is dropped. */
    default void reset() {
    }

    /** Writes its state; of an endpoint that is quiesced. */
    void save(StateWriter out);

    /**
     * Gives living things of the host (sockets, files) to the endpoint of the next build; called after {@link #save},
     * before {@link #close}, only when the backend is replaced. What was given is not closed by {@link #close}.
     */
    default void handOver(Handover to) {
    }

    /**
     * Takes over; called once, on an endpoint just opened, before {@link #resume}.
     *
     * @param from what the former endpoint handed over; empty when the state comes from a file
     */
    void restore(StateReader in, Handover from) throws StateException;

    /** Lets go of all host resources. Called once. */
    @Override
    void close();
}
