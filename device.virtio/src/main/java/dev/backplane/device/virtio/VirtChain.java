package dev.backplane.device.virtio;

import java.util.Arrays;

import dev.backplane.api.memory.GuestMemory;

/**
 * One buffer of a driver: a chain of descriptors, first those that the device reads, then those that it writes
 * (virtio 1.2, 2.7.4). Every segment was in guest RAM when the chain was taken. Neighbouring descriptors that are
 * contiguous in guest-physical memory are one segment here, since framing carries no meaning (2.7.4.1).
 *
 * <p>Chains are reused: one is valid from {@link VirtQueue#take} until it is completed or put back. Threading: between
 * the two, any one thread at a time may use it, with a happens-before edge at each hand-over.
 */
public final class VirtChain {
    /** The most segments of one chain. */
    public static final int MAX_SEGMENTS = 1024;

    private final VirtQueue queue;
    private final GuestMemory memory;
    private long[] addresses = new long[8];
    private long[] lengths = new long[8];
    private int count;
    private int readable;
    private long readableLength;
    private long writableLength;
    private Object attachment;
    int head;
    int generation;

    VirtChain(VirtQueue queue, GuestMemory memory) {
        this.queue = queue;
        this.memory = memory;
    }

    void clear(int newHead) {
        head = newHead;
        count = 0;
        readable = 0;
        readableLength = 0;
        writableLength = 0;
    }

    /** Adds a descriptor's buffer; false if the chain would become too long. */
    boolean add(long address, long length, boolean writable) {
        long total = readableLength + writableLength + length;
        if (total > 0xFFFF_FFFFL) {
            return false;
        }
        boolean first = writable ? count == readable : count == 0;
        if (!first && addresses[count - 1] + lengths[count - 1] == address) {
            lengths[count - 1] += length;
        } else if (length > 0) {
            if (count == MAX_SEGMENTS) {
                return false;
            }
            if (count == addresses.length) {
                addresses = Arrays.copyOf(addresses, count * 2);
                lengths = Arrays.copyOf(lengths, count * 2);
            }
            addresses[count] = address;
            lengths[count] = length;
            count++;
            if (!writable) {
                readable = count;
            }
        }
        if (writable) {
            writableLength += length;
        } else {
            readableLength += length;
        }
        return true;
    }

    /** The queue it came from. */
    public VirtQueue queue() {
        return queue;
    }

    /** How many segments the device reads; they have the numbers from 0. */
    public int readableSegments() {
        return readable;
    }

    /** How many segments there are in all; those that the device writes follow those that it reads. */
    public int segments() {
        return count;
    }

    /** Where a segment begins in guest-physical memory. */
    public long address(int segment) {
        return addresses[segment];
    }

    /** Bytes of a segment, at least 1. */
    public long length(int segment) {
        return lengths[segment];
    }

    /** Bytes that the device reads, 0 to 2^32 - 1. */
    public long readableLength() {
        return readableLength;
    }

    /** Bytes that the device may write, 0 to 2^32 - 1. */
    public long writableLength() {
        return writableLength;
    }

    /** What a device keeps with this object from use to use, to need no allocation; null at first. */
    public Object attachment() {
        return attachment;
    }

    public void attach(Object value) {
        attachment = value;
    }

    /**
     * Copies from the part that the device reads, at {@code position} from its start.
     *
     * @return false, with the target undefined, if it is not that long or RAM cannot be reached
     */
    public boolean read(long position, byte[] target, int offset, int length) {
        if (position < 0 || position > readableLength - length) {
            return false;
        }
        long skip = position;
        int done = 0;
        for (int i = 0; i < readable && done < length; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            int now = (int) Math.min(lengths[i] - skip, length - done);
            if (!memory.read(addresses[i] + skip, target, offset + done, now)) {
                return false;
            }
            done += now;
            skip = 0;
        }
        return done == length;
    }

    /**
     * Copies to the part that the device writes, at {@code position} from its start.
     *
     * @return false, with RAM partly written, if it is not that long or RAM cannot be reached
     */
    public boolean write(long position, byte[] source, int offset, int length) {
        if (position < 0 || position > writableLength - length) {
            return false;
        }
        long skip = position;
        int done = 0;
        for (int i = readable; i < count && done < length; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            int now = (int) Math.min(lengths[i] - skip, length - done);
            if (!memory.write(addresses[i] + skip, source, offset + done, now)) {
                return false;
            }
            done += now;
            skip = 0;
        }
        return done == length;
    }

    /** Reads a byte of the part that the device reads; 0 beyond its end. */
    public int read8(long position) {
        long skip = position;
        for (int i = 0; i < readable; i++) {
            if (skip < lengths[i]) {
                return skip < 0 ? 0 : memory.read8(addresses[i] + skip);
            }
            skip -= lengths[i];
        }
        return 0;
    }

    /** Reads 4 bytes of the part that the device reads; those beyond its end are 0. */
    public int read32(long position) {
        if (readable > 0 && position >= 0 && position <= lengths[0] - 4) {
            return memory.read32(addresses[0] + position);
        }
        return read8(position) | read8(position + 1) << 8 | read8(position + 2) << 16 | read8(position + 3) << 24;
    }

    /** Reads 8 bytes of the part that the device reads; those beyond its end are 0. */
    public long read64(long position) {
        if (readable > 0 && position >= 0 && position <= lengths[0] - 8) {
            return memory.read64(addresses[0] + position);
        }
        return read32(position) & 0xFFFF_FFFFL | (long) read32(position + 4) << 32;
    }

    /** Writes a byte of the part that the device writes; nothing beyond its end. */
    public void write8(long position, int value) {
        long skip = position;
        for (int i = readable; i < count && skip >= 0; i++) {
            if (skip < lengths[i]) {
                memory.write8(addresses[i] + skip, value);
                return;
            }
            skip -= lengths[i];
        }
    }
}
