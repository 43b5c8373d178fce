package dev.backplane.machine.pci;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.board.CardGuard;

/**
 * A card's function: made when the card claims it, sealed when the card has been created, then seated in a
 * {@link RootPort}. It keeps the card's whole configuration space, its BARs, its message-signalled interrupts and the
 * level of its interrupt pin; none of that belongs to the instance of the device.
 *
 * <p>Threading: any thread. The card's code is entered only through its {@link CardGuard}, with no lock of PCI held.
 */
public final class PciCard extends ConfigFunction implements PciFunction {
    /** The most bytes of a BAR. */
    public static final long MAX_BAR = 1L << 34;

    private static final long MAX_BAR_32 = 1L << 28;
    private static final int TYPE_ENDPOINT = 0;
    private static final Runnable NOTHING = () -> { };

    /** A capability that the card serves itself. */
    private record Served(int offset, int length, RegisterHandler handler) {
    }

    private final CardGuard guard;
    private final PciSignals signals;
    private final List<Bar> bars = new ArrayList<>();
    private final List<Served> served = new ArrayList<>();
    private final int power;
    private final int express;
    private Msi msi;
    private MsiX msix;
    private boolean pin;
    private boolean pinAsserted;
    private boolean sealed;
    private Runnable commandChanged = NOTHING;
    private Runnable busReset = NOTHING;
    private volatile PciHost host;
    private volatile RootPort port;
    private volatile InterruptPins.Source line;

    /**
     * Begins the claim of a function.
     *
     * @param guard   the way into the card's code
     * @param signals where its messages go
     */
    public PciCard(CardGuard guard, PciIdentity identity, PciSignals signals) {
        this.guard = Objects.requireNonNull(guard);
        this.signals = Objects.requireNonNull(signals);
        config.define(0, 2, identity.vendorId(), 0);
        config.define(2, 2, identity.deviceId(), 0);
        config.define(COMMAND, 2, 0, COMMAND_MASTER | 0x40 | 0x100 | COMMAND_NO_INTX);
        config.define(8, 4, identity.revisionId() | identity.classCode() << 8, 0);
        config.define(0x0C, 1, 0, 0xFF);
        config.define(0x2C, 2, identity.subsystemVendorId(), 0);
        config.define(0x2E, 2, identity.subsystemId(), 0);
        config.define(INTERRUPT_LINE, 1, 0xFF, 0xFF);
        power = addPowerManagement();
        express = addCapability(CAP_EXPRESS, 0x3C);
        ExpressCapability.endpoint(config, express, TYPE_ENDPOINT);
    }

    // ---- the claim phase

    @Override
    public void bar(int index, BarType type, long size, RegisterHandler handler) {
        claim();
        Objects.requireNonNull(handler);
        addBar(index, type, size, guard.guarded(handler));
    }

    private void addBar(int index, BarType type, long size, RegisterHandler handler) {
        boolean wide = type == BarType.MEMORY_64 || type == BarType.MEMORY_64_PREFETCHABLE;
        long least = type == BarType.IO ? 4 : 16;
        long most = type == BarType.IO ? 256 : wide ? MAX_BAR : MAX_BAR_32;
        if (index < 0 || index > (wide ? 4 : 5)) {
            throw new IllegalArgumentException("BAR %d: 0 to %d are possible".formatted(index, wide ? 4 : 5));
        }
        if (Long.bitCount(size) != 1 || size < least || size > most) {
            throw new IllegalArgumentException("BAR %d of %d bytes: powers of two from %d to %d are possible"
                .formatted(index, size, least, most));
        }
        for (Bar other : bars) {
            if (index < other.index() + (other.wide() ? 2 : 1) && other.index() < index + (wide ? 2 : 1)) {
                throw new IllegalArgumentException("BAR %d is declared twice or is the upper half of BAR %d"
                    .formatted(index, other.index()));
            }
        }
        Bar bar = new Bar(index, type, size, handler);
        synchronized (this) {
            bar.define(config);
            int enable = config.get16(COMMAND) | COMMAND_MASTER | 0x40 | 0x100 | COMMAND_NO_INTX;
            bars.add(bar);
            for (Bar b : bars) {
                enable |= b.io() ? COMMAND_IO : COMMAND_MEMORY;
            }
            config.define(COMMAND, 2, 0, enable);
        }
    }

