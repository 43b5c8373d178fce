package dev.backplane.shell.debug;

import java.util.Objects;

import dev.backplane.api.cpu.CpuState;

/**
 * A register as gdb sees it.
 *
 * @param name    its name in gdb
 * @param bits    its size
 * @param type    its type in the target description
 * @param group   the group in which gdb lists it, or null: as its type says
 * @param feature the feature of the target description that it is in
 * @param get     reads it
 * @param set     writes it
 */
record Register(String name, int bits, String type, String group, String feature, Get get, Set set) {
    Register {
        Objects.requireNonNull(name);
    }

    /** Reads it. */
    @FunctionalInterface
    interface Get {
        /** Little-endian, {@code bits / 8} bytes into the target. */
        void into(CpuState state, byte[] target, int offset);
    }

    /** Writes it. */
    @FunctionalInterface
    interface Set {
        /** The state with the register changed to the value, or the state as it is if it cannot be changed. */
        CpuState to(CpuState state, byte[] source, int offset);
    }

    int bytes() {
        return bits / 8;
    }
}
