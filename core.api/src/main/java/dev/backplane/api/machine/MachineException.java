package dev.backplane.api.machine;

/**
 * Something asked of a machine cannot be done, and nothing has changed. The message is one line for the user: it names
 * the thing, the value and the remedy.
 */
public class MachineException extends Exception {
    private static final long serialVersionUID = 1L;

    public MachineException(String message) {
        super(message);
    }

    public MachineException(String message, Throwable cause) {
        super(message, cause);
    }
}
