/** {@code virtio-rng}: an entropy source (virtio 1.2, 5.4), and the worked example of a virtio device. */
package dev.backplane.device.rng;
