package dev.backplane.api.machine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import dev.backplane.api.audio.AudioConnection;
import dev.backplane.api.console.Console;
import dev.backplane.api.net.NetworkConnection;

/**
 * One machine. Registered as a service with the properties {@code machine.name} and {@code machine.state}.
 *
 * <p>Threading: all methods may be called from any thread; those that change the machine run one after the other. One
 * that throws has changed nothing.
 */
public interface Machine {
    String name();

    MachineState state();

    MachineView view();

    /**
     * Adds a card. On a machine that is not running the card is made at once, so that its options are known to be good,
     * and then waits for the start; on a running one a PCIe card is hot-plugged.
     *
     * @return the card's id
     */
    String add(CardSpec card) throws MachineException;

    /**
     * Takes a card out.
     *
     * @param force do not ask the guest
     */
    void remove(String cardId, boolean force) throws MachineException;

    /**
     * Replaces the specification of a machine that is stopped. Its name stays, and so do its cards; one that is named
     * by its id gets the options that it has there.
     */
    void configure(MachineSpec changed) throws MachineException;

    /** Powers the machine on, with everything as after power-up. */
    void start() throws MachineException;

    /** Powers the machine on, paused before its first instruction. */
    default void startPaused() throws MachineException {
        throw new MachineException(name() + " cannot be started paused");
    }

    void pause() throws MachineException;

    void resume() throws MachineException;

    /**
     * Moves a machine that runs or is paused to another CPU backend: each vCPU goes on at the instruction where it is,
     * and machine time stands meanwhile. The definition names the backend from then on.
     *
     * @param backend a backend that is present and offers the machine's CPU model
     * @return how long the vCPUs stood
     */
    Duration switchBackend(String backend) throws MachineException;

    /** The reset button: vCPUs and devices as after power-up, the kernel is loaded anew. */
    void reset() throws MachineException;

    /** The ACPI power button: asks the guest to shut down. */
    void powerButton() throws MachineException;

    /** Pulls the plug. Host resources are released; what a device was told to flush is on disk. */
    void stop() throws MachineException;

    /** Stops it if it runs, and forgets it. */
    void destroy() throws MachineException;

    /**
     * Waits until the machine is in one of the given states.
     *
     * @return the state it is in then
     * @throws MachineException if the time is over; says in which state it is
     */
    MachineState await(List<MachineState> states, Duration timeout) throws MachineException, InterruptedException;

    /** The consoles of its cards, in the order in which the cards were added. */
    List<Console> consoles();

    /** The connections of its sound cards, in the order in which the cards were added; none while it is off. */
    default List<AudioConnection> sounds() {
        return List.of();
    }

    /** The cables of its network cards, in the order in which the cards were added; none while it is off. */
    default List<NetworkConnection> networks() {
        return List.of();
    }

    /** Its vCPUs, to look at while it is on; none while it is off. */
    default List<Processor> processors() {
        return List.of();
    }

    /**
     * Attaches a debugger: the machine is stopped at an instruction boundary, if it was not paused.
     *
     * @throws MachineException if it is off, or has a debugger
     */
    default MachineDebugger debug(DebugListener listener) throws MachineException {
        throw new MachineException(name() + " cannot be debugged");
    }

    /**
     * Keeps a line for people about something that is done with this machine, for its {@link MachineView}.
     *
     * @param topic what it is about, one word
     * @param text  the line, or "" for none any more
     */
    default void remark(String topic, String text) {
    }

    /**
     * Saves the whole machine to a file: it is paused for it and goes on afterwards if it ran. The file appears whole
     * or not at all.
     */
    void save(Path file, Progress progress) throws MachineException;
}
