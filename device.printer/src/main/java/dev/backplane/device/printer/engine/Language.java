package dev.backplane.device.printer.engine;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A printer language: bytes in, marks on paper. One instance serves a printer. Threading: under the device's lock. */
public interface Language {
    /** As users write it. */
    String name();

    /** Takes a byte, 0 to 255. Never throws for what it is. */
    void accept(int value);

    /** As after power-on; the sheet is not touched. */
    void reset();

    /** The job is over; a sequence that is not complete is dropped, what is printed stays. */
    void endOfJob();

    /** Writes everything that decides what the next byte does. */
    void save(StateWriter out);

    /** What {@link #save} wrote. */
    void restore(StateReader in) throws StateException;
}
