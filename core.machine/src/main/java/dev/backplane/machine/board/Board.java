package dev.backplane.machine.board;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.acpi.IsaDevice;
import dev.backplane.machine.boot.BootLoader;
import dev.backplane.machine.boot.BootedImage;
import dev.backplane.machine.boot.Firmware;
import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.clock.MachineTime;
import dev.backplane.machine.device.CardPlatform.OwnedLine;
import dev.backplane.machine.fwcfg.FwCfg;
import dev.backplane.machine.interrupt.InterruptControllers;
import dev.backplane.machine.interrupt.IrqSource;
import dev.backplane.machine.interrupt.LocalApic;
import dev.backplane.machine.interrupt.MmioClaim;
import dev.backplane.machine.interrupt.PortClaim;
import dev.backplane.machine.interrupt.VcpuSignals;
import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.pci.PciHost;
import dev.backplane.machine.pci.RootPort;
import dev.backplane.machine.timer.BoardDevices;
import dev.backplane.machine.timer.BoardEvents;
import dev.backplane.machine.timer.MemorySize;

/**
 * All that is soldered, wired: interrupt controllers, timers, power and reset, PCI. Made anew for each power-on.
 *
 * <p>Threading: reset, save and restore while no vCPU runs; the parts guard themselves.
 */
public final class Board {
    private static final int CF9 = 0xCF9;

    private static final Logger LOG = LoggerFactory.getLogger(Board.class);

    private final MachineTime time;
    private final InterruptControllers interrupts;
    private final BoardDevices devices;
    private final PciHost pci;
    private final FwCfg fwCfg;
    private final MemoryMap map;
    private final GuestMemory ram;
    private final List<LocalApic> localApics = new ArrayList<>();
    private final long apicHz;
    private final long tscHz;

    /**
     * @param ram    RAM as the board itself reaches it
     * @param apicHz the frequency of the local APICs' timers
     * @param tscHz  the frequency of the time-stamp counters
     * @param events hears of power-off and reset requests
     */
    public Board(MemoryMap map, int vcpus, MachineTime time, GuestMemory ram, AddressSpace memory, AddressSpace ports,
            long apicHz, long tscHz, BoardEvents events) throws DeviceException {
        this.map = Objects.requireNonNull(map);
        this.time = Objects.requireNonNull(time);
        this.ram = Objects.requireNonNull(ram);
        this.apicHz = apicHz;
        this.tscHz = tscHz;
        interrupts = new InterruptControllers(vcpus);
        devices = new BoardDevices(time, time, interrupts.router(), events,
            new MemorySize(map.lowRam(), map.highRam(), vcpus));
        pci = new PciHost(map, new PciWiring(interrupts, ram));
        claim(interrupts.ports(), ports);
        claim(devices.ports(), ports);
        for (MmioClaim c : interrupts.mmio()) {
            memory.claim(c.owner(), c.address(), c.size(), c.handler());
        }
        for (MmioClaim c : devices.mmio()) {
            memory.claim(c.owner(), c.address(), c.size(), c.handler());
        }
        pci.attach(memory, ports, devices.resetControl().cf9());
        fwCfg = new FwCfg(ram);
        fwCfg.attach(ports);
    }

    private static void claim(List<PortClaim> claims, AddressSpace ports) throws DeviceException {
        for (PortClaim c : claims) {
            // PCI's configuration ports lie around the reset control port and pass accesses to it on.
            if (c.first() != CF9) {
                ports.claim(c.owner(), c.first(), c.count(), c.handler());
            }
        }
    }

    /**
     * Makes the local APIC of the next vCPU, in order of their indices.
     *
     * @param tsc     the vCPU's time-stamp counter now
     * @param signals what it drives
     */
    public LocalApic addLocalApic(LongSupplier tsc, VcpuSignals signals) {
        int id = localApics.size();
        LocalApic apic = new LocalApic(new LocalApic.Settings(id, id == 0, apicHz, tscHz, 40),
            interrupts.fabric(), tsc, time, time, signals);
        localApics.add(apic);
        return apic;
    }

    /** A line to both interrupt controllers for an ISA interrupt, 0 to 15. */
    public OwnedLine isaLine(int irq, String owner) {
        IrqSource source = interrupts.router().isa(irq, owner);
        return new OwnedLine(source, source::close);
    }

    /** The seat of a slot. */
    public RootPortSeat seat(RootPort port) {
        return new RootPortSeat(pci, port);
    }

    public PciHost pci() {
        return pci;
    }

    public BoardDevices devices() {
        return devices;
    }

    /** The ACPI power button. */
    public void pressPowerButton() {
        devices.acpiPm().pressPowerButton();
    }

    private List<BoardPart> parts() {
        List<BoardPart> all = new ArrayList<>(devices.parts());
        all.add(pci);
        all.add(fwCfg);
        all.addAll(interrupts.parts());
        all.addAll(localApics);
        return all;
    }

    /** As after power-on, then what firmware does before it boots. */
    public void reset() {
        parts().forEach(BoardPart::reset);
        localApics.getFirst().virtualWire();
    }

    /**
     * Puts firmware's tables and the payload into RAM.
     *
     * @param machine its name
     * @param isa     what cards on the ISA side claimed
     * @return the state in which the first vCPU begins
     * @throws MachineException if the payload cannot be loaded; names the file
     */
    public CpuState boot(String machine, BootSpec payload, List<IsaDevice> isa, RandomGenerator random)
            throws MachineException {
        UUID uuid = UUID.nameUUIDFromBytes(machine.getBytes(StandardCharsets.UTF_8));
        Firmware.Settings settings = new Firmware.Settings(machine, localApics.size(), map, uuid, isa);
        long rsdp = Firmware.install(ram, settings);
        Firmware.fill(fwCfg, settings, payload);
        BootedImage image = new BootLoader(ram, map, random).load(payload, rsdp);
        LOG.info("{}: boots {}", machine, image.description());
        return image.state();
    }

    public void save(StateWriter out) {
        for (BoardPart p : parts()) {
            p.save(out.section(p.name()));
        }
    }

    /** All cards are there and have been restored. */
    public void restore(StateReader in) throws StateException {
        for (BoardPart p : parts()) {
            p.restore(in.section(p.name()));
        }
    }
}
