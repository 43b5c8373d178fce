package dev.backplane.api.device;

/**
 * A card cannot be made or cannot do what was asked; the message is for the user: it names the thing, the value and
 * the remedy ({@code x.qcow2 is a qcow2 of version 4; 2 and 3 are supported}).
 */
public class DeviceException extends Exception {
    private static final long serialVersionUID = 1L;

    public DeviceException(String message) {
        super(message);
    }

    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }
}
