package dev.backplane.testkit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

import dev.backplane.api.memory.GuestMemory;

/**
 * Guest RAM in two parts: low RAM from address 0, high RAM from {@link #HIGH_BASE}. It exists in two views of the same
 * bytes: the test's own, and the device's, which obeys Bus Master Enable, counts what it refuses, and notices writes to
 * guarded ranges.
 */
public final class TestMemory implements GuestMemory {
    /** Where high RAM begins: 4 GiB. */
    public static final long HIGH_BASE = 1L << 32;

    private static final ValueLayout.OfShort SHORT =
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle ALIGNED_SHORT =
        ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private final MemorySegment low;
    private final MemorySegment high;
    private final BooleanSupplier open;
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong trespasses = new AtomicLong();
    private final AtomicLong writes = new AtomicLong();
    private volatile long guardStart;
    private volatile long guardLength;

    TestMemory(long lowSize, long highSize) {
        low = Arena.ofAuto().allocate(lowSize, 4096);
        high = Arena.ofAuto().allocate(Math.max(highSize, 1), 4096).asSlice(0, highSize);
        open = () -> true;
    }

    private TestMemory(TestMemory other, BooleanSupplier open) {
        low = other.low;
        high = other.high;
        this.open = open;
    }

    TestMemory deviceView(BooleanSupplier busMaster) {
        return new TestMemory(this, busMaster);
    }

    /** Bytes of RAM from address 0. */
    public long lowSize() {
        return low.byteSize();
    }

    /** Bytes of RAM from {@link #HIGH_BASE}. */
    public long highSize() {
        return high.byteSize();
    }

    /** How many accesses could not be carried out. */
    public long refused() {
        return refused.get();
    }

    /** How many writes (or writable slices) were carried out. */
    public long writes() {
        return writes.get();
    }

    /** Guards one range: from now on a write to it is counted in {@link #trespasses()} (and still carried out). */
    public void guard(long address, long length) {
        guardLength = 0;
        guardStart = address;
        guardLength = length;
    }

    /** How many writes touched the guarded range. */
    public long trespasses() {
        return trespasses.get();
    }

    private MemorySegment find(long address, long length) {
        if (length < 0 || !open.getAsBoolean()) {
            return null;
        }
        if (address >= 0 && address <= low.byteSize() - length) {
            return low;
        }
        long offset = address - HIGH_BASE;
        return offset >= 0 && address >= 0 && offset <= high.byteSize() - length ? high : null;
    }

    private MemorySegment locate(long address, long length) {
        MemorySegment found = find(address, length);
        if (found == null) {
            refused.incrementAndGet();
        }
        return found;
    }

    private MemorySegment locateForWrite(long address, long length) {
        MemorySegment found = locate(address, length);
        if (found != null) {
            writes.incrementAndGet();
            long guarded = guardLength;
            if (guarded > 0 && length > 0 && address < guardStart + guarded && address + length > guardStart) {
                trespasses.incrementAndGet();
            }
        }
        return found;
    }

    private long offset(MemorySegment part, long address) {
        return part == low ? address : address - HIGH_BASE;
    }

    @Override
    public boolean contains(long address, long length) {
        return find(address, length) != null;
    }

    @Override
    public int read8(long address) {
        MemorySegment part = locate(address, 1);
        return part == null ? 0xFF : part.get(ValueLayout.JAVA_BYTE, offset(part, address)) & 0xFF;
    }

    @Override
    public int read16(long address) {
        MemorySegment part = locate(address, 2);
        return part == null ? 0xFFFF : part.get(SHORT, offset(part, address)) & 0xFFFF;
    }

    @Override
    public int read32(long address) {
        MemorySegment part = locate(address, 4);
        return part == null ? -1 : part.get(INT, offset(part, address));
    }

    @Override
    public long read64(long address) {
        MemorySegment part = locate(address, 8);
        return part == null ? -1 : part.get(LONG, offset(part, address));
    }

    @Override
    public void write8(long address, int value) {
        MemorySegment part = locateForWrite(address, 1);
        if (part != null) {
            part.set(ValueLayout.JAVA_BYTE, offset(part, address), (byte) value);
        }
    }

    @Override
    public void write16(long address, int value) {
        MemorySegment part = locateForWrite(address, 2);
        if (part != null) {
            part.set(SHORT, offset(part, address), (short) value);
        }
    }

    @Override
    public void write32(long address, int value) {
        MemorySegment part = locateForWrite(address, 4);
        if (part != null) {
            part.set(INT, offset(part, address), value);
        }
    }

    @Override
    public void write64(long address, long value) {
        MemorySegment part = locateForWrite(address, 8);
        if (part != null) {
            part.set(LONG, offset(part, address), value);
        }
    }

    @Override
    public int read16Acquire(long address) {
        if ((address & 1) != 0) {
            return read16(address);
        }
        MemorySegment part = locate(address, 2);
        return part == null ? 0xFFFF : (short) ALIGNED_SHORT.getAcquire(part, offset(part, address)) & 0xFFFF;
    }

    @Override
    public void write16Release(long address, int value) {
        if ((address & 1) != 0) {
            write16(address, value);
            return;
        }
        MemorySegment part = locateForWrite(address, 2);
        if (part != null) {
            ALIGNED_SHORT.setRelease(part, offset(part, address), (short) value);
        }
    }

    @Override
    public boolean read(long address, byte[] target, int offset, int length) {
        MemorySegment part = locate(address, length);
        if (part == null) {
            return false;
        }
        MemorySegment.copy(part, ValueLayout.JAVA_BYTE, offset(part, address), target, offset, length);
        return true;
    }

    @Override
    public boolean write(long address, byte[] source, int offset, int length) {
        MemorySegment part = locateForWrite(address, length);
        if (part == null) {
            return false;
        }
        MemorySegment.copy(source, offset, part, ValueLayout.JAVA_BYTE, offset(part, address), length);
        return true;
    }

    @Override
    public boolean read(long address, MemorySegment target, long offset, long length) {
        MemorySegment part = locate(address, length);
        if (part == null) {
            return false;
        }
        MemorySegment.copy(part, offset(part, address), target, offset, length);
        return true;
    }

    @Override
    public boolean write(long address, MemorySegment source, long offset, long length) {
        MemorySegment part = locateForWrite(address, length);
        if (part == null) {
            return false;
        }
        MemorySegment.copy(source, offset, part, offset(part, address), length);
        return true;
    }

    @Override
    public boolean fill(long address, long length, byte value) {
        MemorySegment part = locateForWrite(address, length);
        if (part == null) {
            return false;
        }
        part.asSlice(offset(part, address), length).fill(value);
        return true;
    }

    @Override
    public MemorySegment slice(long address, long length) {
        MemorySegment part = locate(address, length);
        return part == null ? null : part.asSlice(offset(part, address), length).asReadOnly();
    }

    @Override
    public MemorySegment writableSlice(long address, long length) {
        MemorySegment part = locateForWrite(address, length);
        return part == null ? null : part.asSlice(offset(part, address), length);
    }

    @Override
    public void written(long address, long length) {
        if (find(address, length) == null) {
            refused.incrementAndGet();
        }
    }

    /** A new array with the bytes of a range of RAM. */
    public byte[] bytes(long address, int length) {
        byte[] result = new byte[length];
        if (!read(address, result, 0, length)) {
            throw new IllegalArgumentException("0x%x + %d is not RAM".formatted(address, length));
        }
        return result;
    }
}
