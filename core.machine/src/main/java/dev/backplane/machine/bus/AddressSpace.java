package dev.backplane.machine.bus;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.RegisterHandler;

/**
 * An address space of a machine: guest-physical memory that is not RAM, or the I/O ports. Accesses find their range in
 * an immutable sorted snapshot, without a lock; an access that crosses the end of a range is split. What nobody claims
 * reads as all ones and swallows writes.
 *
 * <p>There are two kinds of ranges. <b>Claims</b> stand at fixed addresses and never overlap: a second claim is
 * refused.
 * <b>Movable ranges</b> are placed by the guest (BARs): they may overlap anything; a claim wins over them, and of two
 * of them the one that was placed first.
 *
 * <p>Threading: all methods may be called from any thread. A range that was closed or moved may still see accesses that
 * had been looked up before.
 */
public final class AddressSpace {
    private static final Logger LOG = LoggerFactory.getLogger(AddressSpace.class);
    private static final int MAX_UNCLAIMED_REPORTS = 256;

    private final String name;
    private final long last;
    private final List<Range> claims = new ArrayList<>();
    private final List<Range> movables = new ArrayList<>();
    private final ConcurrentHashMap<Long, Boolean> reported = new ConcurrentHashMap<>();
    private volatile RangeTable table = RangeTable.EMPTY;

    /**
     * @param name for messages, for instance {@code memory} or {@code ports}
     * @param last the highest address, unsigned
     */
    public AddressSpace(String name, long last) {
        this.name = Objects.requireNonNull(name);
        this.last = last;
    }

    /** An address space for guest-physical memory of 52 bits. */
    public static AddressSpace memory() {
        return new AddressSpace("memory", (1L << 52) - 1);
    }

    /** An address space for I/O ports. */
    public static AddressSpace ports() {
        return new AddressSpace("port", 0xFFFF);
    }

    /** A range in the space; closing it takes it out, closing it again does nothing. */
    public interface Claim extends AutoCloseable {
        @Override
        void close();
    }

    /** A range that the guest places. Hidden at first. */
    public interface MovableRange extends Claim {
        /**
         * Places it, away from where it was. One that does not fit below the end of the space is hidden.
         *
         * @param address what becomes offset 0
         */
        void place(long address);

        /** Takes it out of sight until it is placed again. */
        void hide();
    }

    private static final class Range {
        final String owner;
        final long size;
        final RegisterHandler handler;
        long first;

        Range(String owner, long first, long size, RegisterHandler handler) {
            this.owner = Objects.requireNonNull(owner);
            this.first = first;
            this.size = size;
            this.handler = Objects.requireNonNull(handler);
        }

        long end() {
            return first + size - 1;
        }
    }

    /**
     * Claims a fixed range.
     *
     * @param owner   for messages
     * @param first   the lowest address
     * @param size    in bytes, at least 1
     * @param handler gets accesses with offsets from {@code first}
     * @throws DeviceException if it overlaps another claim; the message names both owners
     */
    public Claim claim(String owner, long first, long size, RegisterHandler handler) throws DeviceException {
        if (first < 0 || size <= 0 || first > last || size - 1 > last - first) {
            throw new DeviceException("%s range 0x%x of 0x%x bytes of %s lies outside 0x0-0x%x"
                .formatted(name, first, size, owner, last));
        }
        Range range = new Range(owner, first, size, handler);
        synchronized (this) {
            for (Range other : claims) {
                if (range.first <= other.end() && other.first <= range.end()) {
                    throw new DeviceException("%s range 0x%x-0x%x of %s collides with 0x%x-0x%x of %s".formatted(name,
                        range.first, range.end(), owner, other.first, other.end(), other.owner));
                }
            }
            claims.add(range);
            rebuild();
        }
        return () -> release(range);
    }

