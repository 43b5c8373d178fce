package dev.backplane.api.time;

/**
 * A one-shot timer of a device; made by the device's context with a name that is unique within the device. The
 * callback runs under the device's lock. A timer's deadline is saved and restored by the core with the device's state.
 *
 * <p>Threading: call under the device's lock (from any callback of the device).
 */
public interface DeviceTimer {
    /** Arms, or arms anew, for a time of {@link MachineClock#nanoTime()}; one in the past fires as soon as it can. */
    void armAt(long nanoTime);

    /** Disarms; the callback will not run any more for the earlier deadline. */
    void cancel();

    /** Whether it is armed. */
    boolean armed();

    /** The deadline it is armed for; meaningless if it is not. */
    long deadline();
}
