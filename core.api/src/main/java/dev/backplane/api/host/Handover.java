package dev.backplane.api.host;

/**
 * Living objects on their way from an endpoint to the one of the next build. Only objects of the JDK's own classes
 * travel (channels, streams, buffers, arrays): one of a bundle's class would keep that bundle's class loader alive. What
 * nobody takes is closed by the core. Not thread-safe.
 */
public interface Handover {
    /**
     * Gives an object.
     *
     * @param name unique; the state says what it is
     * @throws IllegalArgumentException if its class is not one of the JDK's, or the name is taken
     */
    void put(String name, Object object);

    /** Takes an object, once; null if there is none of that name and class. */
    <T> T take(String name, Class<T> type);
}
