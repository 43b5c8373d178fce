package dev.backplane.cpu.x86;

/** Makes the executable form of a decoded instruction. */
@FunctionalInterface
public interface OpFactory {
    /** The op, or null if this encoding is undefined (#UD). */
    Op create(Insn i);
}
