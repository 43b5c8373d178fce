package dev.backplane.api.machine;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All machines of a runtime. Machine definitions are kept across restarts of the runtime. Threading: any thread.
 */
public interface MachineManager {
    /** In order of name. */
    List<Machine> machines();

    Optional<Machine> machine(String name);

    /**
     * Makes a machine that does not run yet. If a device type that a card names is not present, the machine waits for
     * it; what is known to be wrong is refused.
     */
    Machine create(MachineSpec spec) throws MachineException;

    /** Reads a specification as {@link #write} writes it (YAML); relative paths are relative to the file's folder. */
    MachineSpec read(Path file) throws MachineException;

    /** A specification as YAML text. */
    String write(MachineSpec spec);

    /**
     * Makes a machine from a file that {@link Machine#save} wrote, in the state it was saved in. A machine of that name
     * that is off and still has the specification it was saved with takes the state back instead.
     *
     * @param name the name it gets, or null for the name it had
     */
    Machine restore(Path file, String name, Progress progress) throws MachineException;

    /** The device types that are present, in order of name. */
    List<DeviceTypeView> deviceTypes();

    /** The CPU backends that are present, the preferred one first. */
    List<CpuBackendView> cpuBackends();

    /** The host backends that are present, in order of kind and name. */
    default List<HostBackendView> hostBackends() {
        return List.of();
    }
}
