package dev.backplane.api.cpu;

import java.util.List;

/**
 * What a debugger asks of a vCPU ({@link Vcpu#debug}).
 *
 * @param step           stop after one instruction, after one iteration of a repeated string instruction, or at the
 *                       first instruction of the handler of an exception or interrupt that was taken instead
 * @param holdInterrupts take no interrupt while stepping; a vCPU that is halted takes them all the same, since nothing
 *                       else ends the halt
 * @param points         where to stop
 */
public record DebugControl(boolean step, boolean holdInterrupts, List<DebugPoint> points) {
    /** No debugger. */
    public static final DebugControl NONE = new DebugControl(false, false, List.of());

    public DebugControl {
        points = List.copyOf(points);
    }

    /** Whether nothing is asked for. */
    public boolean isNone() {
        return !step && points.isEmpty();
    }
}
