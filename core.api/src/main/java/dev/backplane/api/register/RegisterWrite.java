package dev.backplane.api.register;

/** Told of a guest's write, after the value was stored. */
@FunctionalInterface
public interface RegisterWrite {
    /**
     * @param before the value before the write
     * @param now    the value after it, by the rules of {@link Access}
     */
    void written(long before, long now);
}
