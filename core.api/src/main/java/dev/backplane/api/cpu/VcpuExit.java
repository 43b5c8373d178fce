package dev.backplane.api.cpu;

/** Why {@link Vcpu#run()} returned. The vCPU is at an instruction boundary in each case. */
public enum VcpuExit {
    /** {@link Vcpu#kick()} was called. */
    KICKED,
    /** HLT was executed (or the vCPU is still halted) and no event that wakes it is pending. */
    HALTED,
    /** Triple fault: the processor is in the shutdown state (Intel SDM vol. 3, 6.15, interrupt 8). */
    SHUTDOWN,
    /** What {@link Vcpu#debug} asked to stop for has happened; {@link Vcpu#debugEvent()} says what. */
    DEBUG,
    /**
     * The backend cannot go on for a reason of its own (a defect, or a host failure); {@link Vcpu#save()} still gives
     * the last consistent state and the cause is in the log.
     */
    FAILED
}
