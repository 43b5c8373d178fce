/**
 * The library on which virtio devices are built: a modern PCI transport and split queues (virtio 1.2). An author
 * extends {@link dev.backplane.device.virtio.VirtioDevice}, fills the configuration space and serves the queues;
 * negotiation, rings, interrupts, hostile drivers, quiescing, saving and restoring are done here.
 */
@Version("0.1.0")
package dev.backplane.device.virtio;

import org.osgi.annotation.versioning.Version;
