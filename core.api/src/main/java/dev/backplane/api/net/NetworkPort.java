package dev.backplane.api.net;

/**
 * The card's end of its cable. It belongs to the card: it survives replacements of device and backend, with the frames
 * in it. An instance that takes over sets its callbacks anew in {@code create} and is told after its resume of frames
 * that wait and of room that is there.
 *
 * <p>Threading: call under the device's lock; nothing blocks. Callbacks run under the device's lock, not while the card
 * rests.
 */
public interface NetworkPort {
    /**
     * Sends a frame.
     *
     * @return false if the queue is full: the frame was not taken; {@link #onRoom} says when there is room again
     */
    boolean send(Frame frame);

    /** Sets what runs when there is room again after {@link #send} said no. */
    void onRoom(Runnable callback);

    /** The next frame for the guest, or null. A card takes one only when it has a place for it. */
    Frame receive();

    /** Sets what runs when a frame has come after {@link #receive} found none. */
    void onReceive(Runnable callback);

    /** Says what the guest's driver takes unfinished; complete frames only at first and after a reset. */
    void accept(Offloads offloads);

    /** Whether the cable is plugged in and the other end is up. */
    boolean linkUp();

    /** Sets what runs when {@link #linkUp} changed. */
    void onLinkChange(Runnable callback);
}
