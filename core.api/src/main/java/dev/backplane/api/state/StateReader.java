package dev.backplane.api.state;

/**
 * Gives back what a {@link StateWriter} took. A missing field, one of another type or one out of the range that is
 * given raises a {@link StateException} that names section, field and value: state may come from a file somebody
 * changed. Not thread-safe; used under the device's lock.
 */
public interface StateReader {
    /** The version of the device type (see {@code DeviceType.stateVersion()}) that wrote this. */
    int version();

    /** Whether the field or section is there. */
    boolean has(String name);

    boolean getBoolean(String name) throws StateException;

    int getInt(String name) throws StateException;

    /** An int that must lie in {@code min..max}, both included. */
    int getInt(String name, int min, int max) throws StateException;

    long getLong(String name) throws StateException;

    String getString(String name) throws StateException;

    /** A new array. */
    byte[] getBytes(String name) throws StateException;

    /** A new array that must have exactly {@code length} bytes. */
    byte[] getBytes(String name, int length) throws StateException;

    /** A new array. */
    int[] getInts(String name) throws StateException;

    /** A new array. */
    long[] getLongs(String name) throws StateException;

    StateReader section(String name) throws StateException;
}
