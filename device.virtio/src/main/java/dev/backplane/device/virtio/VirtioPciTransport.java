package dev.backplane.device.virtio;

import java.util.ArrayList;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The modern PCI transport (virtio 1.2, 4.1): BAR 0 holds the common configuration, interrupt status, device
 * configuration and notification structures, BAR 1 the MSI-X tables, with one vector for configuration changes and one
 * per queue. Device status and feature negotiation follow section 3.1.
 */
final class VirtioPciTransport implements RegisterHandler {
    static final int ACKNOWLEDGE = 1;
    static final int DRIVER = 2;
    static final int DRIVER_OK = 4;
    static final int FEATURES_OK = 8;
    static final int NEEDS_RESET = 0x40;
    static final int FAILED = 0x80;

    static final int COMMON = 0x0000;
    static final int ISR = 0x1000;
    static final int CONFIG = 0x2000;
    static final int NOTIFY = 0x3000;
    private static final int BAR_SIZE = 0x4000;
    private static final int COMMON_SIZE = 60;
    private static final int NOTIFY_MULTIPLIER = 4;

    private static final int VENDOR = 0x1AF4;
    private static final int SUBSYSTEM = 0x1100;
    private static final int VENDOR_CAPABILITY = 0x09;
    private static final int ISR_QUEUE = 1;
    private static final int ISR_CONFIG = 2;
    private static final int LOGGED_FAILURES = 4;

    private static final Logger LOG = LoggerFactory.getLogger(VirtioPciTransport.class);

    private final VirtioDevice device;
    private final DeviceContext context;
    private final VirtioProfile profile;
    private final ConfigSpace config;
    private final PciFunction pci;
    private final MessageInterrupts msix;
    private final IrqLine intx;
    private final List<VirtQueue> queues = new ArrayList<>();
    private final ConfigAccessCapability configAccess = new ConfigAccessCapability(this);
    private final Counter notifications;
    private final Counter interrupts;
    private final Counter badAccesses;
    private int failuresLogged;
    private int inFlight;
    private boolean resting;
    private boolean resetPending;
    private int status;
    private int isr;
    private int generation;
    private int configVector = VirtQueue.NO_VECTOR;
    private int queueSelect;
    private int deviceFeatureSelect;
    private int driverFeatureSelect;
    private long driverFeatures;

    VirtioPciTransport(VirtioDevice device, DeviceContext context, VirtioProfile profile, ConfigSpace config)
            throws DeviceException {
        this.device = device;
        this.context = context;
        this.profile = profile;
        this.config = config;
        notifications = context.counter("notifications");
        interrupts = context.counter("interrupts");
        badAccesses = context.counter("bad-register-accesses");
        pci = context.pci(new PciIdentity(VENDOR, 0x1040 + profile.deviceType(), profile.pciClass(), 1, VENDOR,
            SUBSYSTEM));
        pci.bar(0, BarType.MEMORY_32, BAR_SIZE, this);
        msix = pci.msix(profile.queueSizes().size() + 1, 1);
        intx = pci.intx();
        for (int size : profile.queueSizes()) {
            queues.add(new VirtQueue(this, context, queues.size(), size));
        }
        capability(1, COMMON, COMMON_SIZE, new byte[0], null);
        capability(2, NOTIFY, NOTIFY_MULTIPLIER * queues.size(), new byte[] {NOTIFY_MULTIPLIER, 0, 0, 0}, null);
        capability(3, ISR, 1, new byte[0], null);
        if (profile.configSize() > 0) {
            capability(4, CONFIG, profile.configSize(), new byte[0], null);
        }
        capability(5, 0, 0, new byte[4], configAccess);
        pci.onCommandChange(this::kickAll);
        resetRegisters();
    }

    private void capability(int type, int offset, int length, byte[] more, RegisterHandler handler) {
        byte[] body = new byte[14 + more.length];
        body[0] = (byte) (body.length + 2);
        body[1] = (byte) type;
        for (int i = 0; i < 4; i++) {
            body[6 + i] = (byte) (offset >>> 8 * i);
            body[10 + i] = (byte) (length >>> 8 * i);
        }
        System.arraycopy(more, 0, body, 14, more.length);
        pci.capability(VENDOR_CAPABILITY, body, handler);
    }

