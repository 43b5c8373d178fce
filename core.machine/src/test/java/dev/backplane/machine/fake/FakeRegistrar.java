package dev.backplane.machine.fake;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.backplane.machine.lifecycle.MachineCore;
import dev.backplane.machine.manager.Machines;

/** Registers nothing; whatever it is told of has a name. */
public final class FakeRegistrar implements Machines.Registrar {
    @Override
    public void added(MachineCore machine) {
        assertFalse(machine.name().isEmpty());
    }

    @Override
    public void changed(MachineCore machine) {
        assertFalse(machine.name().isEmpty());
    }

    @Override
    public void removed(MachineCore machine) {
        assertFalse(machine.name().isEmpty());
    }
}
