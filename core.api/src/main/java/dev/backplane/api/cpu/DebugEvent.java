package dev.backplane.api.cpu;

/**
 * Why {@link Vcpu#run()} returned {@link VcpuExit#DEBUG}.
 *
 * @param cause what happened
 * @param point the place that was met, or null for a step
 */
public record DebugEvent(Cause cause, DebugPoint point) {

    /** What happened. */
    public enum Cause {
        /** A step was done. */
        STEP,
        /** The instruction at the point is about to be executed. */
        BREAKPOINT,
        /** The instruction before RIP has accessed what the point watches. */
        WATCHPOINT
    }
}