    List<VirtQueue> queues() {
        return queues;
    }

    long features() {
        return driverFeatures;
    }

    /** Whether queues give chains. */
    boolean running() {
        return (status & (DRIVER_OK | NEEDS_RESET | FAILED)) == DRIVER_OK && !resting && !resetPending
            && pci.busMaster();
    }

    boolean active() {
        return (status & DRIVER_OK) != 0 && !resetPending;
    }

    boolean resting() {
        return resting;
    }

    boolean resetPending() {
        return resetPending;
    }

    void execute(Runnable work) {
        context.execute(work);
    }

    void notified(VirtQueue queue) {
        device.notified(queue);
    }

    void chainTaken() {
        inFlight++;
    }

    void chainFinished() {
        inFlight--;
        if (inFlight == 0) {
            if (resetPending) {
                resetRegisters();
            }
            device.idle();
        }
    }

    int inFlight() {
        return inFlight;
    }

    void rest(boolean on) {
        resting = on;
        if (!on) {
            driveLine();
            kickAll();
        }
    }

    private void kickAll() {
        if (running()) {
            for (VirtQueue queue : queues) {
                if (queue.enabled()) {
                    queue.wake();
                }
            }
        }
    }

    /** The driver broke the rules: the device waits for its reset. */
    void broken(String counter, int queue) {
        context.counter(counter).increment();
        if ((status & NEEDS_RESET) != 0) {
            return;
        }
        status |= NEEDS_RESET;
        if (failuresLogged < LOGGED_FAILURES) {
            failuresLogged++;
            LOG.warn("{}/{}: the guest's driver broke the rules of queue {} ({}); the device needs a reset",
                context.machine(), context.id(), queue, counter);
        }
        if ((status & DRIVER_OK) != 0) {
            configInterrupt();
        }
    }

    void interrupt(int vector) {
        interrupts.increment();
        if (!msix.enabled()) {
            isr |= ISR_QUEUE;
            intx.set(true);
        } else if (vector != VirtQueue.NO_VECTOR) {
            msix.raise(vector);
        }
    }

    void configChanged() {
        generation = generation + 1 & 0xFF;
        if ((status & DRIVER_OK) != 0) {
            configInterrupt();
        }
    }

    private void configInterrupt() {
        interrupts.increment();
        if (!msix.enabled()) {
            isr |= ISR_CONFIG;
            intx.set(true);
        } else if (configVector != VirtQueue.NO_VECTOR) {
            msix.raise(configVector);
        }
    }

    private void driveLine() {
        intx.set(isr != 0 && !msix.enabled());
    }

    /** Everything as after power-on; chains in flight are forgotten. */
    void resetRegisters() {
        queues.forEach(VirtQueue::reset);
        inFlight = 0;
        resetPending = false;
        status = 0;
        isr = 0;
        configVector = VirtQueue.NO_VECTOR;
        queueSelect = 0;
        deviceFeatureSelect = 0;
        driverFeatureSelect = 0;
        driverFeatures = 0;
        configAccess.reset();
        driveLine();
    }

