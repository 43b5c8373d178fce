package dev.backplane.machine.board;

import java.util.Objects;
import java.util.Optional;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.device.PciSeat;
import dev.backplane.machine.pci.PciCard;
import dev.backplane.machine.pci.PciHost;
import dev.backplane.machine.pci.RootPort;

/** The slot behind one root port, for one card. */
public final class RootPortSeat implements PciSeat {
    private final PciHost host;
    private final RootPort port;
    private PciCard card;

    RootPortSeat(PciHost host, RootPort port) {
        this.host = Objects.requireNonNull(host);
        this.port = Objects.requireNonNull(port);
    }

    /** The root port that leads to the slot. */
    public RootPort port() {
        return port;
    }

    @Override
    public PciFunction declare(CardGuard guard, PciIdentity identity, Runnable busReset) {
        card = host.newCard(guard, identity);
        card.onBusReset(busReset);
        return card;
    }

    @Override
    public void check() throws DeviceException {
        Optional<String> unfit = port.unfit(card);
        if (unfit.isPresent()) {
            throw new DeviceException(unfit.get());
        }
        card.seal();
    }

    @Override
    public void publish(boolean hot) {
        if (hot) {
            port.seat(card);
        } else {
            port.seatCold(card);
        }
    }

    @Override
    public void reset() {
        card.reset();
    }

    @Override
    public void save(StateWriter out) {
        card.save(out);
    }

    @Override
    public void restore(StateReader in) throws StateException {
        card.restore(in);
    }

    @Override
    public String address() {
        return card == null ? "" : card.address();
    }

    @Override
    public void close() {
        if (card != null && port.card() == card) {
            port.surpriseRemove();
        }
    }
}
