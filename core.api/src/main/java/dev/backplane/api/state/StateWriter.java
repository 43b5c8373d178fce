package dev.backplane.api.state;

/**
 * Takes the state of a device, field by field. Names are unique within a section: letters, digits, dots and dashes.
 * Not thread-safe; used under the device's lock.
 */
public interface StateWriter {
    StateWriter putBoolean(String name, boolean value);

    StateWriter putInt(String name, int value);

    StateWriter putLong(String name, long value);

    StateWriter putString(String name, String value);

    /** The array is copied. */
    StateWriter putBytes(String name, byte[] value);

    /** The array is copied. */
    StateWriter putInts(String name, int[] value);

    /** The array is copied. */
    StateWriter putLongs(String name, long[] value);

    /** A nested section of its own. */
    StateWriter section(String name);
}
