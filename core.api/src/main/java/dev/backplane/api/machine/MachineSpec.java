package dev.backplane.api.machine;

import java.util.List;
import java.util.Objects;

/**
 * The specification of a machine: a value from which the machine can be made again.
 *
 * @param name        unique in the runtime: a letter, then up to 62 letters, digits, dots, dashes or underscores
 * @param vcpus       1 to 16
 * @param memory      RAM in bytes, a multiple of 1 MiB, at least 16 MiB
 * @param cpuModel    a CPU model, or null for the backend's default
 * @param cpuBackend  a CPU backend's name, or null for the best that is available
 * @param boot        what it boots
 * @param cards       its cards, in the order in which they were added
 */
public record MachineSpec(String name, int vcpus, long memory, String cpuModel, String cpuBackend, BootSpec boot,
        List<CardSpec> cards) {
    public MachineSpec {
        Objects.requireNonNull(name);
        Objects.requireNonNull(boot);
        cards = List.copyOf(cards);
    }
}
