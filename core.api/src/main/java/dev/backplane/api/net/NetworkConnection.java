package dev.backplane.api.net;

import java.util.List;
import java.util.SequencedMap;

/** A card's cable as people see and handle it: between the card and its backend. Threading: any thread. */
public interface NetworkConnection {
    /** The id of the card. */
    String card();

    /** The name of the backend. */
    String backend();

    /** What the backend's end is connected to, for {@code net:show}: {@code "switch lab, VLAN 10"}. */
    String peer();

    /** What else the backend says of its end, a line each. */
    List<String> details();

    /** Whether the guest sees a link: the cable is plugged in and the backend's end is up. */
    boolean linkUp();

    /** Frames, bytes and drops in each direction, by name. */
    SequencedMap<String, Long> counters();

    /** How one direction is: from the guest, or to it. */
    Shape shape(boolean fromGuest);

    /** Changes rate, delay and loss of one direction from now on. */
    void shape(boolean fromGuest, Shape shape);

    /** Changes rate, delay and loss of both directions from now on. */
    default void shape(Shape shape) {
        shape(true, shape);
        shape(false, shape);
    }

    /** Whether the cable is plugged in. */
    boolean plugged();

    /** Plugs the cable in or pulls it out; the guest sees the link go up or down. */
    void plugged(boolean plugged);

    /**
     * Watches frames, as they cross the cable, until closed. A watcher that throws is taken off; it must not block
     * (it runs on the way of the frames).
     */
    AutoCloseable watch(FrameWatcher watcher);

    /** Sees frames. */
    @FunctionalInterface
    interface FrameWatcher {
        /**
         * @param fromGuest   the direction
         * @param frame       the frame as the sender gave it
         * @param epochNanos  wall-clock time in nanoseconds since 1970
         */
        void frame(boolean fromGuest, Frame frame, long epochNanos);
    }
}
