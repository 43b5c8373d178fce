package dev.backplane.api.cpu;

/**
 * A named CPU model.
 *
 * @param name        the name users choose it by, for instance {@code x86-64-v2}
 * @param description one line for people
 */
public record CpuModelInfo(String name, String description) {
}
