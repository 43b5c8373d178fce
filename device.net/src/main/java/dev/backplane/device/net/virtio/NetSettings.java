package dev.backplane.device.net.virtio;

/**
 * What the user chose.
 *
 * @param mac       the card's address
 * @param pairs     pairs of queues, 1 to {@link NetFeatures#MAX_PAIRS}
 * @param queueSize buffers per queue, a power of two
 * @param mtu       in bytes, or 0 if the driver is told nothing
 */
record NetSettings(byte[] mac, int pairs, int queueSize, int mtu) {
}
