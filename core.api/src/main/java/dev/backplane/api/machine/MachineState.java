package dev.backplane.api.machine;

/** The states of a machine's life. */
public enum MachineState {
    /** Not all device types or the CPU backend of its specification are present; it can be started when they are. */
    WAITING,
    /** Complete, not running. */
    STOPPED,
    /** Its vCPUs run (or are halted until an interrupt). */
    RUNNING,
    /** Its vCPUs and its clock stand still. */
    PAUSED,
    /** It stopped by itself because it cannot go on; the reason is in {@link MachineView#reason()}. */
    FAILED,
    /** Gone; the object is of no more use. */
    DESTROYED
}
