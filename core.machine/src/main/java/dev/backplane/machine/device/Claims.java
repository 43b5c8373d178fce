package dev.backplane.machine.device;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.backplane.api.console.ConsolePort;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.device.SpeakerListener;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.machine.acpi.IsaDevice;
import dev.backplane.machine.memory.BusMemory;

/**
 * What a card claimed. The first instance claims from the machine; an instance that takes its place must claim the
 * same, and gets what is there, with its own handlers behind it. Guarded by the card's lock.
 */
final class Claims {
    /** What stands behind gates that have no instance; a card without one lets nobody through anyway. */
    static final RegisterHandler NOBODY = new RegisterHandler() {
        @Override
        public long read(long offset, int size) {
            return -1;
        }

        @Override
        public void write(long offset, int size, long value) {
            // Nobody is there.
        }
    };

    private final Card card;
    private final CardHost host;
    private final CardPlatform platform;
    private final Map<String, Claim> byKey = new LinkedHashMap<>();
    private final List<Runnable> pending = new ArrayList<>();
    private final GuestMemory memory;
    private boolean again;
    private final List<IsaDevice.Ports> ports = new ArrayList<>();
    private int isaIrq = -1;
    private CardPci pci;

    /** One claim. {@code value} is what the device was given. */
    private static final class Claim {
        final Object value;
        final Runnable release;
        boolean seen = true;

        Claim(Object value, Runnable release) {
            this.value = value;
            this.release = release;
        }
    }

    Claims(Card card) {
        this.card = card;
        host = card.host();
        platform = card.platform();
        memory = new BusMemory(platform.ram(), () -> host.connected() && (pci == null || pci.busMaster()),
            host.counter("dma-refused")::increment);
        host.onFailure(this::deassert);
    }


    /** Gives what an earlier instance claimed under the key, or makes it; null if it is new. */
    private <T> T earlier(String key, Class<T> type) throws DeviceException {
        Claim c = byKey.get(key);
        if (c != null) {
            if (c.seen) {
                throw new DeviceException(host.owner() + " claims " + key + " twice");
            }
            c.seen = true;
            return type.cast(c.value);
        }
        if (again) {
            throw new DeviceException(host.owner() + " claims " + key + ", which the instance before it did not have");
        }
        return null;
    }

    void ports(int first, int count, RegisterHandler handler) throws DeviceException {
        String key = "ports 0x%x-0x%x".formatted(first, first + count - 1);
        Gate gate = earlier(key, Gate.class);
        if (gate == null) {
            Gate made = new Gate(host, key, handler);
            byKey.put(key, new Claim(made, platform.ports().claim(host.owner(), first, count, made)::close));
            if (count <= 255 && ports.size() < 4) {
                ports.add(new IsaDevice.Ports(first, count));
            }
        } else {
            pending.add(() -> gate.target(handler));
        }
    }

    void mmio(long address, long size, RegisterHandler handler) throws DeviceException {
        String key = "memory 0x%x-0x%x".formatted(address, address + size - 1);
        Gate gate = earlier(key, Gate.class);
        if (gate == null) {
            if (platform.ram().regionAt(address) != null || platform.ram().regionAt(address + size - 1) != null) {
                throw new DeviceException(key + " of " + host.owner() + " collides with RAM");
            }
            Gate made = new Gate(host, key, handler);
            byKey.put(key, new Claim(made, platform.memory().claim(host.owner(), address, size, made)::close));
        } else {
            pending.add(() -> gate.target(handler));
        }
    }

    IrqLine isaIrq(int irq) throws DeviceException {
        if (irq < 0 || irq > 15) {
            throw new DeviceException("ISA interrupt " + irq + " of " + host.owner() + ": 0 to 15 are there");
        }
        String key = "ISA interrupt " + irq;
        IrqLine line = earlier(key, IrqLine.class);
        if (line == null) {
            CardPlatform.OwnedLine owned = platform.isaLines().line(irq, host.owner());
            line = host.interrupts().line(-2 - irq, owned.line());
            byKey.put(key, new Claim(line, owned.release()));
            isaIrq = isaIrq < 0 ? irq : isaIrq;
        }
        return line;
    }

    void speaker(SpeakerListener listener) throws DeviceException {
        String key = "the loudspeaker";
        SpeakerWire wire = earlier(key, SpeakerWire.class);
        if (wire == null) {
            SpeakerWire made = new SpeakerWire(host, listener);
            byKey.put(key, new Claim(made, platform.speaker().claim(host.owner(), made)));
        } else {
            pending.add(() -> wire.listener(listener));
        }
    }

