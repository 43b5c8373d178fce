package dev.backplane.api.device;

import java.util.concurrent.CompletableFuture;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A card in a machine. The core calls every method here, every register handler, timer and task of the device one at
 * a time, under the device's lock; an author writes single-threaded code. Host I/O that may block runs elsewhere
 * (virtual threads) and comes back through {@link DeviceContext#execute}.
 *
 * <p>What a method throws is contained: the card fails, its registers read as all ones and writes to it are dropped,
 * and the machine runs on.
 */
public interface Device extends AutoCloseable {
    /** Back to the state after power-on; host I/O in flight is finished or cancelled, its results are dropped. */
    void reset();

    /**
     * Begins to come to rest while the guest still reaches the card, so that {@link #quiesce}, which follows, has
     * little to wait for and the guest, which is kept out from then on, neither: takes no more work from queues in guest
     * memory. The core waits up to a second for the future. Not called when the guest stands still.
     */
    default CompletableFuture<Void> settle() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Stops beginning new host I/O and lets what is in flight finish (or puts it back where a restored card finds it
     * again, such as an unconsumed queue entry). After the future completes {@link #save} gives the whole truth.
     * Registers are not accessed until {@link #resume} or {@link #close}; tasks still run. A card whose work is tasks
     * alone returns {@code CompletableFuture.runAsync(() -> { }, context::execute)}: all that was given before has run.
     */
    default CompletableFuture<Void> quiesce() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * The card is about to be pulled out with nobody asked; {@link #close} follows. What the guest waits for, and may wait
     * for in vain for ever, is answered now, with an error if it is not done. The core waits a short while for the
     * future; registers may be accessed until the card is out.
     */
    default CompletableFuture<Void> surpriseRemoval() {
        return CompletableFuture.completedFuture(null);
    }

    /** Goes on after {@link #quiesce}, or begins after {@link #restore}. */
    default void resume() {
    }

    /** Writes the whole state that a guest or user could tell; of a card that is quiesced. */
    void save(StateWriter out);

    /**
     * Takes over the state that a card of the same type saved. Called once, on a newly made card, before anything
     * else.
     *
     * @throws StateException if the state is of a version or has values that it cannot take over
     */
    void restore(StateReader in) throws StateException;

    /**
     * Lets go of all host resources, such as files and threads; what was claimed, timers too, the core takes back.
     * Called once; nothing is called afterwards.
     */
    @Override
    default void close() {
    }
}
