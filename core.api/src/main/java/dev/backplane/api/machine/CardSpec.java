package dev.backplane.api.machine;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One card of a machine.
 *
 * @param id      unique in the machine: letters, digits, dots, dashes, underscores; null to have one made from the type
 * @param type    the name of a device type
 * @param slot    the slot it is in, or null for any free one that fits
 * @param options the options as text, as the user gave them, in that order
 */
public record CardSpec(String id, String type, String slot, Map<String, String> options) {
    public CardSpec {
        Objects.requireNonNull(type);
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }
}
