package dev.backplane.test.oracle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.backplane.api.memory.GuestRam;
import dev.backplane.api.memory.RamListener;
import dev.backplane.api.memory.RamRegion;

/** RAM with regions at the addresses of {@link Layout}, and a low one for page tables and descriptor tables. */
final class OracleRam implements GuestRam {
    final MemorySegment low;
    final MemorySegment memory;
    final MemorySegment code;
    private final List<RamRegion> regions;
    private final Set<Long> codePages = ConcurrentHashMap.newKeySet();
    private final List<RamListener> listeners = new CopyOnWriteArrayList<>();

    OracleRam(Arena arena) {
        low = arena.allocate(0x10000, PAGE_SIZE);
        memory = arena.allocate(Layout.MEMORY_SIZE, PAGE_SIZE);
        code = arena.allocate(Layout.CODE_SIZE, PAGE_SIZE);
        regions = List.of(new RamRegion(0, low, false, "low"), new RamRegion(Layout.DATA, memory, false, "data"),
            new RamRegion(Layout.CODE, code, false, "code"));
    }

    /** Tells CPU backends that code was replaced from outside. */
    void codeChanged(long address, long length) {
        for (long page = address & -PAGE_SIZE; page < address + length; page += PAGE_SIZE) {
            if (isCode(page)) {
                listeners.forEach(l -> l.codeWritten(address, length));
                return;
            }
        }
    }

    @Override
    public List<RamRegion> regions() {
        return regions;
    }

    @Override
    public RamRegion regionAt(long guestAddress) {
        for (RamRegion r : regions) {
            if (r.contains(guestAddress, 1)) {
                return r;
            }
        }
        return null;
    }

    @Override
    public void markCode(long guestAddress) {
        codePages.add(guestAddress & -PAGE_SIZE);
    }

    @Override
    public void clearCode(long guestAddress) {
        codePages.remove(guestAddress & -PAGE_SIZE);
    }

    @Override
    public boolean isCode(long guestAddress) {
        return codePages.contains(guestAddress & -PAGE_SIZE);
    }

    @Override
    public boolean dirtyTracking() {
        return false;
    }

    @Override
    public void markDirty(long guestAddress) {
    }

    @Override
    public void addListener(RamListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(RamListener listener) {
        listeners.remove(listener);
    }
}