    DeviceTimer timer(String name, Runnable callback) {
        String key = "timer " + name;
        Claim c = byKey.get(key);
        if (c == null) {
            CardTimer timer = new CardTimer(host, name, platform.time(), callback);
            byKey.put(key, new Claim(timer, timer::cancel));
            return timer;
        }
        if (c.seen) {
            throw new IllegalArgumentException(host.owner() + " claims " + key + " twice");
        }
        c.seen = true;
        CardTimer timer = (CardTimer) c.value;
        pending.add(() -> timer.callback(callback));
        return timer;
    }

    ConsolePort console(CardContext context) throws DeviceException {
        earlier("console", Object.class);
        ConsoleChannel channel = card.console();
        byKey.putIfAbsent("console", new Claim(channel, channel::disconnect));
        return channel.port(context::execute);
    }

    PciFunction pci(PciIdentity identity, CardContext context) throws DeviceException {
        if (card.seat() == null) {
            throw new DeviceException(host.owner() + " is not in a PCIe slot and can have no PCI function");
        }
        CardPci function = earlier("PCI function", CardPci.class);
        if (function == null) {
            function = new CardPci(host, card.seat().declare(host, identity,
                new CallbackGate(host, "the reset of its bus", card::busReset)), identity);
            pci = function;
            byKey.put("PCI function", new Claim(function, () -> { }));
        }
        return function.declare(identity, context, pending);
    }

    GuestMemory memory() {
        return memory;
    }

    /** The ports and the first interrupt it claimed, for the guest's tables. */
    Optional<IsaDevice> isaDevice() {
        return ports.isEmpty() ? Optional.empty() : Optional.of(new IsaDevice(ports, isaIrq));
    }

    boolean hasConsole() {
        return byKey.containsKey("console");
    }

    boolean hasPci() {
        return pci != null;
    }

    /** An instance that takes another's place begins to claim. */
    void beginAgain() {
        again = true;
        pending.clear();
        byKey.values().forEach(c -> c.seen = false);
    }

    /** It claimed all it wants; refused if that is less than was there. Handlers are not yet exchanged. */
    void checkAgain() throws DeviceException {
        for (Map.Entry<String, Claim> e : byKey.entrySet()) {
            if (!e.getValue().seen && !(e.getValue().value instanceof CardTimer)) {
                throw new DeviceException(host.owner() + " does not claim " + e.getKey()
                    + ", which the instance before it had");
            }
        }
        if (pci != null) {
            pci.checkComplete();
        }
    }

    /** Puts the new instance's handlers behind what the guest sees. */
    void commitAgain() {
        pending.forEach(Runnable::run);
        pending.clear();
    }

    private void deassert() {
        for (Claim c : List.copyOf(byKey.values())) {
            if (c.value instanceof IrqLine line) {
                line.set(false);
            }
        }
        if (pci != null) {
            pci.deassert();
        }
    }

    /** Lets go of the handlers of an instance that is no more; the guest reads ones and its writes go nowhere. */
    void detach() {
        for (Claim c : byKey.values()) {
            if (c.value instanceof Gate gate) {
                gate.target(NOBODY);
            } else if (c.value instanceof CardTimer timer) {
                timer.cancel();
                timer.callback(() -> { });
            } else if (c.value instanceof SpeakerWire wire) {
                wire.listener(SpeakerWire.NOBODY);
            }
        }
        pending.clear();
        if (pci != null) {
            pci.detach();
        }
        card.console().disconnect();
    }

    void rearmTimers() {
        for (Claim c : byKey.values()) {
            if (c.value instanceof CardTimer t) {
                t.rearm();
            }
        }
    }

    void cancelTimers() {
        for (Claim c : byKey.values()) {
            if (c.value instanceof CardTimer t) {
                t.cancel();
            }
        }
    }

    void saveTimers(StateWriter out) {
        for (Claim c : byKey.values()) {
            if (c.value instanceof CardTimer t && t.armed()) {
                out.putLong(t.name(), t.deadline());
            }
        }
    }

    /** Timers that the saving build had and this one has not are dropped: its state says what to do instead. */
    void restoreTimers(StateReader in) throws StateException {
        for (Claim c : byKey.values()) {
            if (c.value instanceof CardTimer t) {
                if (in.has(t.name())) {
                    t.armAt(in.getLong(t.name()));
                } else {
                    t.cancel();
                }
            }
        }
    }

    void releaseAll() {
        List<Claim> all = new ArrayList<>(byKey.values()).reversed();
        byKey.clear();
        for (Claim c : all) {
            if (c.value instanceof IrqLine line) {
                line.set(false);
            }
            c.release.run();
        }
        if (card.seat() != null) {
            card.seat().close();
        }
    }
}
