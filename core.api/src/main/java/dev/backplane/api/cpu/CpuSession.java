package dev.backplane.api.cpu;

/**
 * The vCPUs of one machine on one backend. What the vCPUs of a machine share (code caches, exclusive sections, page
 * marks) lives here. A live switch of backends closes one session and opens another, with each vCPU's whole
 * {@link CpuState} carried over.
 */
public interface CpuSession extends AutoCloseable {

    /**
     * Makes a vCPU in the state after power-up (Intel SDM vol. 3, 10.1.1): real mode at F000:FFF0. Called once for
     * each index before any vCPU runs.
     *
     * @param index 0 to {@link CpuConfig#vcpus()}-1; also the initial APIC ID
     * @param bus   what the vCPU asks of the core; called on the thread that is in {@link Vcpu#run()} only
     */
    Vcpu createVcpu(int index, VcpuBus bus);

    /** Releases everything; no vCPU is running or will run again. Does not throw. */
    @Override
    void close();
}
