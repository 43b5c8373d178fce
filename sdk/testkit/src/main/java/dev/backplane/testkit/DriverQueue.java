package dev.backplane.testkit;

import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The driver's side of a split virtqueue (virtio 1.2, 2.7). Descriptors come from a free list; a buffer's descriptors
 * go back to it when {@link #poll} returns it.
 */
public final class DriverQueue {

    /** A buffer that the device has used. */
    public record Used(int head, long length) {
    }

    /** One part of a buffer. */
    public record Part(long address, long length, boolean writable) {
        /** Memory that the device reads. */
        public static Part out(long address, long length) {
            return new Part(address, length, false);
        }

        /** Memory that the device writes. */
        public static Part in(long address, long length) {
            return new Part(address, length, true);
        }
    }

    private static final int NEXT = 1;
    private static final int WRITE = 2;
    private static final int INDIRECT = 4;

    private final VirtioDriver driver;
    private final TestBench bench;
    private final int index;
    private final int size;
    private final boolean eventIndex;
    private final boolean indirectOffered;
    private final long descriptors;
    private final long available;
    private final long used;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final List<List<Integer>> chains = new ArrayList<>();
    private int availableIndex;
    private int usedIndex;
    private int notifiedIndex;

    DriverQueue(VirtioDriver driver, TestBench bench, int index, int size, boolean eventIndex, boolean indirect) {
        this.driver = driver;
        this.bench = bench;
        this.index = index;
        this.size = size;
        this.eventIndex = eventIndex;
        this.indirectOffered = indirect;
        descriptors = bench.allocate(16L * size, 16);
        available = bench.allocate(6 + 2L * size, 2);
        used = bench.allocate(6 + 8L * size, 4);
        for (int i = 0; i < size; i++) {
            free.add(i);
            chains.add(List.of());
        }
    }

    /** The address of the descriptor table. */
    public long descriptors() {
        return descriptors;
    }

    /** The address of the available ring. */
    public long available() {
        return available;
    }

    /** The address of the used ring. */
    public long used() {
        return used;
    }

    public int size() {
        return size;
    }

    /** Writes one descriptor anywhere, for tests of hostile drivers. */
    public void descriptor(long table, int number, long address, long length, int flags, int next) {
        long at = table + 16L * number;
        bench.ram().write64(at, address);
        bench.ram().write32(at + 8, (int) length);
        bench.ram().write16(at + 12, flags);
        bench.ram().write16(at + 14, next);
    }

    /** Puts a head in the available ring without any check. */
    public void publish(int head) {
        bench.ram().write16(available + 4 + 2L * (availableIndex & (size - 1)), head);
        availableIndex = (availableIndex + 1) & 0xFFFF;
        bench.ram().write16Release(available + 2, availableIndex);
    }

    /** Makes a buffer available; the device is not notified yet. Returns its head. */
    public int add(Part... parts) {
        if (free.size() < parts.length) {
            throw new AssertionError("queue " + index + " has no " + parts.length + " free descriptors");
        }
        List<Integer> chain = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            chain.add(free.remove());
        }
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            descriptor(descriptors, chain.get(i), parts[i].address(), parts[i].length(),
                (parts[i].writable() ? WRITE : 0) | (last ? 0 : NEXT), last ? 0 : chain.get(i + 1));
        }
        chains.set(chain.getFirst(), chain);
        publish(chain.getFirst());
        return chain.getFirst();
    }

    /** Makes a buffer available through an indirect table. */
    public int addIndirect(Part... parts) {
        if (!indirectOffered) {
            throw new AssertionError("indirect descriptors were not agreed on");
        }
        long table = bench.allocate(16L * parts.length, 16);
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            descriptor(table, i, parts[i].address(), parts[i].length(),
                (parts[i].writable() ? WRITE : 0) | (last ? 0 : NEXT), last ? 0 : i + 1);
        }
        int head = free.remove();
        descriptor(descriptors, head, table, 16L * parts.length, INDIRECT, 0);
        chains.set(head, List.of(head));
        publish(head);
        return head;
    }

    /** Notifies the device if it wants that; whether it did. */
    public boolean kick() {
        boolean wanted;
        VarHandle.fullFence();
        if (eventIndex) {
            int event = bench.ram().read16Acquire(used + 4 + 8L * size);
            wanted = ((availableIndex - event - 1) & 0xFFFF) < ((availableIndex - notifiedIndex) & 0xFFFF);
        } else {
            wanted = (bench.ram().read16Acquire(used) & 1) == 0;
        }
        notifiedIndex = availableIndex;
        if (wanted) {
            driver.notifyQueue(index);
        }
        return wanted;
    }

    /** Asks for an interrupt when the device has used {@code more} further buffers (with EVENT_IDX). */
    public void wantInterruptAfter(int more) {
        bench.ram().write16Release(available + 4 + 2L * size, usedIndex + more - 1);
        VarHandle.fullFence();
    }

    /** Asks for no interrupts, or for one per use (without EVENT_IDX). */
    public void interrupts(boolean wanted) {
        bench.ram().write16Release(available, wanted ? 0 : 1);
    }

    /** The driver's index in the available ring. */
    public int availableIndex() {
        return availableIndex;
    }

    /** The device's index in the used ring. */
    public int usedByDevice() {
        return bench.ram().read16Acquire(used + 2);
    }

    /** The next buffer that the device has used, or null. */
    public Used poll() {
        if (usedByDevice() == usedIndex) {
            return null;
        }
        long at = used + 4 + 8L * (usedIndex & (size - 1));
        int head = bench.ram().read32(at);
        long length = bench.ram().read32(at + 4) & 0xFFFFFFFFL;
        usedIndex = (usedIndex + 1) & 0xFFFF;
        if (head >= 0 && head < size) {
            free.addAll(chains.get(head));
            chains.set(head, List.of());
        }
        return new Used(head, length);
    }

    /** Kicks, waits for the device to use one buffer, and returns it. */
    public Used complete() {
        kick();
        Used[] result = new Used[1];
        bench.await("use of a buffer of queue " + index, () -> (result[0] = poll()) != null);
        return result[0];
    }
}
