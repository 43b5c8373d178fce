package dev.backplane.api.shell;

/**
 * A word that a command takes by its position.
 *
 * @param name        as help shows it, in capitals
 * @param kind        what it stands for
 * @param arity       how often it is given
 * @param description one line for people
 */
public record Parameter(String name, ValueKind kind, Arity arity, String description) {

    /** How often a parameter is given. */
    public enum Arity {
        /** Once. */
        REQUIRED,
        /** Once or not at all. */
        OPTIONAL,
        /** Any number of times; only the last parameter. */
        MANY
    }

    /** One that must be given. */
    public static Parameter required(String name, ValueKind kind, String description) {
        return new Parameter(name, kind, Arity.REQUIRED, description);
    }

    /** One that may be given. */
    public static Parameter optional(String name, ValueKind kind, String description) {
        return new Parameter(name, kind, Arity.OPTIONAL, description);
    }

    /** One that may be given any number of times. */
    public static Parameter many(String name, ValueKind kind, String description) {
        return new Parameter(name, kind, Arity.MANY, description);
    }

    /** As it is written: {@code NAME}, {@code [CARD]}, {@code [KEY=VALUE...]}. */
    public String usage() {
        return switch (arity) {
            case REQUIRED -> name;
            case OPTIONAL -> "[" + name + "]";
            case MANY -> "[" + name + "...]";
        };
    }
}
