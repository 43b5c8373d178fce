package dev.backplane.machine.lifecycle;

import java.time.Duration;

import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.Provider;

/** What a machine needs of the runtime around it. Threading: any thread. */
public interface Outside {
    Catalog catalog();

    /** The bundle of the machine core. */
    Provider core();

    /** How long a card or the vCPUs wait for another build of what served them. */
    Duration grace();

    /** How long a call into the code of a card or CPU backend may take. */
    Duration callLimit();

    /** Passes an event on; does not block. */
    void event(MachineEvent event);

    /** Keeps a definition across restarts of the runtime, in place of the one of the same name. */
    void keep(MachineSpec spec) throws MachineException;

    /** Forgets the definition of a machine that was destroyed. */
    void forget(MachineCore machine) throws MachineException;

    /** The state of a machine changed; does not block. */
    void stateChanged(MachineCore machine);
}
