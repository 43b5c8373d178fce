package dev.backplane.api.cpu;

import java.util.Objects;

import dev.backplane.api.memory.GuestRam;

/**
 * What a backend is told of the machine when a session is opened.
 *
 * @param machine the machine's name, for thread names and messages
 * @param model   a CPU model's name, one of {@link CpuBackend#models()}
 * @param vcpus   how many vCPUs the machine has, 1 to 255; their APIC IDs are 0 to vcpus-1
 * @param ram     the machine's RAM; outlives the session
 * @param tscHz   the frequency of the time-stamp counter in Hz, reported through CPUID leaves 0x15 and 0x16 and
 *                0x40000010
 * @param apicHz  the frequency of the local APIC timer (the core crystal clock) in Hz
 */
public record CpuConfig(String machine, String model, int vcpus, GuestRam ram, long tscHz, long apicHz) {
    public CpuConfig {
        Objects.requireNonNull(machine);
        Objects.requireNonNull(model);
        Objects.requireNonNull(ram);
        if (vcpus < 1 || vcpus > 255) {
            throw new IllegalArgumentException("vcpus " + vcpus + ": 1 to 255 are supported");
        }
        if (tscHz <= 0 || apicHz <= 0) {
            throw new IllegalArgumentException("frequencies are positive");
        }
    }
}
