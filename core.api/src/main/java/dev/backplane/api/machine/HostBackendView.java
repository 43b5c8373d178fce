package dev.backplane.api.machine;

import dev.backplane.api.host.HostBackend;

/**
 * A host backend that is present.
 *
 * @param backend  the backend
 * @param provider the bundle that offers it
 */
public record HostBackendView(HostBackend backend, Provider provider) {
}
