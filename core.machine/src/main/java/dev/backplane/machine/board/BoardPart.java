package dev.backplane.machine.board;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A part of the board. Parts are reached by several vCPU threads, by timers and by devices at the same time; each
 * guards its own state and never calls out to another part while another thread could wait for its guard in turn.
 */
public interface BoardPart {
    /** Its name in saved state and messages: lower-case letters, digits and dashes. */
    String name();

    /** Back to the state after power-on. vCPUs stand still. */
    void reset();

    /** Writes its whole state; vCPUs stand still and the clock is stopped. */
    void save(StateWriter out);

    /** Takes over a saved state; vCPUs stand still and the clock is stopped. */
    void restore(StateReader in) throws StateException;
}
