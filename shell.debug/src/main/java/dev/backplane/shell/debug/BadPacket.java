package dev.backplane.shell.debug;

/** A packet that makes no sense, or asks for what cannot be done. */
final class BadPacket extends Exception {
    private static final long serialVersionUID = 1L;

    BadPacket() {
        super(null, null, false, false);
    }
}
