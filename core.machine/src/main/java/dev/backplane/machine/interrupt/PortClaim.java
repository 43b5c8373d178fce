package dev.backplane.machine.interrupt;

import dev.backplane.api.device.RegisterHandler;

/**
 * I/O ports that a part of the board answers.
 *
 * @param owner   for messages
 * @param first   0 to 0xFFFF
 * @param count   1 or more
 * @param handler offsets count from {@code first}; thread-safe
 */
public record PortClaim(String owner, int first, int count, RegisterHandler handler) {
}
