package dev.backplane.machine.pci;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.board.BoardPart;
import dev.backplane.machine.board.CardGuard;
import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.pci.RootPort.Window;

/**
 * PCI Express of a machine: bus 0 with the host bridge, the ISA bridge and sixteen root ports, configuration access
 * through ECAM and through the ports CF8h and CFCh, and the decode of all BARs inside PCI's windows. A BAR that a guest
 * puts elsewhere answers nowhere.
 *
 * <p>Threading: any thread. No lock is held while a card's code runs.
 */
public final class PciHost implements BoardPart {
    /** How many slots there are. */
    public static final int SLOTS = 16;
    /** How many of them, from the first, have a window for I/O ports. */
    public static final int IO_SLOTS = 14;

    static final int FIRST_PORT_DEVICE = 1;
    static final int IO_START = 0x1000;
    static final int IO_SIZE = 0x10000 - IO_START;

    private static final int ISA_DEVICE = 0x1F;
    private static final int CONFIG_PORTS = 0xCF8;
    private static final int ENABLE = 1 << 31;

    private final MemoryMap map;
    private final PciSignals signals;
    private final ConfigFunction[] bus0 = new ConfigFunction[256];
    private final List<RootPort> ports = new ArrayList<>();
    private final FixedFunction isa;
    private final Decoder memory32;
    private final Decoder memory64;
    private final Decoder io;
    private int configAddress;

    public PciHost(MemoryMap map, PciSignals signals) {
        this.map = Objects.requireNonNull(map);
        this.signals = Objects.requireNonNull(signals);
        memory32 = new Decoder(MemoryMap.PCI32_BASE, MemoryMap.PCI32_SIZE, () -> placed(false));
        memory64 = new Decoder(map.pci64Base(), MemoryMap.PCI64_SIZE, () -> placed(false));
        io = new Decoder(IO_START, IO_SIZE, () -> placed(true));
        bus0[0] = FixedFunction.hostBridge();
        isa = FixedFunction.isaBridge(signals);
        bus0[ISA_DEVICE << 3] = isa;
        InterruptPins pins = new InterruptPins(signals);
        for (int i = 0; i < SLOTS; i++) {
            int device = FIRST_PORT_DEVICE + (i >> 3);
            RootPort port = new RootPort(this, signals, pins, i + 1, device, i & 7, i < IO_SLOTS);
            bus0[device << 3 | i & 7] = port;
            ports.add(port);
        }
    }

    /**
     * Takes PCI's places in the address spaces.
     *
     * @param resetControl serves the port CF9h, which lies inside the configuration ports and belongs to the reset
     *                     logic; gets offset 0 and size 1
     * @throws DeviceException if a place is taken
     */
    public void attach(AddressSpace memory, AddressSpace portSpace, RegisterHandler resetControl)
            throws DeviceException {
        memory.claim("pci-config", MemoryMap.ECAM_BASE, MemoryMap.ECAM_SIZE, new Ecam());
        memory.claim("pci-window", MemoryMap.PCI32_BASE, MemoryMap.PCI32_SIZE, memory32);
        memory.claim("pci-window-64", map.pci64Base(), MemoryMap.PCI64_SIZE, memory64);
        portSpace.claim("pci-config", CONFIG_PORTS, 8, new ConfigPorts(resetControl));
        // Movable, so that cards with fixed ports may lie in it.
        portSpace.movable("pci-ports", IO_SIZE, io).place(IO_START);
    }

    /** Begins the claim of a card's function. */
    public PciCard newCard(CardGuard guard, PciIdentity identity) {
        return new PciCard(guard, identity, signals);
    }

    /** The root ports in order of their slots. */
    public List<RootPort> ports() {
        return List.copyOf(ports);
    }

    /** The root port of a slot, or null if there is none of that name. */
    public RootPort port(String slot) {
        return ports.stream().filter(p -> p.name().equals(slot)).findFirst().orElse(null);
    }

    @Override
    public String name() {
        return "pci";
    }

    /** Configuration as after power-on, then what firmware does before it boots: bus numbers, windows and BARs. */
    @Override
    public void reset() {
        synchronized (this) {
            configAddress = 0;
        }
        for (ConfigFunction f : bus0) {
            if (f != null) {
                f.reset();
            }
        }
        for (RootPort p : ports) {
            PciCard card = p.card();
            if (card != null) {
                card.reset();
            }
        }
        isa.routeLikeFirmware();
        new PciEnumerator(map).run(ports);
        decodeChanged();
    }

    /** Writes the state of the bridges and slots; cards save theirs themselves. */
    @Override
    public void save(StateWriter out) {
        synchronized (this) {
            out.putInt("config-address", configAddress);
        }
        for (int i = 0; i < bus0.length; i++) {
            if (bus0[i] != null) {
                bus0[i].save(out.section("function-%02x.%d".formatted(i >> 3, i & 7)));
            }
        }
    }

    @Override
    public void restore(StateReader in) throws StateException {
        int address = in.getInt("config-address");
        synchronized (this) {
            configAddress = address;
        }
        for (int i = 0; i < bus0.length; i++) {
            if (bus0[i] != null) {
                bus0[i].restore(in.section("function-%02x.%d".formatted(i >> 3, i & 7)));
            }
        }
        decodeChanged();
    }

