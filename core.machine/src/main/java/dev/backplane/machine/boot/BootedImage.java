package dev.backplane.machine.boot;

import dev.backplane.api.cpu.CpuState;

/**
 * A kernel that was loaded.
 *
 * @param state       the state in which the first processor starts
 * @param description one line for people: what was loaded and how it is entered
 */
public record BootedImage(CpuState state, String description) {
}
