package dev.backplane.api.host;

import java.util.List;
import java.util.Locale;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;

/**
 * A host side that a bundle offers, registered as an OSGi service under this name: a network, an audio sink, a page
 * sink. Users choose it by the value of a card's option of type BACKEND and set its own options with that option's name
 * before them: {@code net=user net.forward=tcp:2222:22}. Immutable; all methods may be called from any thread.
 */
public interface HostBackend {
    /** The name users choose it by, such as {@code user}, unique in its kind: lower-case letters, digits, dashes. */
    String name();

    /** What its endpoints are: {@code NetworkEndpoint}, {@code AudioEndpoint}, {@code PageEndpoint} or another. */
    Class<? extends HostEndpoint> kind();

    /**
     * What people call a kind: {@code network} for {@code NetworkEndpoint}.
     *
     * @param kind the class name of the endpoints
     */
    static String kindName(String kind) {
        String simple = kind.substring(Math.max(kind.lastIndexOf('.'), kind.lastIndexOf('$')) + 1);
        String head = simple.endsWith("Endpoint") ? simple.substring(0, simple.length() - "Endpoint".length()) : simple;
        return head.toLowerCase(Locale.ROOT);
    }

    /** One line for people. */
    String description();

    /** The options of an endpoint, in the order in which help shows them (none if not said); their names have no dots. */
    default List<OptionSpec> options() {
        return List.of();
    }

    /** The version of what {@link HostEndpoint#save} writes, from 1 (1 if not said). */
    default int stateVersion() {
        return 1;
    }

    /**
     * Opens an endpoint for one card. May block for a short while (a file, a device node), not for a network. It is
     * also called to find out whether options are good, and the endpoint is then closed at once: files are made,
     * changed and shown to people only from {@link HostEndpoint#resume} on.
     *
     * @return an instance of {@link #kind()}
     * @throws DeviceException if it cannot be opened; nothing is held then
     */
    HostEndpoint open(HostContext context, Options options) throws DeviceException;
}
