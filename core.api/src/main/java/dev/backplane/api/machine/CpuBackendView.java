package dev.backplane.api.machine;

import dev.backplane.api.cpu.CpuBackend;

/**
 * A CPU backend that is present.
 *
 * @param backend  the backend
 * @param provider the bundle that offers it
 */
public record CpuBackendView(CpuBackend backend, Provider provider) {
}
