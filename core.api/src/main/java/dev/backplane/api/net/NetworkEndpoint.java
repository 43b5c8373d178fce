package dev.backplane.api.net;

import dev.backplane.api.host.HostEndpoint;

/** The host's end of a card's cable; what a network backend makes. */
public interface NetworkEndpoint extends HostEndpoint {
    /**
     * Gives the endpoint its end of the cable, once, before {@link #resume}.
     *
     * @param cable frames from and to the guest
     */
    void plug(NetworkCable cable);

    /** What it takes unfinished. */
    Offloads accepts();

    /** Whether the network behind it is up. A change is told with {@link NetworkCable#linkChanged}. */
    default boolean linkUp() {
        return true;
    }
}
