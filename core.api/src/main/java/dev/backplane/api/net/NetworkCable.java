package dev.backplane.api.net;

/**
 * The backend's end of a card's cable. Threading: {@link #take} on one thread at a time, all else on any thread;
 * nothing blocks. After the endpoint was closed nothing comes any more and what is delivered is dropped.
 */
public interface NetworkCable {
    /** The next frame from the guest, or null if none waits. Frames come as {@link NetworkEndpoint#accepts} says. */
    Frame take();

    /** Sets what runs, on any thread, when a frame waits after {@link #take} found none. It must not block. */
    void onFrame(Runnable callback);

    /**
     * Gives a frame to the guest. What the guest cannot take unfinished, the core finishes.
     *
     * @return false if the queue to the guest is full: the frame was not taken; drop it, or keep it until
     *         {@link #onRoom}
     */
    boolean deliver(Frame frame);

    /** Sets what runs, on any thread, when there is room again after {@link #deliver} said no. It must not block. */
    void onRoom(Runnable callback);

    /** Tells that {@link NetworkEndpoint#linkUp} changed. */
    void linkChanged();
}
