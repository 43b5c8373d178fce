package dev.backplane.api.device;

import java.util.random.RandomGenerator;

import dev.backplane.api.console.ConsolePort;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.net.NetworkPort;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;

/**
 * What the core gives to one card. Claims (the methods that say so) are possible only during
 * {@link DeviceType#create}; two claims that collide raise a {@link DeviceException} that names both owners.
 */
public interface DeviceContext {
    /** The machine's name. */
    String machine();

    /** The card's id, unique in the machine. */
    String id();

    /** Claims the PCI function of this card; once. Only for {@link Placement#PCIE}. */
    PciFunction pci(PciIdentity identity) throws DeviceException;

    /**
     * Claims I/O ports.
     *
     * @param first 0 to 0xFFFF
     * @param count 1 to 0x10000 - first
     */
    void ports(int first, int count, RegisterHandler handler) throws DeviceException;

    /**
     * Claims a fixed range of guest-physical addresses.
     *
     * @param size in bytes
     */
    void mmio(long address, long size, RegisterHandler handler) throws DeviceException;

    /**
     * Claims an ISA interrupt, 0 to 15, edge-triggered. Its own owner alone drives it.
     */
    IrqLine isaIrq(int irq) throws DeviceException;

    /** Claims the board's loudspeaker; one card of a machine can. */
    default void speaker(SpeakerListener listener) throws DeviceException {
        throw new DeviceException("there is no loudspeaker here");
    }

    /** Claims a timer. The name is unique within the card. */
    DeviceTimer timer(String name, Runnable callback);

    /** Claims a console port of this card; once. */
    ConsolePort console() throws DeviceException;

    /**
     * Claims the card's network port, connected to the backend that the option names; once.
     *
     * @param option an option of type BACKEND whose kind is {@code NetworkEndpoint}
     */
    default NetworkPort network(String option) throws DeviceException {
        throw new DeviceException(option + ": there are no host backends here");
    }

    /**
     * Claims the endpoint of the host backend that the option names; for kinds other than networks. The endpoint is the
     * card's: each instance of the device gets the same one, in the state in which the last one left it.
     *
     * @param option an option of type BACKEND
     * @param kind   its kind
     */
    default <E extends HostEndpoint> E host(String option, Class<E> kind) throws DeviceException {
        throw new DeviceException(option + ": there are no host backends here");
    }

    /** Guest RAM, checked; refuses everything while the guest has not set Bus Master Enable on a PCI function. */
    GuestMemory memory();

    MachineClock clock();

    /**
     * Runs work under the device's lock, soon, in the order given, on a thread that may be any. May be called from any
     * thread, with or without the lock. Work given after the card was closed is dropped.
     */
    void execute(Runnable work);

    /** Random numbers, repeatable where the machine is; also for identities such as a MAC address. */
    RandomGenerator random();

    /**
     * A counter for people ({@code vm:stats}); by convention lower-case words with dashes, for instance
     * {@code descriptor-loops}. The same name gives the same counter.
     */
    Counter counter(String name);

    /** What the card may ask of the machine. */
    MachineControl control();
}
