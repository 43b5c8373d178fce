package dev.backplane.api.device;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The values of a card's options, already checked against the type's schema. A getter for an option that the schema
 * does not have, or has with another type, throws {@link IllegalArgumentException}: that is a defect of the device
 * type.
 */
public interface Options {
    /** Whether there is a value, given or by default. */
    boolean has(String name);

    /** Also for CHOICE and BACKEND. */
    String string(String name);

    long integer(String name);

    boolean bool(String name);

    /** In bytes. */
    long size(String name);

    Duration duration(String name);

    /** Absolute. */
    Path path(String name);

    /** A STRING or CHOICE if there is a value. */
    default Optional<String> optionalString(String name) {
        return has(name) ? Optional.of(string(name)) : Optional.empty();
    }
}