    void decodeChanged() {
        memory32.invalidate();
        memory64.invalidate();
        io.invalidate();
    }

    /** What answers in a memory window where no BAR does: PCI Express leaves the value to the root complex. */
    private enum Nobody implements RegisterHandler {
        /**
         * Zeros, since a driver whose card was pulled may wait for a register of it to become zero: Linux's for virtio
         * does, with the lock held that every later hot-plug needs, and the slot may have its next card by then. That
         * a card is gone shows in configuration space, which reads as all ones.
         */
        ZEROS;

        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            // Nobody is there.
        }
    }

    private List<Decoder.Placed> placed(boolean ofIo) {
        List<Decoder.Placed> found = new ArrayList<>();
        List<Decoder.Placed> empty = new ArrayList<>();
        for (RootPort p : ports) {
            PciCard card = p.card();
            List<Window> windows;
            synchronized (p) {
                windows = ofIo ? List.of(p.ioWindow()) : List.of(p.memoryWindow(), p.prefetchWindow());
            }
            windows = windows.stream().filter(Window::isOpen).toList();
            if (!ofIo) {
                windows.forEach(w -> empty.add(new Decoder.Placed(new Bar(0, BarType.MEMORY_64,
                    w.last() - w.first() + 1, Nobody.ZEROS), w.first(), List.of(w))));
            }
            if (card == null) {
                continue;
            }
            synchronized (card) {
                if (windows.isEmpty() || !card.inD0() || !(ofIo ? card.ioEnabled() : card.memoryEnabled())) {
                    continue;
                }
                for (Bar b : card.bars()) {
                    if (b.io() == ofIo) {
                        found.add(new Decoder.Placed(b, b.base(card.config), windows));
                    }
                }
            }
        }
        found.addAll(empty);
        return found;
    }

    private ConfigFunction function(int bus, int deviceFunction) {
        if (bus == 0) {
            return bus0[deviceFunction];
        }
        for (RootPort p : ports) {
            if (p.leadsTo(bus)) {
                // A link leads to device 0; nothing lies behind a card.
                return deviceFunction == 0 && bus == p.secondaryBus() ? p.card() : null;
            }
        }
        return null;
    }

    private long configRead(int bus, int deviceFunction, int register, int size) {
        if (size == 8 || (register & size - 1) != 0) {
            int half = size / 2;
            return configRead(bus, deviceFunction, register, half)
                | configRead(bus, deviceFunction, register + half, half) << half * 8;
        }
        ConfigFunction f = function(bus, deviceFunction);
        long mask = -1L >>> 64 - size * 8;
        return f == null ? mask : f.configRead(register, size) & mask;
    }

    private void configWrite(int bus, int deviceFunction, int register, int size, long value) {
        if (size == 8 || (register & size - 1) != 0) {
            int half = size / 2;
            configWrite(bus, deviceFunction, register, half, value);
            configWrite(bus, deviceFunction, register + half, half, value >>> half * 8);
            return;
        }
        ConfigFunction f = function(bus, deviceFunction);
        if (f != null) {
            f.configWrite(register, size, (int) value);
        }
    }

    /** Memory-mapped configuration space (PCIe Base 4.0, 7.2.2). */
    private final class Ecam implements RegisterHandler {
        @Override
        public long read(long offset, int size) {
            return configRead((int) (offset >> 20) & 0xFF, (int) (offset >> 12) & 0xFF, (int) offset & 0xFFF, size);
        }

        @Override
        public void write(long offset, int size, long value) {
            configWrite((int) (offset >> 20) & 0xFF, (int) (offset >> 12) & 0xFF, (int) offset & 0xFFF, size, value);
        }
    }

    /** CONFIG_ADDRESS and CONFIG_DATA (PCI Local Bus 3.0, 3.2.2.3.2): the address takes dword accesses only. */
    private final class ConfigPorts implements RegisterHandler {
        private static final int DATA = 4;
        private static final int RESET_CONTROL = 1;

        private final RegisterHandler resetControl;

        ConfigPorts(RegisterHandler resetControl) {
            this.resetControl = Objects.requireNonNull(resetControl);
        }

        @Override
        public long read(long offset, int size) {
            int o = (int) offset;
            if (o == 0 && size == 4) {
                return address() & 0xFFFFFFFFL;
            }
            if (o == RESET_CONTROL && size == 1) {
                return resetControl.read(0, 1);
            }
            int a = address();
            if (o >= DATA && size <= 4 && (a & ENABLE) != 0) {
                return configRead(a >> 16 & 0xFF, a >> 8 & 0xFF, a & 0xFC | o & 3, size);
            }
            return -1L >>> 64 - size * 8;
        }

        @Override
        public void write(long offset, int size, long value) {
            int o = (int) offset;
            int a = address();
            if (o == 0 && size == 4) {
                synchronized (PciHost.this) {
                    configAddress = (int) value & 0x80FFFFFC;
                }
            } else if (o == RESET_CONTROL && size == 1) {
                resetControl.write(0, 1, value);
            } else if (o >= DATA && size <= 4 && (a & ENABLE) != 0) {
                configWrite(a >> 16 & 0xFF, a >> 8 & 0xFF, a & 0xFC | o & 3, size, value);
            }
        }

        private int address() {
            synchronized (PciHost.this) {
                return configAddress;
            }
        }
    }
}
