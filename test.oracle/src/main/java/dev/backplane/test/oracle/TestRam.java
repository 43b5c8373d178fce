package dev.backplane.test.oracle;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.backplane.api.memory.GuestRam;
import dev.backplane.api.memory.RamListener;
import dev.backplane.api.memory.RamRegion;

/** Guest RAM of a few regions; it remembers which pages hold code. */
abstract class TestRam implements GuestRam {
    private List<RamRegion> regions = List.of();
    private final Set<Long> codePages = ConcurrentHashMap.newKeySet();
    private final List<RamListener> listeners = new CopyOnWriteArrayList<>();

    /** To be called once, by the constructor. */
    final void setRegions(List<RamRegion> list) {
        regions = list;
    }

    /** Tells CPU backends that code was replaced from outside. */
    final void codeChanged(long address, long length) {
        for (long page = address & -PAGE_SIZE; page < address + length; page += PAGE_SIZE) {
            if (isCode(page)) {
                listeners.forEach(l -> l.codeWritten(address, length));
                return;
            }
        }
    }

    /** Tells CPU backends that everything was replaced from outside. */
    final void contentsChanged() {
        for (long page : codePages) {
            listeners.forEach(l -> l.codeWritten(page, PAGE_SIZE));
        }
    }

    @Override
    public List<RamRegion> regions() {
        return regions;
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
