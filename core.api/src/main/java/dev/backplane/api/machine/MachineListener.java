package dev.backplane.api.machine;

/**
 * Hears of events. Register it as an OSGi service (whiteboard); it is called in order, on a thread of the core's, and
 * may take its time.
 */
@FunctionalInterface
public interface MachineListener {
    void event(MachineEvent event);
}