    /**
     * Makes a range that the guest places.
     *
     * @param owner   for messages
     * @param size    in bytes, at least 1
     * @param handler gets accesses with offsets from where the range was placed
     */
    public MovableRange movable(String owner, long size, RegisterHandler handler) {
        if (size <= 0) {
            throw new IllegalArgumentException("size " + size);
        }
        Range range = new Range(owner, -1, size, handler);
        return new MovableRange() {
            @Override
            public void place(long address) {
                synchronized (AddressSpace.this) {
                    if (range.first == address) {
                        return;
                    }
                    movables.remove(range);
                    range.first = address;
                    if (address >= 0 && address <= last && range.size - 1 <= last - address) {
                        movables.add(range);
                    } else {
                        range.first = -1;
                    }
                    rebuild();
                }
            }

            @Override
            public void hide() {
                release(range);
            }

            @Override
            public void close() {
                release(range);
            }
        };
    }

    private synchronized void release(Range range) {
        boolean gone = claims.remove(range) | movables.remove(range);
        range.first = -1;
        if (gone) {
            rebuild();
        }
    }

    /** Who claims the address now, or null. */
    public String ownerAt(long address) {
        RangeTable.Entry e = table.find(address);
        return e == null ? null : e.owner();
    }

    /**
     * Reads.
     *
     * @param size 1, 2, 4 or 8 bytes, not crossing an 8-byte boundary
     * @return zero-extended
     */
    public long read(long address, int size) {
        RangeTable.Entry e = table.find(address);
        if (e != null && size - 1 <= e.last() - address) {
            return e.handler().read(address - e.origin(), size) & mask(size);
        }
        return readElsewhere(e, address, size);
    }

    private long readElsewhere(RangeTable.Entry e, long address, int size) {
        if (size == 1 || e == null && !table.touches(address, size)) {
            unclaimed("read", address, size);
            return mask(size);
        }
        int half = size >> 1;
        return read(address, half) | read(address + half, half) << (half * 8);
    }

    /**
     * Writes.
     *
     * @param size 1, 2, 4 or 8 bytes, not crossing an 8-byte boundary
     */
    public void write(long address, int size, long value) {
        RangeTable.Entry e = table.find(address);
        if (e != null && size - 1 <= e.last() - address) {
            e.handler().write(address - e.origin(), size, value & mask(size));
            return;
        }
        if (size == 1 || e == null && !table.touches(address, size)) {
            unclaimed("write", address, size);
            return;
        }
        int half = size >> 1;
        write(address, half, value);
        write(address + half, half, value >>> (half * 8));
    }

    private static long mask(int size) {
        return -1L >>> (64 - size * 8);
    }

    private void unclaimed(String what, long address, int size) {
        if (LOG.isDebugEnabled() && reported.size() < MAX_UNCLAIMED_REPORTS
            && reported.putIfAbsent(address, Boolean.TRUE) == null) {
            LOG.debug("{} of {} bytes at {} 0x{}, which nobody claims", what, size, name, Long.toHexString(address));
        }
    }

    /** Resolves overlaps into disjoint entries; called under the lock. */
    private void rebuild() {
        List<RangeTable.Entry> entries = new ArrayList<>();
        for (Range r : claims) {
            entries.add(new RangeTable.Entry(r.first, r.end(), r.first, r.owner, r.handler));
        }
        for (Range r : movables) {
            addGaps(entries, r);
        }
        entries.sort(Comparator.comparingLong(RangeTable.Entry::first));
        table = new RangeTable(entries);
    }

    private static void addGaps(List<RangeTable.Entry> entries, Range r) {
        entries.sort(Comparator.comparingLong(RangeTable.Entry::first));
        List<RangeTable.Entry> gaps = new ArrayList<>();
        long at = r.first;
        for (RangeTable.Entry e : entries) {
            if (e.last() < at) {
                continue;
            }
            if (e.first() > r.end()) {
                break;
            }
            if (e.first() > at) {
                gaps.add(new RangeTable.Entry(at, e.first() - 1, r.first, r.owner, r.handler));
            }
            at = e.last() + 1;
        }
        if (at <= r.end()) {
            gaps.add(new RangeTable.Entry(at, r.end(), r.first, r.owner, r.handler));
        }
        entries.addAll(gaps);
    }
}
