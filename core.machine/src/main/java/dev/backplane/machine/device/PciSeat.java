package dev.backplane.machine.device;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.board.CardGuard;

/** A PCIe slot as a card is put into it. What the card declares stays invisible to the guest until it is published. */
public interface PciSeat {
    /**
     * Begins the card's function; once.
     *
     * @param busReset resets the device when the guest resets the bus it is on
     */
    PciFunction declare(CardGuard guard, PciIdentity identity, Runnable busReset) throws DeviceException;

    /** The card declared all it has: refused if it does not fit into the slot. */
    void check() throws DeviceException;

    /**
     * Shows the function to the guest.
     *
     * @param hot whether the guest is told of a card that was not there before
     */
    void publish(boolean hot);

    /** Configuration space as after power-on. */
    void reset();

    /** Writes configuration space and the tables of message interrupts. */
    void save(StateWriter out);

    /** Takes over what {@link #save} wrote. */
    void restore(StateReader in) throws StateException;

    /** The function's address as lspci shows it now, or "". */
    String address();

    /** Takes the function out; what the guest reads there is all ones from now on. */
    void close();
}
