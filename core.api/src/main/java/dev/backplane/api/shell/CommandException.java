package dev.backplane.api.shell;

/** A command cannot do what was asked; the message is one line for the user and names the remedy. */
public final class CommandException extends Exception {

    private static final long serialVersionUID = 1L;

    /** A refusal with its reason. */
    public CommandException(String message) {
        super(message);
    }

    /** A refusal with its reason and what caused it. */
    public CommandException(String message, Throwable cause) {
        super(message, cause);
    }
}
