/** The virtio network device (virtio 1.2, 5.1). */
package dev.backplane.device.net.virtio;
