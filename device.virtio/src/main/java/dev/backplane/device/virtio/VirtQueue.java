package dev.backplane.device.virtio;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.BitSet;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The device's side of a split virtqueue (virtio 1.2, 2.7). A device takes chains, works on them in any order, and
 * completes each of them once, or puts it back unused.
 *
 * <p>What a driver can get wrong (an index that runs away, a head twice in flight, loops, lengths, addresses, order)
 * sets DEVICE_NEEDS_RESET and a counter; then the queue gives nothing more until the driver has reset the device.
 *
 * <p>Threading: under the device's lock.
 */
public final class VirtQueue {
    static final int NO_VECTOR = 0xFFFF;

    private static final int NEXT = 1;
    private static final int WRITE = 2;
    private static final int INDIRECT = 4;
    private static final int NO_INTERRUPT = 1;

    private final VirtioPciTransport transport;
    private final GuestMemory memory;
    private final int index;
    private final int maxSize;
    private final Counter chainsTaken;
    private final BitSet busy;
    private final int[] returned;
    private final VirtChain[] pool;
    private int pooled;
    private int returnedCount;
    private int generation;
    private int inFlight;
    private int budget;
    private boolean inKick;
    private boolean kickScheduled;
    private boolean eventIndex;
    private boolean indirect;
    private int size;
    private int mask;
    private boolean enabled;
    private int vector = NO_VECTOR;
    private long descriptors;
    private long available;
    private long used;
    private int lastAvailable;
    private int seenAvailable;
    private int usedIndex;
    private int signalledUsed;
    private boolean signalledValid;
    private boolean resetPending;
    private final Runnable kick = this::runKick;

    VirtQueue(VirtioPciTransport transport, DeviceContext context, int index, int maxSize) {
        this.transport = transport;
        this.index = index;
        this.maxSize = maxSize;
        memory = context.memory();
        chainsTaken = context.counter("chains");
        busy = new BitSet(maxSize);
        returned = new int[maxSize];
        pool = new VirtChain[maxSize];
        size = maxSize;
    }

    /** Its number, from 0. */
    public int index() {
        return index;
    }

    /** Its size as the driver has set it. */
    public int size() {
        return size;
    }

    /** Whether the driver has enabled it. */
    public boolean enabled() {
        return enabled;
    }

    /** How many chains are taken and neither completed nor put back. */
    public int inFlight() {
        return inFlight;
    }

    /**
     * Takes the next chain, or gives null when there is none, while the device rests or is not active, and after the
     * driver did something wrong. After null the device is notified again when there is more.
     */
    public VirtChain take() {
        if (!enabled || resetPending || !transport.running()) {
            return null;
        }
        if (inKick && budget-- <= 0) {
            wake();
            return null;
        }
        int head;
        if (returnedCount > 0) {
            head = returned[0];
            System.arraycopy(returned, 1, returned, 0, --returnedCount);
        } else {
            if (seenAvailable == lastAvailable && !more()) {
                return null;
            }
            head = memory.read16(available + 4 + 2L * (lastAvailable & mask));
            lastAvailable = lastAvailable + 1 & 0xFFFF;
        }
        if (head >= size) {
            return fail("descriptor-out-of-table");
        }
        if (busy.get(head)) {
            return fail("heads-in-flight");
        }
        VirtChain chain = pooled > 0 ? pool[--pooled] : new VirtChain(this, memory);
        String failure = parse(chain, head);
        if (failure != null) {
            recycle(chain);
            return fail(failure);
        }
        chain.generation = generation;
        busy.set(head);
        inFlight++;
        transport.chainTaken();
        chainsTaken.increment();
        return chain;
    }

    private VirtChain fail(String counter) {
        transport.broken(counter, index);
        return null;
    }

    /** Looks at the driver's index; if there is nothing new, asks for a notification and looks again. */
    private boolean more() {
        for (int look = 0; look < 2; look++) {
            int now = memory.read16Acquire(available + 2);
            int waiting = now - lastAvailable & 0xFFFF;
            if (waiting > size) {
                fail("available-index-jumps");
                return false;
            }
            if (waiting > 0) {
                seenAvailable = now;
                return true;
            }
            if (!eventIndex) {
                return false;
            }
            memory.write16(used + 4 + 8L * size, lastAvailable);
            VarHandle.fullFence();
        }
        return false;
    }

