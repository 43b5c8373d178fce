package dev.backplane.api.machine;

import java.util.List;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.DebugPoint;

/**
 * A debugger's hold on a machine that is on ({@link Machine#debug}). While it has the machine stopped, the machine is
 * paused and cannot be resumed by others; what else can be done with a paused machine can be done.
 *
 * <p>Registers and memory can be reached while the debugger has the machine stopped; otherwise these methods throw.
 * Threading: any thread; they take turns with what changes the machine.
 */
public interface MachineDebugger extends AutoCloseable {

    /** What a vCPU does when the machine goes on. */
    enum Go {
        /** It stands still. */
        STAY,
        /** It runs. */
        RUN,
        /** It executes one instruction, with interrupts held back. */
        STEP
    }

    /** How many vCPUs there are. */
    int vcpus();

    /** Whether the debugger has the machine stopped. */
    boolean stopped();

    /** Stops all vCPUs where they are; the listener is told unless they were stopped. */
    void stop() throws MachineException;

    /**
     * Lets the machine go on. What stopped a vCPU and was not told yet, because another one was told of, is told now
     * instead if the vCPU is among those that go on.
     *
     * @param go what each vCPU does, in order
     */
    void resume(List<Go> go) throws MachineException;

    /**
     * Where the machine stops, in place of where it stopped before.
     *
     * @throws MachineException if the CPU backend cannot do it
     */
    void points(List<DebugPoint> points) throws MachineException;

    /** The registers of a vCPU. */
    CpuState state(int vcpu) throws MachineException;

    /** Changes the registers of a vCPU. */
    void state(int vcpu, CpuState changed) throws MachineException;

    /**
     * Reads memory as a vCPU's page tables show it, whatever its privilege, with no side effect; devices are not read.
     *
     * @return how many bytes could be read, from the first one on
     */
    int read(int vcpu, long address, byte[] target) throws MachineException;

    /**
     * Writes RAM as a vCPU's page tables show it, also what is read-only there; false if a byte is not RAM (none is
     * written).
     */
    boolean write(int vcpu, long address, byte[] source) throws MachineException;

    /** As {@link #read}, by guest-physical address. */
    int readPhysical(long address, byte[] target) throws MachineException;

    /** As {@link #write}, by guest-physical address. */
    boolean writePhysical(long address, byte[] source) throws MachineException;

    /**
     * Lets go of the machine: points are gone, and it goes on, unless it was paused when the debugger came and the
     * debugger never let it go on.
     */
    @Override
    void close();
}
