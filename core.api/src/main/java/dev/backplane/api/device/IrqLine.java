package dev.backplane.api.device;

/** A level-triggered or edge-triggered interrupt line. Threading: any thread; never blocks. */
public interface IrqLine {
    /** Drives the line: true is asserted. Setting the level that it has does nothing. */
    void set(boolean asserted);

    /** Asserts and releases: one edge. */
    default void pulse() {
        set(true);
        set(false);
    }
}
