/**
 * {@code virtio-blk}: a disk over an image file. The card ({@code BlkCard}) parses requests and completes them,
 * {@code IoWorkers} carry them out off the device's lock, a {@code BlockBackend} is where the bytes are.
 */
package dev.backplane.device.disk;
