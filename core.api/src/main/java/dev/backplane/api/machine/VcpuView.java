package dev.backplane.api.machine;

import java.util.SequencedMap;

/**
 * One vCPU as it is now.
 *
 * @param index      0 to vcpus-1
 * @param activity   {@code running}, {@code halted}, {@code wait-for-sipi}, {@code shutdown} or {@code stopped}
 * @param statistics the backend's counters
 */
public record VcpuView(int index, String activity, SequencedMap<String, Long> statistics) {
}
