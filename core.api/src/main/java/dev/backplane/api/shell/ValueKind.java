package dev.backplane.api.shell;

/** What a word on a command line stands for; completion is made from it. */
public enum ValueKind {
    /** A machine that exists. */
    MACHINE,
    /** A card of the machine named before. */
    CARD,
    /** A device type. */
    DEVICE_TYPE,
    /** {@code key=value}, a card option of the type or card named before. */
    CARD_OPTION,
    /** A bundle that machines are made of. */
    PLUGIN,
    /** A host backend. */
    HOST_BACKEND,
    /** A CPU backend. */
    CPU_BACKEND,
    /** A CPU model. */
    CPU_MODEL,
    /** A state of a machine, or a time. */
    STATE,
    /** A command of this shell. */
    COMMAND,
    /** A file or folder. */
    FILE,
    /** A size like 512M. */
    SIZE,
    /** A time like 120s. */
    DURATION,
    /** A number. */
    NUMBER,
    /** What {@link ShellCommand#candidates} gives. */
    OWN,
    /** Anything; nothing to complete. */
    TEXT
}