    @Override
    public int capability(int id, byte[] body, RegisterHandler handler) {
        claim();
        if (id < 0 || id > 0xFF || id == CAP_MSI || id == CAP_MSIX || id == CAP_POWER || id == CAP_EXPRESS) {
            throw new IllegalArgumentException("capability 0x%x: the core makes it, or it is none".formatted(id));
        }
        if (body.length < 1 || body.length > 128) {
            throw new IllegalArgumentException("capability 0x%x has %d bytes: 1 to 128 are possible"
                .formatted(id, body.length));
        }
        int at = addCapability(id, body.length + 2);
        for (int i = 0; i < body.length; i++) {
            config.define(at + 2 + i, 1, body[i], 0);
        }
        if (handler != null) {
            served.add(new Served(at, body.length + 2, guard.guarded(handler)));
        }
        return at;
    }

    @Override
    public MessageInterrupts msix(int vectors, int bar) {
        claim();
        if (vectors < 1 || vectors > 2048) {
            throw new IllegalArgumentException("%d MSI-X vectors: 1 to 2048 are possible".formatted(vectors));
        }
        if (msix != null) {
            throw new IllegalStateException("MSI-X is declared twice");
        }
        MsiX made = new MsiX(this, signals, vectors, bar, () -> guard.count("msix-vector-out-of-range"));
        addBar(bar, BarType.MEMORY_32, MsiX.barSize(vectors), made);
        msix = made;
        return made;
    }

    @Override
    public MessageInterrupts msi(int vectors) {
        claim();
        if (vectors < 1 || vectors > 32 || Integer.bitCount(vectors) != 1) {
            throw new IllegalArgumentException("%d MSI vectors: 1, 2, 4, 8, 16 or 32 are possible".formatted(vectors));
        }
        if (msi != null) {
            throw new IllegalStateException("MSI is declared twice");
        }
        msi = new Msi(this, signals, vectors, () -> guard.count("msi-vector-out-of-range"));
        return msi;
    }

    @Override
    public IrqLine intx() {
        claim();
        pin = true;
        config.define(INTERRUPT_PIN, 1, 1, 0);
        return this::drivePin;
    }

    @Override
    public void onCommandChange(Runnable callback) {
        commandChanged = guard.guarded(Objects.requireNonNull(callback));
    }

    /** Sets what resets the device itself when the guest resets its slot; the core's own way into the card. */
    public void onBusReset(Runnable callback) {
        busReset = Objects.requireNonNull(callback);
    }

    private void claim() {
        if (sealed) {
            throw new IllegalStateException(
                "BARs, capabilities and interrupts are declared while the device is created, not later");
        }
    }

    /** Ends the claim phase. */
    public void seal() {
        sealed = true;
    }

    // ---- at run time

    @Override
    public boolean busMaster() {
        synchronized (this) {
            return masterEnabled();
        }
    }

    /** Its address as lspci shows it, such as {@code 01:00.0}, or "" while it is in no slot. */
    public String address() {
        RootPort p = port;
        return p == null ? "" : p.cardAddress();
    }

    String owner() {
        return guard.owner();
    }

    List<Bar> bars() {
        return bars;
    }

    boolean hasIo() {
        return bars.stream().anyMatch(Bar::io);
    }

    private void drivePin(boolean asserted) {
        synchronized (this) {
            if (pinAsserted == asserted) {
                return;
            }
            pinAsserted = asserted;
        }
        refreshLine();
    }

    /** Whether it asserts INTA# now; asked under the lock of the interrupt pins. */
    private boolean asserts() {
        synchronized (this) {
            return pinAsserted && intxEnabled() && !(msi != null && msi.isEnabled())
                && !(msix != null && msix.isEnabled());
        }
    }

    private void refreshLine() {
        InterruptPins.Source l = line;
        if (l != null) {
            l.refresh();
        }
    }

    /** The slot it is in was chosen. */
    void seated(PciHost owner, RootPort in, InterruptPins pins, int gsi) {
        host = owner;
        port = in;
        line = pin ? pins.source(gsi, this::asserts) : null;
        refreshLine();
    }

    /** It is in no slot any more. */
    void unseated() {
        port = null;
        host = null;
        InterruptPins.Source l = line;
        line = null;
        if (l != null) {
            l.close();
        }
    }

    /** Whether its BARs answer: a function in D3hot does not decode. */
    boolean inD0() {
        return (config.get8(power + 4) & 3) == 0;
    }

    @Override
    int configRead(int register, int size) {
        for (Served s : served) {
            if (touches(register, size, s.offset, s.length)) {
                return readServed(s, register, size);
            }
        }
        synchronized (this) {
            int v = config.read(register, size);
            if (touches(register, size, STATUS, 1) && pinAsserted) {
                v |= STATUS_INTX << (STATUS - register) * 8;
            }
            if (msi != null && msi.owns(register, size)) {
                msi.showPending();
                v = config.read(register, size);
            }
            return v;
        }
    }

