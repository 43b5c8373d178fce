package dev.backplane.api.state;

/** Saved state cannot be used; the message names the field, the value and what would be right. */
public class StateException extends Exception {
    private static final long serialVersionUID = 1L;

    public StateException(String message) {
        super(message);
    }

    public StateException(String message, Throwable cause) {
        super(message, cause);
    }
}
