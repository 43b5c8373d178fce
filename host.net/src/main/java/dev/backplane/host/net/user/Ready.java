package dev.backplane.host.net.user;

import java.nio.channels.SelectionKey;

/** What a channel of the selector belongs to. */
interface Ready {
    /** The channel can do something; called on the network's thread. */
    void ready(SelectionKey key);
}
