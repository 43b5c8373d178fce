package dev.backplane.api.shell;

/**
 * A named option of a command: {@code --name VALUE}, {@code --name=VALUE}, or {@code --name} for a flag.
 *
 * @param name        without the dashes
 * @param value       what its value is called in help, or null for a flag
 * @param kind        what its value stands for; TEXT for a flag
 * @param repeatable  whether it may be given more than once
 * @param description one line for people
 */
public record Option(String name, String value, ValueKind kind, boolean repeatable, String description) {

    /** An option without a value. */
    public static Option flag(String name, String description) {
        return new Option(name, null, ValueKind.TEXT, false, description);
    }

    /** An option with a value. */
    public static Option of(String name, String value, ValueKind kind, String description) {
        return new Option(name, value, kind, false, description);
    }

    /** An option with a value that may be given more than once. */
    public static Option repeatable(String name, String value, ValueKind kind, String description) {
        return new Option(name, value, kind, true, description);
    }

    /** Whether it has no value. */
    public boolean isFlag() {
        return value == null;
    }

    /** As it is written: {@code --memory SIZE}. */
    public String usage() {
        return isFlag() ? "--" + name : "--" + name + " " + value;
    }
}
