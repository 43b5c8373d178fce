package dev.backplane.api.net;

import java.util.List;

import dev.backplane.api.host.HostEndpoint;

/**
 * The host's end of a card's cable; what a network backend makes. Threading: the methods here are called on any thread
 * but {@link #plug}, which is called as those of {@link HostEndpoint} are; none may block.
 */
public interface NetworkEndpoint extends HostEndpoint {
    /**
     * Gives the endpoint its end of the cable, once, right after it was opened: before a restore and before
     * {@link #resume}.
     *
     * @param cable frames from and to the guest
     */
    void plug(NetworkCable cable);

    /** What it takes unfinished; always the same. Asked after {@link #plug}. */
    Offloads accepts();

    /** Whether the network behind it is up. A change is told with {@link NetworkCable#linkChanged}. */
    default boolean linkUp() {
        return true;
    }

    /**
     * What it is connected to, for people: {@code "switch lab, VLAN 10"}. {@code net:show} draws cables with the same
     * text up to the first comma together. Empty for the backend's name.
     */
    default String peer() {
        return "";
    }

    /** What else there is to say of it, for people, a line each: addresses given out, ports forwarded. */
    default List<String> details() {
        return List.of();
    }
}
