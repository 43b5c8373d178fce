package dev.backplane.machine.device;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;

/**
 * A card's PCI function, between the card's instances and the configuration space that the guest sees. It keeps what
 * was declared, in order, so that a later instance is given the same things.
 */
final class CardPci {
    private final CardHost host;
    private final PciFunction function;
    private final PciIdentity identity;
    private final List<Declaration> declarations = new ArrayList<>();
    private Facade newest;
    private IrqLine intx;
    private CallbackGate commandChange;

    private record Declaration(String what, Object given, Gate gate) {
    }

    CardPci(CardHost host, PciFunction function, PciIdentity identity) {
        this.host = host;
        this.function = function;
        this.identity = identity;
    }

    boolean busMaster() {
        return function.busMaster();
    }

    void deassert() {
        if (intx != null) {
            intx.set(false);
        }
    }

    /** Lets go of the handlers of an instance that is no more. */
    void detach() {
        for (Declaration d : declarations) {
            if (d.gate != null) {
                d.gate.target(Claims.NOBODY);
            }
        }
        if (commandChange != null) {
            commandChange.target(() -> { });
        }
        newest = null;
    }

    /** The function as an instance declares it. */
    PciFunction declare(PciIdentity wanted, CardContext context, List<Runnable> pending) throws DeviceException {
        if (!wanted.equals(identity)) {
            throw new DeviceException("%s: the PCI identity %s is another than that of the instance before it, %s"
                .formatted(host.owner(), wanted, identity));
        }
        newest = new Facade(context, pending, !declarations.isEmpty() || newest != null);
        return newest;
    }

    void checkComplete() throws DeviceException {
        if (newest.next < declarations.size()) {
            throw new DeviceException("%s does not declare %s, which the instance before it had".formatted(
                host.owner(), declarations.get(newest.next).what));
        }
    }

    private interface Maker {
        Object make(Gate gate);
    }

    private final class Facade implements PciFunction {
        private final CardContext context;
        private final List<Runnable> pending;
        private final boolean again;
        private int next;

        Facade(CardContext context, List<Runnable> pending, boolean again) {
            this.context = context;
            this.pending = pending;
            this.again = again;
        }

        private Object declare(String what, RegisterHandler handler, Maker maker) {
            return declare(what, handler, -1, maker);
        }

        private Object declare(String what, RegisterHandler handler, long dead, Maker maker) {
            if (!context.creating()) {
                throw new IllegalStateException(host.owner() + ": " + what
                    + " can be declared only while the card is being created");
            }
            if (!again) {
                Gate gate = handler == null ? null : new Gate(host, what, handler, dead);
                Object given = maker.make(gate);
                declarations.add(new Declaration(what, given, gate));
                next++;
                return given;
            }
            Declaration d = next < declarations.size() ? declarations.get(next) : null;
            if (d == null || !d.what.equals(what) || (d.gate == null) != (handler == null)) {
                throw new IllegalStateException("%s declares %s where the instance before it had %s".formatted(
                    host.owner(), what, d == null ? "nothing" : d.what));
            }
            next++;
            if (d.gate != null) {
                pending.add(() -> d.gate.target(handler));
            }
            return d.given;
        }

        @Override
        public void bar(int index, BarType type, long size, RegisterHandler handler) {
            // Zeros in memory, as where no card is: see PciHost.
            long dead = type == BarType.IO ? -1 : 0;
            declare("BAR %d (%s, 0x%x bytes)".formatted(index, type, size), handler, dead, gate -> {
                function.bar(index, type, size, gate);
                return index;
            });
        }

        @Override
        public int capability(int id, byte[] body, RegisterHandler handler) {
            return (Integer) declare("capability 0x%x of %d bytes".formatted(id, body.length), handler,
                gate -> function.capability(id, body, gate));
        }

        @Override
        public MessageInterrupts msix(int vectors, int bar) {
            return (MessageInterrupts) declare("MSI-X with %d vectors in BAR %d".formatted(vectors, bar), null,
                gate -> guarded(function.msix(vectors, bar)));
        }

        @Override
        public MessageInterrupts msi(int vectors) {
            return (MessageInterrupts) declare("MSI with " + vectors + " vectors", null,
                gate -> guarded(function.msi(vectors)));
        }

        @Override
        public IrqLine intx() {
            return (IrqLine) declare("INTx", null, gate -> {
                IrqLine line = function.intx();
                intx = host.interrupts().line(-1, line);
                return intx;
            });
        }

        @Override
        public boolean busMaster() {
            return function.busMaster();
        }

        @Override
        public void onCommandChange(Runnable callback) {
            if (commandChange == null) {
                commandChange = new CallbackGate(host, "the callback for the command register", callback);
                function.onCommandChange(commandChange);
            } else {
                CallbackGate gate = commandChange;
                pending.add(() -> gate.target(callback));
                if (!context.creating()) {
                    gate.target(callback);
                }
            }
        }
    }

    private MessageInterrupts guarded(MessageInterrupts messages) {
        return new MessageInterrupts() {
            @Override
            public int vectors() {
                return messages.vectors();
            }

            @Override
            public boolean enabled() {
                return messages.enabled();
            }

            @Override
            public boolean masked(int vector) {
                return messages.masked(vector);
            }

            @Override
            public void raise(int vector) {
                if (!host.connected()) {
                    return;
                }
                if (host.interrupts().mayPass()) {
                    messages.raise(vector);
                } else {
                    host.interrupts().delay(vector, () -> messages.raise(vector));
                }
            }
        };
    }
}
