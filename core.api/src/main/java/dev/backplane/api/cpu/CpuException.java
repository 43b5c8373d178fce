package dev.backplane.api.cpu;

/** A backend cannot do what was asked; the message names the thing, the value and the remedy. */
public class CpuException extends Exception {
    private static final long serialVersionUID = 1L;

    public CpuException(String message) {
        super(message);
    }

    public CpuException(String message, Throwable cause) {
        super(message, cause);
    }
}
