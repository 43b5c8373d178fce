package dev.backplane.machine.interrupt;

/** The input pins of an interrupt controller. Threading: any thread, never blocks. */
@FunctionalInterface
public interface PinInput {
    /** Drives a pin; true is asserted, whatever the electrical polarity. Repeating a level does nothing. */
    void set(int pin, boolean asserted);
}
