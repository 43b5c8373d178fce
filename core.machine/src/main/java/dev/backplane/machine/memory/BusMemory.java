package dev.backplane.machine.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.function.BooleanSupplier;

import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.memory.RamRegion;

/** RAM as one bus master reaches it. */
public final class BusMemory implements GuestMemory {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle ALIGNED_SHORT =
        ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private final MachineRam ram;
    private final BooleanSupplier enabled;
    private final Runnable abort;

    /**
     * @param enabled whether accesses are let through now; any thread, does not block
     * @param abort   counts an access that was refused; any thread, does not block
     */
    public BusMemory(MachineRam ram, BooleanSupplier enabled, Runnable abort) {
        this.ram = Objects.requireNonNull(ram);
        this.enabled = Objects.requireNonNull(enabled);
        this.abort = Objects.requireNonNull(abort);
    }

    /** RAM for the core itself: always reached. */
    public static BusMemory ofCore(MachineRam ram) {
        return new BusMemory(ram, () -> true, () -> { });
    }

    private RamRegion find(long address, long length) {
        RamRegion r = ram.find(address, length);
        if (r == null || !enabled.getAsBoolean()) {
            abort.run();
            return null;
        }
        return r;
    }

    private RamRegion findForWrite(long address, long length) {
        RamRegion r = find(address, length);
        if (r != null && r.readOnly()) {
            abort.run();
            return null;
        }
        return r;
    }

    @Override
    public boolean contains(long address, long length) {
        return ram.find(address, length) != null && enabled.getAsBoolean();
    }

    @Override
    public int read8(long address) {
        RamRegion r = find(address, 1);
        return r == null ? 0xFF : r.memory().get(BYTE, address - r.guestAddress()) & 0xFF;
    }

    @Override
    public int read16(long address) {
        RamRegion r = find(address, 2);
        return r == null ? 0xFFFF : r.memory().get(SHORT, address - r.guestAddress()) & 0xFFFF;
    }

    @Override
    public int read32(long address) {
        RamRegion r = find(address, 4);
        return r == null ? -1 : r.memory().get(INT, address - r.guestAddress());
    }

    @Override
    public long read64(long address) {
        RamRegion r = find(address, 8);
        return r == null ? -1 : r.memory().get(LONG, address - r.guestAddress());
    }

    @Override
    public void write8(long address, int value) {
        RamRegion r = findForWrite(address, 1);
        if (r != null) {
            r.memory().set(BYTE, address - r.guestAddress(), (byte) value);
            ram.written(address, 1);
        }
    }

    @Override
    public void write16(long address, int value) {
        RamRegion r = findForWrite(address, 2);
        if (r != null) {
            r.memory().set(SHORT, address - r.guestAddress(), (short) value);
            ram.written(address, 2);
        }
    }

    @Override
    public void write32(long address, int value) {
        RamRegion r = findForWrite(address, 4);
        if (r != null) {
            r.memory().set(INT, address - r.guestAddress(), value);
            ram.written(address, 4);
        }
    }

    @Override
    public void write64(long address, long value) {
        RamRegion r = findForWrite(address, 8);
        if (r != null) {
            r.memory().set(LONG, address - r.guestAddress(), value);
            ram.written(address, 8);
        }
    }

    @Override
    public int read16Acquire(long address) {
        if ((address & 1) != 0) {
            return read16(address);
        }
        RamRegion r = find(address, 2);
        return r == null ? 0xFFFF
            : (short) ALIGNED_SHORT.getAcquire(r.memory(), address - r.guestAddress()) & 0xFFFF;
    }

    @Override
    public void write16Release(long address, int value) {
        if ((address & 1) != 0) {
            write16(address, value);
            return;
        }
        RamRegion r = findForWrite(address, 2);
        if (r != null) {
            ALIGNED_SHORT.setRelease(r.memory(), address - r.guestAddress(), (short) value);
            ram.written(address, 2);
        }
    }

    @Override
    public boolean read(long address, byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        RamRegion r = find(address, length);
        if (r == null) {
            return false;
        }
        MemorySegment.copy(r.memory(), BYTE, address - r.guestAddress(), target, offset, length);
        return true;
    }

    @Override
    public boolean write(long address, byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        RamRegion r = findForWrite(address, length);
        if (r == null) {
            return false;
        }
        MemorySegment.copy(source, offset, r.memory(), BYTE, address - r.guestAddress(), length);
        ram.written(address, length);
        return true;
    }

    @Override
    public boolean read(long address, MemorySegment target, long offset, long length) {
        Objects.checkFromIndexSize(offset, length, target.byteSize());
        RamRegion r = find(address, length);
        if (r == null) {
            return false;
        }
        MemorySegment.copy(r.memory(), address - r.guestAddress(), target, offset, length);
        return true;
    }

    @Override
    public boolean write(long address, MemorySegment source, long offset, long length) {
        Objects.checkFromIndexSize(offset, length, source.byteSize());
        RamRegion r = findForWrite(address, length);
        if (r == null) {
            return false;
        }
        MemorySegment.copy(source, offset, r.memory(), address - r.guestAddress(), length);
        ram.written(address, length);
        return true;
    }

    @Override
    public boolean fill(long address, long length, byte value) {
        RamRegion r = findForWrite(address, length);
        if (r == null) {
            return false;
        }
        r.memory().asSlice(address - r.guestAddress(), length).fill(value);
        ram.written(address, length);
        return true;
    }

    @Override
    public MemorySegment slice(long address, long length) {
        RamRegion r = find(address, length);
        return r == null ? null : r.memory().asSlice(address - r.guestAddress(), length).asReadOnly();
    }

    @Override
    public MemorySegment writableSlice(long address, long length) {
        RamRegion r = findForWrite(address, length);
        return r == null ? null : r.memory().asSlice(address - r.guestAddress(), length);
    }

    @Override
    public void written(long address, long length) {
        if (ram.find(address, length) != null) {
            ram.written(address, length);
        }
    }
}