    @Override
    public long read(long offset, int size) {
        if (offset >= CONFIG && offset < NOTIFY) {
            return config.read(offset - CONFIG, size);
        }
        if (offset == ISR) {
            int value = isr;
            isr = 0;
            driveLine();
            return value;
        }
        return offset < COMMON_SIZE ? readCommon((int) offset, size) : 0;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset >= NOTIFY) {
            int index = (int) (offset - NOTIFY) / NOTIFY_MULTIPLIER;
            if (index < queues.size() && running()) {
                notifications.increment();
                queues.get(index).wake();
            }
        } else if (offset < COMMON_SIZE) {
            writeCommon((int) offset, size, value);
        } else if (offset >= CONFIG && offset + size - CONFIG <= config.size()) {
            device.configWritten((int) offset - CONFIG, size, value);
        } else {
            badAccesses.increment();
        }
    }

    /** Registers may be read in parts: the value is put together from the fields that it covers. */
    private long readCommon(int offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            int at = offset + i;
            int start = at < 16 ? at & ~3 : at < 20 ? at & ~1 : at < 22 ? at : at < 32 ? at & ~1 : at < 56 ? at & ~7
                : at & ~1;
            value |= (readField(start) >>> 8 * (at - start) & 0xFF) << 8 * i;
        }
        return value;
    }

    private long readField(int start) {
        VirtQueue queue = queueSelect < queues.size() ? queues.get(queueSelect) : null;
        return switch (start) {
            case 0 -> deviceFeatureSelect;
            case 4 -> half(profile.offered(), deviceFeatureSelect);
            case 8 -> driverFeatureSelect;
            case 12 -> half(driverFeatures, driverFeatureSelect);
            case 16 -> configVector;
            case 18 -> queues.size();
            case 20 -> status;
            case 21 -> generation;
            case 22 -> queueSelect;
            case 24 -> queue == null ? 0 : queue.size();
            case 26 -> queue == null ? VirtQueue.NO_VECTOR : queue.vector();
            case 28 -> queue == null || !queue.enabled() ? 0 : 1;
            case 30, 56 -> queue == null ? 0 : queueSelect;
            case 32 -> queue == null ? 0 : queue.address(0);
            case 40 -> queue == null ? 0 : queue.address(1);
            case 48 -> queue == null ? 0 : queue.address(2);
            case 58 -> queue == null || !queue.isResetPending() ? 0 : 1;
            default -> 0;
        };
    }

    private static long half(long features, int select) {
        return select == 0 ? features & 0xFFFF_FFFFL : select == 1 ? features >>> 32 : 0;
    }

    private static int width(int offset) {
        return switch (offset) {
            case 0, 4, 8, 12 -> 4;
            case 20, 21 -> 1;
            case 16, 18, 22, 24, 26, 28, 30, 56, 58 -> 2;
            default -> 0;
        };
    }

    private void writeCommon(int offset, int size, long value) {
        boolean address = offset >= 32 && offset < 56;
        boolean fits = address ? size == 8 && offset % 8 == 0 || size == 4 && offset % 4 == 0
            : size == width(offset);
        if (!fits || resetPending || !(address ? writeAddress(offset, size, value) : writeField(offset, (int) value))) {
            badAccesses.increment();
        }
    }

    private boolean writeAddress(int offset, int size, long value) {
        if (queueSelect >= queues.size()) {
            return false;
        }
        VirtQueue queue = queues.get(queueSelect);
        int which = (offset - 32) / 8;
        long old = queue.address(which);
        if (size == 8) {
            return queue.setAddress(which, value);
        }
        return queue.setAddress(which, offset % 8 == 0
            ? old & 0xFFFF_FFFF_0000_0000L | value : old & 0xFFFF_FFFFL | value << 32);
    }

    private boolean writeField(int offset, int value) {
        switch (offset) {
            case 0 -> deviceFeatureSelect = value;
            case 8 -> driverFeatureSelect = value;
            case 12 -> {
                return writeDriverFeatures(value & 0xFFFF_FFFFL);
            }
            case 16 -> configVector = vectorOrNone(value);
            case 20 -> writeStatus(value);
            case 22 -> queueSelect = value;
            case 24, 26, 28, 58 -> {
                return queueSelect < queues.size() && writeQueueField(queues.get(queueSelect), offset, value);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private int vectorOrNone(int value) {
        return value < msix.vectors() ? value : VirtQueue.NO_VECTOR;
    }

    private boolean writeDriverFeatures(long value) {
        if ((status & FEATURES_OK) != 0 || driverFeatureSelect < 0 || driverFeatureSelect > 1) {
            return false;
        }
        driverFeatures = driverFeatureSelect == 0 ? driverFeatures & 0xFFFF_FFFF_0000_0000L | value
            : driverFeatures & 0xFFFF_FFFFL | value << 32;
        return true;
    }

    private boolean writeQueueField(VirtQueue queue, int offset, int value) {
        switch (offset) {
            case 24 -> {
                return queue.setSize(value);
            }
            case 26 -> queue.setVector(vectorOrNone(value));
            case 28 -> {
                if (value != 1 || queue.enabled() || queue.isResetPending()) {
                    return false;
                }
                if (!queue.enable()) {
                    broken("bad-queue-addresses", queueSelect);
                } else if (running()) {
                    queue.wake();
                }
            }
            default -> {
                if (value != 1 || (driverFeatures & VirtioFeatures.RING_RESET) == 0 || !queue.enabled()) {
                    return false;
                }
                queue.requestReset();
            }
        }
        return true;
    }

    private void writeStatus(int value) {
        if (value == 0) {
            beginReset();
            return;
        }
        int wanted = value & ~NEEDS_RESET | status & NEEDS_RESET;
        if ((wanted & FEATURES_OK) != 0 && (status & FEATURES_OK) == 0 && !featuresAcceptable()) {
            wanted &= ~FEATURES_OK;
            context.counter("features-refused").increment();
        }
        if ((wanted & FEATURES_OK) == 0) {
            wanted &= ~DRIVER_OK;
        }
        boolean begins = (wanted & DRIVER_OK) != 0 && (status & DRIVER_OK) == 0;
        status = wanted;
        if (begins) {
            begin();
            kickAll();
        }
    }

    private boolean featuresAcceptable() {
        return (driverFeatures & ~profile.offered()) == 0 && (driverFeatures & VirtioFeatures.VERSION_1) != 0
            && device.accepts(driverFeatures);
    }

    private void begin() {
        queues.forEach(queue -> queue.agree(driverFeatures));
        device.activated(driverFeatures);
    }

    /** The status reads as 0 only when no host I/O can touch guest memory any more (2.1.2, 4.1.4.3.1). */
    private void beginReset() {
        if ((status & DRIVER_OK) != 0) {
            resetPending = true;
            device.deactivated();
        }
        if (inFlight == 0) {
            resetRegisters();
        }
    }

    void save(StateWriter out) {
        out.putInt("status", status);
        out.putInt("isr", isr);
        out.putInt("generation", generation);
        out.putInt("config-vector", configVector);
        out.putInt("queue-select", queueSelect);
        out.putInt("device-feature-select", deviceFeatureSelect);
        out.putInt("driver-feature-select", driverFeatureSelect);
        out.putLong("driver-features", driverFeatures);
        configAccess.save(out);
        out.putInt("queues", queues.size());
        for (VirtQueue queue : queues) {
            queue.save(out.section("queue-" + queue.index()));
        }
    }

    void restore(StateReader in) throws StateException {
        status = in.getInt("status", 0, 0xFF);
        isr = in.getInt("isr", 0, ISR_QUEUE | ISR_CONFIG);
        generation = in.getInt("generation", 0, 0xFF);
        configVector = in.getInt("config-vector", 0, VirtQueue.NO_VECTOR);
        if (configVector != VirtQueue.NO_VECTOR && configVector >= msix.vectors()) {
            throw new StateException("field config-vector is " + configVector + "; there are " + msix.vectors());
        }
        queueSelect = in.getInt("queue-select", 0, 0xFFFF);
        deviceFeatureSelect = in.getInt("device-feature-select");
        driverFeatureSelect = in.getInt("driver-feature-select");
        driverFeatures = in.getLong("driver-features");
        configAccess.restore(in);
        if ((status & FEATURES_OK) != 0 && !featuresAcceptable()) {
            throw new StateException("field driver-features is 0x%x; this card offers 0x%x".formatted(driverFeatures,
                profile.offered()));
        }
        if (in.getInt("queues") != queues.size()) {
            throw new StateException("the saved card has " + in.getInt("queues") + " queues, this one "
                + queues.size());
        }
        for (VirtQueue queue : queues) {
            queue.restore(in.section("queue-" + queue.index()), msix.vectors());
        }
        if ((status & DRIVER_OK) != 0) {
            queues.forEach(queue -> queue.agree(driverFeatures));
            device.reactivated(driverFeatures);
        }
    }
}
