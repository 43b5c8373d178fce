package dev.backplane.api.machine;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * A machine as it is at one moment, for showing.
 *
 * @param spec       its specification
 * @param state      its state
 * @param reason     why it failed, how it stopped, or for what it waits; or ""
 * @param exitStatus what a test-exit device left, or -1
 * @param uptime     nanoseconds of machine time since power-on, 0 if it never ran
 * @param backend    the bundle of the CPU backend in use, or null
 * @param cpuBackend the name of the CPU backend in use or chosen, or ""
 * @param board      the bundle of the machine core
 * @param vcpus      its vCPUs
 * @param slots      all places for cards, also empty ones, in order
 * @param cards      all cards, in the order in which they were added
 * @param remarks    what {@link Machine#remark} was told, by topic
 */
public record MachineView(MachineSpec spec, MachineState state, String reason, int exitStatus, long uptime,
        Provider backend, String cpuBackend, Provider board, List<VcpuView> vcpus, List<SlotView> slots,
        List<CardView> cards, SortedMap<String, String> remarks) {

    /** One without remarks. */
    public MachineView(MachineSpec spec, MachineState state, String reason, int exitStatus, long uptime,
            Provider backend, String cpuBackend, Provider board, List<VcpuView> vcpus, List<SlotView> slots,
            List<CardView> cards) {
        this(spec, state, reason, exitStatus, uptime, backend, cpuBackend, board, vcpus, slots, cards,
            Collections.emptySortedMap());
    }
}