    /** Null if the chain is sound, else the name of the counter of what is wrong. */
    private String parse(VirtChain chain, int head) {
        chain.clear(head);
        long table = descriptors;
        int entries = size;
        int number = head;
        int walked = 0;
        boolean inIndirect = false;
        boolean sawWritable = false;
        while (true) {
            if (number >= entries) {
                return "descriptor-out-of-table";
            }
            if (++walked > entries) {
                return "descriptor-loops";
            }
            long address = memory.read64(table + 16L * number);
            long rest = memory.read64(table + 16L * number + 8);
            long length = rest & 0xFFFF_FFFFL;
            int flags = (int) (rest >>> 32) & 0xFFFF;
            if (length > 0 && !memory.contains(address, length)) {
                return "descriptor-out-of-ram";
            }
            if ((flags & INDIRECT) != 0) {
                if (!indirect || inIndirect || (flags & NEXT) != 0 || length == 0 || (length & 15) != 0
                        || length > 16L * VirtChain.MAX_SEGMENTS) {
                    return "bad-indirect-descriptors";
                }
                table = address;
                entries = (int) (length / 16);
                number = 0;
                walked = 0;
                inIndirect = true;
                continue;
            }
            boolean writable = (flags & WRITE) != 0;
            if (sawWritable && !writable) {
                return "descriptor-order";
            }
            sawWritable = writable;
            if (!chain.add(address, length, writable)) {
                return "chain-too-long";
            }
            if ((flags & NEXT) == 0) {
                return null;
            }
            number = (int) (rest >>> 48);
        }
    }

    private void recycle(VirtChain chain) {
        if (pooled < pool.length) {
            pool[pooled++] = chain;
        }
    }

    /**
     * Gives a chain back to the driver, and interrupts it if it wants that.
     *
     * @param written how many bytes the device wrote, from the start of the writable part
     */
    public void complete(VirtChain chain, long written) {
        if (push(chain, written)) {
            signal();
        }
    }

    /**
     * Gives a chain back without an interrupt; {@link #signal} must follow, once for several chains.
     *
     * @return whether it was given back; false if the device was reset in the meantime
     */
    public boolean push(VirtChain chain, long written) {
        if (!finish(chain)) {
            return false;
        }
        boolean given = !resetPending && !transport.resetPending();
        if (given) {
            use(chain, written);
            memory.write16Release(used + 2, usedIndex);
        }
        afterFinish();
        return given;
    }

    /**
     * Gives several chains back at once: the driver sees all of them or none (5.1.6.4 demands that of the buffers of
     * one frame). Without an interrupt; {@link #signal} must follow.
     *
     * @param chains  as many as {@code count}, all of this queue
     * @param written how many bytes the device wrote to each
     * @param count   1 to the queue's size
     * @return whether they were given back; false if the device was reset in the meantime
     */
    public boolean push(VirtChain[] chains, int[] written, int count) {
        boolean given = !resetPending && !transport.resetPending();
        int finished = 0;
        for (int i = 0; i < count; i++) {
            if (finish(chains[i])) {
                finished++;
                if (given) {
                    use(chains[i], written[i]);
                }
            }
        }
        if (given && finished > 0) {
            memory.write16Release(used + 2, usedIndex);
        }
        for (int i = 0; i < finished; i++) {
            afterFinish();
        }
        return given && finished == count;
    }

    private void use(VirtChain chain, long written) {
        long at = used + 4 + 8L * (usedIndex & mask);
        memory.write32(at, chain.head);
        memory.write32(at + 4, (int) written);
        usedIndex = usedIndex + 1 & 0xFFFF;
    }

    /**
     * Puts a chain back as if it had not been taken; {@link #take} gives it again before any other. For work that
     * cannot be finished when the device comes to rest.
     */
    public void putBack(VirtChain chain) {
        int head = chain.head;
        if (finish(chain)) {
            returned[returnedCount++] = head;
            afterFinish();
        }
    }

    private boolean finish(VirtChain chain) {
        boolean current = chain.generation == generation && busy.get(chain.head);
        recycle(chain);
        if (current) {
            busy.clear(chain.head);
            inFlight--;
        }
        return current;
    }

    private void afterFinish() {
        if (resetPending && inFlight == 0) {
            reset();
        }
        transport.chainFinished();
    }

    /** Interrupts the driver if it wants that for what was given back since the last time. */
    public void signal() {
        if (!enabled || resetPending) {
            return;
        }
        VarHandle.fullFence();
        boolean wanted;
        if (eventIndex) {
            int event = memory.read16(available + 4 + 2L * size);
            wanted = !signalledValid
                || (usedIndex - event - 1 & 0xFFFF) < (usedIndex - signalledUsed & 0xFFFF);
            signalledUsed = usedIndex;
            signalledValid = true;
        } else {
            wanted = (memory.read16(available) & NO_INTERRUPT) == 0;
        }
        if (wanted) {
            transport.interrupt(vector);
        }
    }

