package dev.backplane.machine.interrupt;

import dev.backplane.api.device.RegisterHandler;

/**
 * Guest-physical addresses that a part of the board answers.
 *
 * @param owner   for messages
 * @param address of the first byte
 * @param size    in bytes
 * @param handler offsets count from {@code address}; thread-safe
 */
public record MmioClaim(String owner, long address, long size, RegisterHandler handler) {
}
