package dev.backplane.device.virtio;

/** Feature bits that belong to every device (virtio 1.2, section 6), as masks. */
public final class VirtioFeatures {
    /** VIRTIO_F_INDIRECT_DESC. */
    public static final long INDIRECT_DESC = 1L << 28;
    /** VIRTIO_F_EVENT_IDX. */
    public static final long EVENT_IDX = 1L << 29;
    /** VIRTIO_F_VERSION_1; a driver must accept it. */
    public static final long VERSION_1 = 1L << 32;
    /** VIRTIO_F_RING_RESET. */
    public static final long RING_RESET = 1L << 40;

    /** What the transport offers for every device. */
    static final long TRANSPORT = INDIRECT_DESC | EVENT_IDX | VERSION_1 | RING_RESET;

    private VirtioFeatures() {
    }
}
