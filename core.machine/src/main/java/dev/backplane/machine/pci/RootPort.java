package dev.backplane.machine.pci;

import java.util.Objects;
import java.util.Optional;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A PCI Express root port with one hot-plug slot: the bridge's header, its windows, and the slot's life.
 *
 * <p>Threading: any thread. {@link #seat}, {@link #surpriseRemove} and {@link #requestRemoval} are called by the
 * core one at a time; the guest's writes come at any time.
 */
public final class RootPort extends ConfigFunction {
    static final int PRIMARY_BUS = 0x18;
    static final int SECONDARY_BUS = 0x19;
    static final int SUBORDINATE_BUS = 0x1A;
    static final int IO_BASE = 0x1C;
    static final int MEMORY_BASE = 0x20;
    static final int PREFETCH_BASE = 0x24;
    static final int PREFETCH_BASE_HIGH = 0x28;
    static final int PREFETCH_LIMIT_HIGH = 0x2C;
    static final int BRIDGE_CONTROL = 0x3E;

    private static final int VENDOR_INTEL = 0x8086;
    private static final int DEVICE_ROOT_PORT = 0x3420;
    private static final int CLASS_BRIDGE = 0x060400;
    private static final int BUS_RESET = 0x40;

    /** A window of a bridge; empty if its end lies before its start. Addresses are unsigned. */
    record Window(long first, long last) {
        static final Window CLOSED = new Window(1, 0);

        boolean isOpen() {
            return Long.compareUnsigned(first, last) <= 0;
        }
    }

    private final PciHost host;
    private final InterruptPins pins;
    private final int number;
    private final int device;
    private final int function;
    private final boolean ioWindow;
    private final int express;
    private final HotplugSlot slot;
    private final Msi msi;
    private final InterruptPins.Source line;
    private final int pin;
    private volatile PciCard card;
    private RemovalListener listener;
    private boolean interrupted;

    RootPort(PciHost host, PciSignals signals, InterruptPins pins, int number, int device, int function,
            boolean ioWindow) {
        this.host = host;
        this.pins = pins;
        this.number = number;
        this.device = device;
        this.function = function;
        this.ioWindow = ioWindow;
        config.define(0, 2, VENDOR_INTEL, 0);
        config.define(2, 2, DEVICE_ROOT_PORT, 0);
        config.define(COMMAND, 2, 0,
            COMMAND_MEMORY | COMMAND_MASTER | 0x140 | COMMAND_NO_INTX | (ioWindow ? COMMAND_IO : 0));
        config.define(8, 4, 2 | CLASS_BRIDGE << 8, 0);
        config.define(0x0C, 1, 0, 0xFF);
        config.define(HEADER_TYPE, 1, 0x81, 0);
        config.define(PRIMARY_BUS, 3, 0, 0xFFFFFF);
        if (ioWindow) {
            config.define(IO_BASE, 2, 0x00F0, 0xF0F0);
        }
        config.define(MEMORY_BASE, 4, 0x0000FFF0, 0xFFF0FFF0);
        config.define(PREFETCH_BASE, 4, 0x0001FFF1, 0xFFF0FFF0);
        config.define(PREFETCH_BASE_HIGH, 4, 0, ~0);
        config.define(PREFETCH_LIMIT_HIGH, 4, 0, ~0);
        config.define(INTERRUPT_LINE, 1, 0xFF, 0xFF);
        pin = 1 + (function & 3);
        config.define(INTERRUPT_PIN, 1, pin, 0);
        config.define(BRIDGE_CONTROL, 2, 0, 0x0043);
        addPowerManagement();
        express = addCapability(CAP_EXPRESS, 0x3C);
        ExpressCapability.rootPort(config, express, number);
        slot = new HotplugSlot(config, express);
        msi = new Msi(this, signals, 1, () -> { });
        line = pins.source(InterruptPins.gsi(device, pin), this::assertsPin);
        reset();
    }

    /** {@code slot1} and so on. */
    public String name() {
        return "slot" + number;
    }

    /** The physical slot number that the guest sees, 1 to 16. */
    public int number() {
        return number;
    }

    /** The port's own address as lspci shows it. */
    public String address() {
        return "00:%02x.%d".formatted(device, function);
    }

    /** The address of the card as lspci shows it; follows the bus number that the guest gave. */
    String cardAddress() {
        synchronized (this) {
            return "%02x:00.0".formatted(config.get8(SECONDARY_BUS));
        }
    }

    int device() {
        return device;
    }

    int function() {
        return function;
    }

    int pin() {
        return pin;
    }

    boolean hasIoWindow() {
        return ioWindow;
    }

    /** The card in the slot, or null. */
    public PciCard card() {
        return card;
    }

    /** Why a card cannot go into this slot, or empty if it can. */
    public Optional<String> unfit(PciCard candidate) {
        if (card != null) {
            return Optional.of("%s is taken by %s; choose another slot or remove that card first".formatted(name(),
                card.owner()));
        }
        if (candidate.hasIo() && !ioWindow) {
            return Optional.of("%s has no window for I/O ports, which %s needs; slot1 to slot%d have one"
                .formatted(name(), candidate.owner(), PciHost.IO_SLOTS));
        }
        return Optional.empty();
    }

    /**
     * Puts a card in while the machine does not run: no event.
     *
     * @throws IllegalStateException if the slot is taken
     */
    public void seatCold(PciCard added) {
        insert(added);
        synchronized (this) {
            slot.powerOn(true);
        }
    }

    /**
     * Puts a card in while the guest runs. The card must be ready for accesses: they can come before this returns.
     *
     * @throws IllegalStateException if the slot is taken
     */
    public void seat(PciCard added) {
        insert(added);
        synchronized (this) {
            slot.changed(true);
        }
        signalEvents();
    }

    private void insert(PciCard added) {
        Objects.requireNonNull(added);
        synchronized (this) {
            if (card != null) {
                throw new IllegalStateException("%s is taken by %s".formatted(name(), card.owner()));
            }
            card = added;
        }
        added.seal();
        added.seated(host, this, pins, InterruptPins.gsi(device, 1));
        host.decodeChanged();
    }

    /**
     * Asks the guest to let go of the card.
     *
     * @param answer hears the outcome if this returns {@link RemovalStart#ASKED} or {@link RemovalStart#DONE}
     */
    public RemovalStart requestRemoval(RemovalListener answer) {
        Objects.requireNonNull(answer);
        RemovalStart start;
        Leaving leaving = null;
        synchronized (this) {
            start = slot.press(card != null);
            if (start == RemovalStart.ASKED || start == RemovalStart.DONE) {
                listener = answer;
            }
            if (start == RemovalStart.DONE) {
                leaving = takeOut();
            }
        }
        finish(leaving);
        signalEvents();
        return start;
    }

    /**
     * Gives up waiting for the guest's answer.
     *
     * @return false if the guest has begun to act on the request: the answer will still come
     */
    public boolean giveUpRemoval() {
        synchronized (this) {
            if (!slot.giveUp()) {
                return false;
            }
            listener = null;
            return true;
        }
    }

    /**
     * Takes the card out without asking: its registers read as all ones first, then the guest is told.
     *
     * @return the card that was in the slot, or null
     */
    public PciCard surpriseRemove() {
        Leaving leaving;
        synchronized (this) {
            leaving = takeOut();
        }
        return finish(leaving);
    }

    /** A card that left the slot, and who waits for that. */
    private record Leaving(PciCard card, RemovalListener waiting) {
    }

    /** Under this port's lock: what is decoded goes first, then the slot shows it. */
    private Leaving takeOut() {
        if (card == null) {
            return null;
        }
        Leaving leaving = new Leaving(card, listener);
        card = null;
        listener = null;
        host.decodeChanged();
        slot.changed(false);
        return leaving;
    }

    private PciCard finish(Leaving leaving) {
        if (leaving == null) {
            return null;
        }
        leaving.card.unseated();
        signalEvents();
        if (leaving.waiting != null) {
            leaving.waiting.removed();
        }
        return leaving.card;
    }

    @Override
    int configRead(int register, int size) {
        synchronized (this) {
            msi.showPending();
            int v = config.read(register, size);
            if (touches(register, size, STATUS, 1) && slot.interrupting()) {
                v |= STATUS_INTX << (STATUS - register) * 8;
            }
            return v;
        }
    }

    @Override
    void configWrite(int register, int size, int value) {
        boolean decode = touches(register, size, COMMAND, 1) || touches(register, size, PRIMARY_BUS, 0x18);
        boolean messages = msi.owns(register, size);
        RemovalListener waiting = null;
        PciCard reset = null;
        Leaving leaving = null;
        synchronized (this) {
            int control = slot.control();
            int bridge = config.get16(BRIDGE_CONTROL);
            config.write(register, size, value);
            if (touches(register, size, express + ExpressCapability.SLOT_CONTROL, 2)) {
                HotplugSlot.Answer answer = slot.controlWritten(control);
                if (answer == HotplugSlot.Answer.REFUSED) {
                    waiting = listener;
                    listener = null;
                } else if (answer == HotplugSlot.Answer.REMOVED) {
                    leaving = takeOut();
                }
            }
            if ((bridge & ~config.get16(BRIDGE_CONTROL) & BUS_RESET) != 0) {
                reset = card;
            }
        }
        if (decode) {
            host.decodeChanged();
        }
        if (messages) {
            msi.flush();
        }
        if (reset != null) {
            reset.busReset();
        }
        if (waiting != null) {
            waiting.refused();
        }
        finish(leaving);
        signalEvents();
    }

    /** Sends a message for each change from no interrupt to one (PCIe Base 4.0, 6.7.3.4), or drives the pin. */
    private void signalEvents() {
        boolean raise;
        synchronized (this) {
            boolean now = slot.interrupting();
            raise = now && !interrupted && msi.isEnabled();
            interrupted = now;
        }
        if (raise) {
            msi.raise(0);
        }
        line.refresh();
    }

    private boolean assertsPin() {
        synchronized (this) {
            return slot.interrupting() && intxEnabled() && !msi.isEnabled();
        }
    }

    @Override
    void reset() {
        synchronized (this) {
            config.reset();
            msi.clearPending();
            slot.powerOn(card != null);
            listener = null;
            interrupted = false;
        }
        line.refresh();
        host.decodeChanged();
    }

    // ---- decode

    boolean leadsTo(int bus) {
        synchronized (this) {
            return bus >= config.get8(SECONDARY_BUS) && bus <= config.get8(SUBORDINATE_BUS) && bus != 0;
        }
    }

    int secondaryBus() {
        synchronized (this) {
            return config.get8(SECONDARY_BUS);
        }
    }

    /** Under this port's lock. */
    Window ioWindow() {
        if (!ioWindow || !ioEnabled()) {
            return Window.CLOSED;
        }
        return new Window((config.get8(IO_BASE) & 0xF0L) << 8, (config.get8(IO_BASE + 1) & 0xF0L) << 8 | 0xFFF);
    }

    /** Under this port's lock. */
    Window memoryWindow() {
        if (!memoryEnabled()) {
            return Window.CLOSED;
        }
        return new Window((config.get16(MEMORY_BASE) & 0xFFF0L) << 16,
            (config.get16(MEMORY_BASE + 2) & 0xFFF0L) << 16 | 0xFFFFF);
    }

    /** Under this port's lock. */
    Window prefetchWindow() {
        if (!memoryEnabled()) {
            return Window.CLOSED;
        }
        long first = (config.get16(PREFETCH_BASE) & 0xFFF0L) << 16 | (long) config.get32(PREFETCH_BASE_HIGH) << 32;
        long last = (config.get16(PREFETCH_BASE + 2) & 0xFFF0L) << 16 | 0xFFFFF
            | (long) config.get32(PREFETCH_LIMIT_HIGH) << 32;
        return new Window(first, last);
    }

    // ---- state

    @Override
    void save(StateWriter out) {
        synchronized (this) {
            config.save(out, "config");
            out.putInt("slot-status", slot.status());
            out.putBoolean("interrupted", interrupted);
            out.putLongs("msi-pending", msi.pendingBits());
        }
    }

    /** A removal that was asked for is forgotten: who asked is not there any more. */
    @Override
    void restore(StateReader in) throws StateException {
        int status = in.getInt("slot-status", 0, 0xFFFF);
        boolean wasInterrupted = in.getBoolean("interrupted");
        long[] pending = in.getLongs("msi-pending");
        synchronized (this) {
            config.restore(in, "config");
            slot.setStatus(status);
            slot.present(card != null);
            msi.setPending(pending);
            interrupted = wasInterrupted;
        }
        line.refresh();
        host.decodeChanged();
    }
}
