package dev.backplane.machine.board;

import dev.backplane.api.memory.GuestMemory;
import dev.backplane.machine.interrupt.InterruptControllers;
import dev.backplane.machine.interrupt.InterruptFabric;
import dev.backplane.machine.interrupt.IrqSource;
import dev.backplane.machine.pci.PciSignals;

/** PCI's signals to the interrupt controllers and, for messages that are aimed there, to RAM. */
final class PciWiring implements PciSignals {
    private static final int PIRQS = 8;

    private final InterruptControllers interrupts;
    private final GuestMemory ram;
    private final IrqSource[] pirqs = new IrqSource[PIRQS];

    PciWiring(InterruptControllers interrupts, GuestMemory ram) {
        this.interrupts = interrupts;
        this.ram = ram;
        for (int i = 0; i < PIRQS; i++) {
            pirqs[i] = interrupts.router().gsi(16 + i, "pci");
        }
    }

    @Override
    public void message(long address, int data) {
        // A message is a write like any other; one to RAM lets a program without a driver wait for it.
        if (InterruptFabric.isMessage(address)) {
            interrupts.fabric().send(address, data);
        } else {
            ram.write32(address, data);
        }
    }

    @Override
    public void gsi(int gsi, boolean asserted) {
        pirqs[gsi - 16].set(asserted);
    }

    @Override
    public void route(int pirq, int isaIrq) {
        interrupts.router().routePirq(pirq, isaIrq);
    }
}