    /**
     * Has {@link VirtioDevice#notified} called soon, off the vCPU's path, as if the driver had notified: for a device
     * that left chains in the queue because it could not go on.
     */
    public void wake() {
        if (!kickScheduled) {
            kickScheduled = true;
            transport.execute(kick);
        }
    }

    private void runKick() {
        kickScheduled = false;
        if (enabled && transport.running()) {
            inKick = true;
            budget = size;
            try {
                transport.notified(this);
            } finally {
                inKick = false;
            }
        }
    }

    /** Sets what the driver and the device have agreed on. */
    void agree(long features) {
        eventIndex = (features & VirtioFeatures.EVENT_IDX) != 0;
        indirect = (features & VirtioFeatures.INDIRECT_DESC) != 0;
    }

    /** Everything as after power-on; chains in flight are forgotten. */
    void reset() {
        generation++;
        busy.clear();
        inFlight = 0;
        returnedCount = 0;
        size = maxSize;
        mask = size - 1;
        enabled = false;
        vector = NO_VECTOR;
        descriptors = 0;
        available = 0;
        used = 0;
        lastAvailable = 0;
        seenAvailable = 0;
        usedIndex = 0;
        signalledUsed = 0;
        signalledValid = false;
        resetPending = false;
    }

    /** VIRTIO_F_RING_RESET: resets this queue alone, when what is in flight has finished. */
    void requestReset() {
        if (inFlight == 0) {
            reset();
        } else {
            resetPending = true;
        }
    }

    boolean isResetPending() {
        return resetPending;
    }

    int vector() {
        return vector;
    }

    void setVector(int value) {
        vector = value;
    }

    /** False if the size is none that a split queue can have. */
    boolean setSize(int value) {
        if (enabled || value < 1 || value > maxSize || Integer.bitCount(value) != 1) {
            return false;
        }
        size = value;
        return true;
    }

    /** Address 0 is the descriptor table, 1 the available ring, 2 the used ring. */
    long address(int which) {
        return which == 0 ? descriptors : which == 1 ? available : used;
    }

    boolean setAddress(int which, long value) {
        if (enabled) {
            return false;
        }
        switch (which) {
            case 0 -> descriptors = value;
            case 1 -> available = value;
            default -> used = value;
        }
        return true;
    }

    /** False if the addresses are not aligned as 2.7 demands, or wrap around. */
    boolean enable() {
        boolean aligned = (descriptors & 15) == 0 && (available & 1) == 0 && (used & 3) == 0;
        boolean wraps = descriptors < 0 || available < 0 || used < 0;
        if (!aligned || wraps) {
            return false;
        }
        mask = size - 1;
        enabled = true;
        return true;
    }

    void save(StateWriter out) {
        out.putInt("size", size);
        out.putBoolean("enabled", enabled);
        out.putInt("vector", vector);
        out.putLong("descriptors", descriptors);
        out.putLong("available", available);
        out.putLong("used", used);
        out.putInt("last-available", lastAvailable);
        out.putInt("used-index", usedIndex);
        out.putInt("signalled-used", signalledUsed);
        out.putBoolean("signalled-valid", signalledValid);
        out.putInts("returned", Arrays.copyOf(returned, returnedCount));
    }

    void restore(StateReader in, int vectors) throws StateException {
        int newSize = in.getInt("size", 1, maxSize);
        if (!setSize(newSize)) {
            throw new StateException("field size of queue " + index + " is " + newSize + "; a power of two is right");
        }
        vector = in.getInt("vector", 0, NO_VECTOR);
        descriptors = in.getLong("descriptors");
        available = in.getLong("available");
        used = in.getLong("used");
        lastAvailable = in.getInt("last-available", 0, 0xFFFF);
        seenAvailable = lastAvailable;
        usedIndex = in.getInt("used-index", 0, 0xFFFF);
        signalledUsed = in.getInt("signalled-used", 0, 0xFFFF);
        signalledValid = in.getBoolean("signalled-valid");
        int[] heads = in.getInts("returned");
        if (vector != NO_VECTOR && vector >= vectors || heads.length > size) {
            throw new StateException("queue " + index + " has a vector or returned chains out of range");
        }
        for (int head : heads) {
            if (head < 0 || head >= size) {
                throw new StateException("field returned of queue " + index + " has the head " + head);
            }
        }
        System.arraycopy(heads, 0, returned, 0, heads.length);
        returnedCount = heads.length;
        if (in.getBoolean("enabled") && !enable()) {
            throw new StateException("queue " + index + " is enabled with bad addresses");
        }
    }
}
