package dev.backplane.testkit;

import java.util.HashMap;
import java.util.Map;

/**
 * The guest's side of a modern virtio PCI device (virtio 1.2, 4.1): finds the structures by their capabilities and
 * drives them as a driver does. Knows nothing of the device's classes.
 */
public final class VirtioDriver {
    public static final int ACKNOWLEDGE = 1;
    public static final int DRIVER = 2;
    public static final int DRIVER_OK = 4;
    public static final int FEATURES_OK = 8;
    public static final int NEEDS_RESET = 0x40;
    public static final int FAILED = 0x80;

    /** VIRTIO_F_INDIRECT_DESC as a mask. */
    public static final long INDIRECT_DESC = 1L << 28;
    /** VIRTIO_F_EVENT_IDX as a mask. */
    public static final long EVENT_IDX = 1L << 29;
    /** VIRTIO_F_VERSION_1 as a mask. */
    public static final long VERSION_1 = 1L << 32;

    private static final int COMMON = 1;
    private static final int NOTIFY = 2;
    private static final int ISR = 3;
    private static final int DEVICE = 4;

    private record Window(int bar, long offset, long length) {
    }

    private final TestBench bench;
    private final Map<Integer, Window> windows = new HashMap<>();
    private int notifyMultiplier;
    private long features;

    public VirtioDriver(TestBench bench) {
        this.bench = bench;
        for (TestPci.Capability capability : bench.pci().capabilities()) {
            if (capability.id() == 0x09) {
                byte[] body = capability.body();
                int type = body[1];
                windows.putIfAbsent(type, new Window(body[2], le32(body, 6), le32(body, 10)));
                if (type == NOTIFY) {
                    notifyMultiplier = (int) le32(body, 14);
                }
            }
        }
    }

    private static long le32(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) | (bytes[at + 1] & 0xFF) << 8 | (bytes[at + 2] & 0xFF) << 16
            | (long) (bytes[at + 3] & 0xFF) << 24;
    }

    private Window window(int type) {
        Window window = windows.get(type);
        if (window == null) {
            throw new AssertionError("the device has no virtio structure of type " + type);
        }
        return window;
    }

    /** Reads a register of the common configuration structure. */
    public long common(int offset, int size) {
        return bench.readBar(window(COMMON).bar, window(COMMON).offset + offset, size);
    }

    /** Writes a register of the common configuration structure. */
    public void common(int offset, int size, long value) {
        bench.writeBar(window(COMMON).bar, window(COMMON).offset + offset, size, value);
    }

    /** Reads the device's own configuration. */
    public long config(int offset, int size) {
        return bench.readBar(window(DEVICE).bar, window(DEVICE).offset + offset, size);
    }

    /** Writes the device's own configuration. */
    public void config(int offset, int size, long value) {
        bench.writeBar(window(DEVICE).bar, window(DEVICE).offset + offset, size, value);
    }

    /** Reads, and by that clears, the interrupt status. */
    public int isr() {
        return (int) bench.readBar(window(ISR).bar, window(ISR).offset, 1);
    }

    public int status() {
        return (int) common(20, 1);
    }

    public void setStatus(int value) {
        common(20, 1, value);
    }

    /** Resets the device and waits until it says that it is reset. */
    public void reset() {
        setStatus(0);
        bench.await("virtio reset", () -> status() == 0);
    }

    /** What the device offers. */
    public long offered() {
        common(0, 4, 0);
        long low = common(4, 4);
        common(0, 4, 1);
        return low | common(4, 4) << 32;
    }

    /** Accepts features without any check. */
    public void accept(long wanted) {
        common(8, 4, 0);
        common(12, 4, wanted);
        common(8, 4, 1);
        common(12, 4, wanted >>> 32);
    }

    /**
     * Reset, ACKNOWLEDGE, DRIVER, those of the wanted features that are offered and VERSION_1, FEATURES_OK.
     *
     * @return the features agreed on
     */
    public long negotiate(long wanted) {
        reset();
        setStatus(ACKNOWLEDGE);
        setStatus(ACKNOWLEDGE | DRIVER);
        features = offered() & (wanted | VERSION_1);
        accept(features);
        setStatus(ACKNOWLEDGE | DRIVER | FEATURES_OK);
        if ((status() & FEATURES_OK) == 0) {
            throw new AssertionError("the device refuses features 0x%x".formatted(features));
        }
        return features;
    }

    /** Sets up a queue in RAM of its own, with MSI-X vector {@code index + 1}. */
    public DriverQueue queue(int index, int size) {
        common(22, 2, index);
        if (common(24, 2) == 0) {
            throw new AssertionError("there is no queue " + index);
        }
        common(24, 2, size);
        common(26, 2, index + 1);
        DriverQueue queue = new DriverQueue(this, bench, index, size, (features & EVENT_IDX) != 0,
            (features & INDIRECT_DESC) != 0);
        address(32, queue.descriptors());
        address(40, queue.available());
        address(48, queue.used());
        common(28, 2, 1);
        return queue;
    }

    private void address(int offset, long value) {
        common(offset, 4, value & 0xFFFFFFFFL);
        common(offset + 4, 4, value >>> 32);
    }

    /** DRIVER_OK, with MSI-X enabled and the configuration change vector 0. */
    public void ready() {
        if (bench.pci().messages() != null) {
            bench.pci().messages().enable(true);
            common(16, 2, 0);
        }
        setStatus(ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    }

    /** Notifies the device of a queue; its work runs at the next {@code settle} or {@code await} of the bench. */
    public void notifyQueue(int index) {
        common(22, 2, index);
        long offset = window(NOTIFY).offset + common(30, 2) * notifyMultiplier;
        bench.writeBar(window(NOTIFY).bar, offset, 2, index);
    }
}
