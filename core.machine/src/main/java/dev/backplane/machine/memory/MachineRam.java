package dev.backplane.machine.memory;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.backplane.api.memory.GuestRam;
import dev.backplane.api.memory.RamListener;
import dev.backplane.api.memory.RamRegion;

/** The RAM of one machine from power-on to power-off, laid out by its {@link MemoryMap}. */
public final class MachineRam implements GuestRam, AutoCloseable {
    private static final VarHandle FLAG = MethodHandles.arrayElementVarHandle(byte[].class);
    private static final byte CODE = 1;
    private static final byte DIRTY = 2;
    private static final int PAGE_SHIFT = 12;

    private final MemoryMap map;
    private final HostMemory host;
    private final RamRegion[] regions;
    private final List<RamRegion> regionList;
    /** One byte of marks for each page of {@link #host}. */
    private final byte[] marks;
    private final CopyOnWriteArrayList<RamListener> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean dirtyTracking;

    /** Allocates the RAM of a machine, zeroed. */
    public MachineRam(String machine, MemoryMap map) {
        this.map = map;
        host = HostMemory.allocate(machine, map.lowRam() + map.highRam());
        MemorySegment all = host.segment();
        long afterVga = MemoryMap.VGA_BASE + MemoryMap.VGA_SIZE;
        RamRegion base = new RamRegion(0, all.asSlice(0, MemoryMap.VGA_BASE), false, "ram-base");
        RamRegion low = new RamRegion(afterVga, all.asSlice(afterVga, map.lowRam() - afterVga), false, "ram-low");
        regions = map.highRam() == 0
            ? new RamRegion[] {low, base}
            : new RamRegion[] {low, new RamRegion(MemoryMap.HIGH_RAM_BASE,
                all.asSlice(map.lowRam(), map.highRam()), false, "ram-high"), base};
        regionList = List.of(regions).stream()
            .sorted((a, b) -> Long.compare(a.guestAddress(), b.guestAddress())).toList();
        marks = new byte[(int) (all.byteSize() >>> PAGE_SHIFT)];
    }

    public MemoryMap map() {
        return map;
    }

    /** The host memory behind all regions, low RAM first, then high RAM. */
    public HostMemory host() {
        return host;
    }

    @Override
    public List<RamRegion> regions() {
        return regionList;
    }

    @Override
    public RamRegion regionAt(long guestAddress) {
        return find(guestAddress, 1);
    }

    /** The region that holds all of the bytes, or null. */
    RamRegion find(long address, long length) {
        for (RamRegion r : regions) {
            if (r.contains(address, length)) {
                return r;
            }
        }
        return null;
    }

    /** The index in {@link #marks} of an address, or -1. */
    private int page(long address) {
        long offset;
        if (address >= MemoryMap.HIGH_RAM_BASE) {
            offset = address - MemoryMap.HIGH_RAM_BASE + map.lowRam();
        } else {
            offset = address >= map.lowRam() ? -1 : address;
        }
        return offset < 0 || offset >= map.lowRam() + map.highRam() ? -1 : (int) (offset >>> PAGE_SHIFT);
    }

    private void set(long address, byte mark) {
        int page = page(address);
        if (page >= 0 && ((byte) FLAG.getVolatile(marks, page) & mark) == 0) {
            byte ignored = (byte) FLAG.getAndBitwiseOr(marks, page, mark);
        }
    }

    private boolean has(long address, byte mark) {
        int page = page(address);
        return page >= 0 && ((byte) FLAG.getVolatile(marks, page) & mark) != 0;
    }

    private void clear(long address, byte mark) {
        int page = page(address);
        if (page >= 0) {
            byte ignored = (byte) FLAG.getAndBitwiseAnd(marks, page, (byte) ~mark);
        }
    }

    @Override
    public void markCode(long guestAddress) {
        set(guestAddress, CODE);
        // The caller reads the page next: a device's write must be seen by that read, or see the mark.
        VarHandle.fullFence();
    }

    @Override
    public void clearCode(long guestAddress) {
        clear(guestAddress, CODE);
    }

    @Override
    public boolean isCode(long guestAddress) {
        return has(guestAddress, CODE);
    }

    @Override
    public boolean dirtyTracking() {
        return dirtyTracking;
    }

    /** Begins (with no page dirty) or ends dirty tracking. */
    public void dirtyTracking(boolean on) {
        if (on) {
            for (int i = 0; i < marks.length; i++) {
                byte ignored = (byte) FLAG.getAndBitwiseAnd(marks, i, (byte) ~DIRTY);
            }
        }
        dirtyTracking = on;
        listeners.forEach(RamListener::dirtyTrackingChanged);
    }

    @Override
    public void markDirty(long guestAddress) {
        set(guestAddress, DIRTY);
    }

    /** Whether the page that holds the address was written since dirty tracking began. */
    public boolean isDirty(long guestAddress) {
        return has(guestAddress, DIRTY);
    }

    /** Does what a write by anybody but a vCPU asks for. Called after the write; the range lies in one region. */
    void written(long address, long length) {
        if (length <= 0) {
            return;
        }
        VarHandle.fullFence();
        boolean code = false;
        boolean tracking = dirtyTracking;
        int last = page(address + length - 1);
        for (int p = page(address); p <= last; p++) {
            code |= ((byte) FLAG.getOpaque(marks, p) & CODE) != 0;
            if (tracking) {
                byte ignored = (byte) FLAG.getAndBitwiseOr(marks, p, DIRTY);
            }
        }
        if (code) {
            for (RamListener l : listeners) {
                l.codeWritten(address, length);
            }
        }
    }

    @Override
    public void addListener(RamListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(RamListener listener) {
        listeners.remove(listener);
    }

    /** Gives the memory back; see {@link HostMemory#close}. */
    @Override
    public void close() {
        host.close();
    }
}
