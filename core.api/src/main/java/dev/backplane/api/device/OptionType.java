package dev.backplane.api.device;

/** How the text of an option is understood. */
public enum OptionType {
    STRING,
    /** A decimal or 0x-prefixed number with sign. */
    INTEGER,
    /** {@code true}, {@code false}, {@code on}, {@code off}, {@code yes} or {@code no}. */
    BOOLEAN,
    /** Bytes: a number with an optional suffix K, M, G or T (powers of 1024). */
    SIZE,
    /** A number with the suffix ms, s, m or h. */
    DURATION,
    /** A file of the host; relative ones are resolved against the user's working folder. */
    PATH,
    /** One of {@link OptionSpec#choices()}. */
    CHOICE,
    /** The name of a host backend of the kind that {@link OptionSpec#choices()} names; see {@code HostBackend}. */
    BACKEND
}
