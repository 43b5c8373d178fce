package dev.backplane.api.machine;

import dev.backplane.api.cpu.DebugEvent;

/** What a debugger is told. Called from any thread, in turn with what changes the machine: must not block. */
public interface DebugListener {
    /**
     * All vCPUs stand still, and stay so until {@link MachineDebugger#resume}.
     *
     * @param vcpu  the one that stopped, or 0
     * @param event why it stopped, or null if somebody asked for it
     */
    void stopped(int vcpu, DebugEvent event);

    /**
     * The machine was turned off: the debugger has lost it.
     *
     * @param why how it stopped, or ""
     */
    void ended(String why);
}
