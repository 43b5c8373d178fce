package dev.backplane.cpu.lockstep;

import java.util.ArrayDeque;
import java.util.Queue;

import dev.backplane.cpu.interpreter.VcpuCore;
import dev.backplane.cpu.x86.Cpu;

/** The interrupts that the leader has taken and the follower has not yet, with the place of each. */
final class Deliveries {
    /** In place of a vector. */
    static final int NMI = 256;

    /**
     * A place between two instructions, or two iterations of one.
     *
     * @param steps  {@link VcpuCore#steps}
     * @param rcx    tells the iterations apart
     * @param vector what was taken there
     */
    record Delivery(long steps, long rip, long rcx, int vector) {
    }

    private final Queue<Delivery> waiting = new ArrayDeque<>();

    void clear() {
        waiting.clear();
    }

    void add(VcpuCore leader, int vector) {
        Cpu c = leader.cpu();
        waiting.add(new Delivery(leader.steps(), c.rip, c.r[Cpu.RCX], vector));
    }

    /** The next one, or null. */
    Delivery next() {
        return waiting.peek();
    }

    void taken() {
        waiting.remove();
    }
}
