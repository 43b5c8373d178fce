package dev.backplane.api.register;

import java.util.ArrayList;
import java.util.List;

/**
 * Registers that belong together, such as those of one queue or channel of several; names and offsets are relative to
 * the group's. A loop makes a bank:
 *
 * <pre>{@code
 * for (int i = 0; i < 4; i++) {
 *     channels[i] = new Channel(registers.group("CH" + i, 0x100 + 0x20 * i));
 * }
 * }</pre>
 */
public sealed class RegisterGroup permits Registers {
    private final Registers registers;
    private final String prefix;
    private final long base;
    private final List<Register> members = new ArrayList<>();
    private final RegisterGroup parent;

    RegisterGroup(RegisterGroup parent, String prefix, long base) {
        this.parent = parent;
        this.registers = parent == null ? (Registers) this : parent.registers;
        this.prefix = prefix;
        this.base = base;
    }

    static void checkName(String name) {
        if (!name.matches("[A-Za-z][A-Za-z0-9_]*")) {
            throw new IllegalArgumentException("name " + name + ": a letter, then letters, digits and _ are possible");
        }
    }

    /**
     * Declares a register.
     *
     * @param offset from the group's start, in bytes; any alignment
     * @param width  8 to 64 bits, whole bytes
     * @param name   a letter, then letters, digits and {@code _}; unique in the group
     * @throws IllegalArgumentException if it overlaps another register, has the name of another, or is out of range;
     *                                  the message names both
     */
    public final Register at(long offset, int width, String name) {
        checkName(name);
        Register added = new Register(registers, prefix + name, base + offset, width, name);
        registers.add(added);
        for (RegisterGroup group = this; group != null; group = group.parent) {
            group.members.add(added);
        }
        return added;
    }

    /**
     * A group within this one.
     *
     * @param name   comes before the names of its registers, with a dot
     * @param offset from this group's start, in bytes
     */
    public final RegisterGroup group(String name, long offset) {
        checkName(name);
        return new RegisterGroup(this, prefix + name + '.', base + offset);
    }

    /** Gives all registers of the group, and of groups in it, their reset values; no callback runs. */
    public final void reset() {
        registers.beforeReset();
        members.forEach(Register::powerOn);
    }

    final List<Register> members() {
        return members;
    }
}
