package dev.backplane.machine.timer;

/**
 * What the board's own registers ask of the machine. Called from any thread, also under a part's lock: implementations
 * only note the wish and carry it out soon, on another thread.
 */
public interface BoardEvents {
    /** The guest turned the machine off (ACPI soft-off). */
    void powerOff();

    /** The guest reset the machine. */
    void reset();
}
