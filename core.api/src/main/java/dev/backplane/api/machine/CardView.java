package dev.backplane.api.machine;

import java.util.Map;
import java.util.SequencedMap;

/**
 * One card as it is now.
 *
 * @param id       its id
 * @param type     its type's name
 * @param slot     where it is: for PCIe cards {@code slotN} with the function's address, for others their place
 * @param address  the PCI address as lspci shows it ({@code 01:00.0}), or "" if it has none or the machine never ran
 * @param state    its state
 * @param reason   why it failed or for what it waits, or ""
 * @param options  its options as given
 * @param provider the bundle that serves it, or null while it waits
 * @param counters its counters, by name
 * @param hosts    the bundles of its host backends, by the option that chose them
 */
public record CardView(String id, String type, String slot, String address, CardState state, String reason,
        Map<String, String> options, Provider provider, SequencedMap<String, Long> counters,
        Map<String, Provider> hosts) {
    /** A card without host backends. */
    public CardView(String id, String type, String slot, String address, CardState state, String reason,
            Map<String, String> options, Provider provider, SequencedMap<String, Long> counters) {
        this(id, type, slot, address, state, reason, options, provider, counters, Map.of());
    }
}