    private int readServed(Served s, int register, int size) {
        if (register >= s.offset + 2 && register + size <= s.offset + s.length) {
            return (int) s.handler.read(register - s.offset, size);
        }
        if (size == 1) {
            synchronized (this) {
                return config.read(register, 1);
            }
        }
        int half = size / 2;
        int low = configRead(register, half) & 0xFFFF >> 16 - half * 8;
        return low | (configRead(register + half, half) & 0xFFFF >> 16 - half * 8) << half * 8;
    }

    @Override
    void configWrite(int register, int size, int value) {
        for (Served s : served) {
            if (touches(register, size, s.offset, s.length)) {
                writeServed(s, register, size, value);
                return;
            }
        }
        boolean command;
        boolean messages;
        boolean decode;
        synchronized (this) {
            int before = config.get16(COMMAND);
            int powerBefore = config.get8(power + 4) & 3;
            config.write(register, size, value);
            int powerState = config.get8(power + 4) & 3;
            if (powerState == 1 || powerState == 2) {
                // D1 and D2 are not supported: such a write is ignored.
                config.bits(power + 4, 3, false);
                config.bits(power + 4, powerBefore, true);
            }
            command = touches(register, size, COMMAND, 2);
            decode = command && before != config.get16(COMMAND) || touches(register, size, 0x10, 24)
                || touches(register, size, power + 4, 1);
            messages = msi != null && msi.owns(register, size) || msix != null && msix.owns(register, size);
        }
        PciHost h = host;
        if (decode && h != null) {
            h.decodeChanged();
        }
        if (messages) {
            flushMessages();
        }
        if (messages || command) {
            refreshLine();
        }
        if (command) {
            commandChanged.run();
        }
    }

    private void writeServed(Served s, int register, int size, int value) {
        if (register >= s.offset + 2 && register + size <= s.offset + s.length) {
            s.handler.write(register - s.offset, size, Integer.toUnsignedLong(value) & -1L >>> 64 - size * 8);
        } else if (size > 1) {
            int half = size / 2;
            configWrite(register, half, value);
            configWrite(register + half, half, value >>> half * 8);
        }
    }

    private void flushMessages() {
        if (msi != null) {
            msi.flush();
        }
        if (msix != null) {
            msix.flush();
        }
    }

    /** Configuration space as after power-on; the device itself is reset by its owner. */
    @Override
    public void reset() {
        synchronized (this) {
            config.reset();
            pinAsserted = false;
            if (msi != null) {
                msi.clearPending();
            }
            if (msix != null) {
                msix.clear();
            }
        }
        refreshLine();
        PciHost h = host;
        if (h != null) {
            h.decodeChanged();
        }
    }

    /** The guest reset the bus the card is on. */
    void busReset() {
        reset();
        busReset.run();
    }

    // ---- state

    /** Writes configuration space, MSI-X table, pending bits and the interrupt pin. */
    @Override
    public void save(StateWriter out) {
        synchronized (this) {
            out.putBytes("shape", config.shape());
            config.save(out, "config");
            out.putBoolean("pin", pinAsserted);
            if (msi != null) {
                out.putLongs("msi-pending", msi.pendingBits());
            }
            if (msix != null) {
                out.putBytes("msix-table", msix.table());
                out.putLongs("msix-pending", msix.pendingBits());
            }
        }
    }

    /**
     * Takes over what {@link #save} wrote for a card of the same make: same identity, BARs and capabilities.
     *
     * @throws StateException if the card is another one to the guest's eyes
     */
    @Override
    public void restore(StateReader in) throws StateException {
        int difference = config.firstDifference(in.getBytes("shape", 2 * ConfigSpace.SIZE));
        if (difference >= 0) {
            throw shapeChanged(difference);
        }
        byte[] table = msix == null ? null : in.getBytes("msix-table", msix.vectors() * 16);
        long[] msixPending = msix == null ? null : in.getLongs("msix-pending");
        long[] msiPending = msi == null ? null : in.getLongs("msi-pending");
        boolean asserted = in.getBoolean("pin");
        synchronized (this) {
            config.restore(in, "config");
            pinAsserted = asserted;
            if (msi != null) {
                msi.setPending(msiPending);
            }
            if (msix != null) {
                msix.setTable(table);
                msix.setPending(msixPending);
            }
        }
        refreshLine();
        PciHost h = host;
        if (h != null) {
            h.decodeChanged();
        }
    }

    private StateException shapeChanged(int difference) {
        String where = difference < 4 ? "vendor and device ID" : difference < 0x10 ? "class, revision or header"
            : difference < 0x28 ? "BAR %d".formatted((difference - 0x10) / 4)
            : difference < 0x40 ? "subsystem ID or interrupt pin" : "capability at 0x%x".formatted(difference & ~3);
        return new StateException(guard.owner() + ": the PCI function differs from the saved one in its " + where
            + "; a card goes on only as what the guest knows");
    }
}
