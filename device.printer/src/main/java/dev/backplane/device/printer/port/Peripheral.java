package dev.backplane.device.printer.port;

/** What is at the other end of the cable. Threading: under the device's lock. */
public interface Peripheral {
    /** Whether it takes a byte now; the inverse of its Busy line. */
    boolean ready();

    /** Takes bytes; it was {@link #ready}. It may become busy on the way, then it takes fewer. */
    int take(byte[] data, int offset, int length);

    /** The PError line: no paper. */
    boolean paperOut();

    /** The Select line: it is online. */
    boolean online();

    /** The nFault line, inverted. */
    boolean fault();

    /** The nInit line was pulled low: it starts anew. */
    void initialize();

    /** Its IEEE 1284 device ID, without the length (IEEE 1284-2000, 7.6): {@code MFG:...;MDL:...;}. */
    String deviceId();
}
