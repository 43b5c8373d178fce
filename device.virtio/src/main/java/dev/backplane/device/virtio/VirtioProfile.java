package dev.backplane.device.virtio;

import java.util.Collections;
import java.util.List;

/**
 * What a virtio device is: the constants that its transport shows.
 *
 * @param deviceType virtio device ID (virtio 1.2, section 5), 1 to 63; the PCI device ID is 0x1040 more
 * @param pciClass   24 bits: base class, sub-class, programming interface
 * @param features   the device's own feature bits; those of the transport are added
 * @param configSize bytes of device configuration, 0 to 4096
 * @param queueSizes the greatest size of each queue: powers of two up to 1024; 1 to 512 queues
 */
public record VirtioProfile(int deviceType, int pciClass, long features, int configSize, List<Integer> queueSizes) {
    static final int MAX_QUEUE_SIZE = 1024;
    static final int MAX_QUEUES = 512;
    static final int MAX_CONFIG = 0x1000;

    public VirtioProfile {
        queueSizes = List.copyOf(queueSizes);
        if (deviceType < 1 || deviceType > 63) {
            throw new IllegalArgumentException("virtio device type " + deviceType + ": 1 to 63 is possible");
        }
        if (configSize < 0 || configSize > MAX_CONFIG) {
            throw new IllegalArgumentException("configuration of " + configSize + " bytes: 0 to 4096 is possible");
        }
        if (queueSizes.isEmpty() || queueSizes.size() > MAX_QUEUES) {
            throw new IllegalArgumentException(queueSizes.size() + " queues: 1 to 512 is possible");
        }
        for (int size : queueSizes) {
            if (size < 1 || size > MAX_QUEUE_SIZE || Integer.bitCount(size) != 1) {
                throw new IllegalArgumentException("queue size " + size + ": a power of two up to 1024 is possible");
            }
        }
    }

    /** A device without features and configuration, and with one queue of 256 entries. */
    public static VirtioProfile of(int deviceType, int pciClass) {
        return new VirtioProfile(deviceType, pciClass, 0, 0, List.of(256));
    }

    public VirtioProfile withFeatures(long mask) {
        return new VirtioProfile(deviceType, pciClass, mask, configSize, queueSizes);
    }

    public VirtioProfile withConfig(int size) {
        return new VirtioProfile(deviceType, pciClass, features, size, queueSizes);
    }

    /** {@code count} queues of the same greatest size. */
    public VirtioProfile withQueues(int count, int size) {
        return new VirtioProfile(deviceType, pciClass, features, configSize, Collections.nCopies(count, size));
    }

    /** Everything that is offered to a driver. */
    long offered() {
        return features | VirtioFeatures.TRANSPORT;
    }
}
