package dev.backplane.api.device;

/** A number that only grows. Threading: any thread; never blocks. */
public interface Counter {
    void add(long amount);

    default void increment() {
        add(1);
    }

    long value();
}
