package dev.backplane.host.net.user;

import dev.backplane.api.net.Frame;

/** The cable between a network and its guests: a card's, or a port of a switch. Nothing blocks. */
public interface Uplink {
    /** The next frame from a guest, or null. */
    Frame take();

    /** Gives a frame to the guests; false if it was not taken, and then {@code onRoom} is called later. */
    boolean deliver(Frame frame);

    /** Sets what runs, on any thread, when a frame came after {@link #take} found none, and when there is room. */
    void callbacks(Runnable onFrame, Runnable onRoom);
}
