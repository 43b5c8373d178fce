package dev.backplane.cpu.x86;

import java.util.List;

import dev.backplane.api.cpu.DebugPoint;

/** The other side of {@link Mem}: TLB misses, devices, pages with code, page crossings, debug-register matches. */
public final class MemSlow {
    public static final int TABLE_BYTES = Mem.ENTRIES << 5;
    /** Table numbers. */
    static final int SUPERVISOR = 0;
    static final int SUPERVISOR_AC = 1;
    public static final int USER = 2;
    static final int ALIGNED = 3;
    private static final int TABLES = 4;
    /**
     * Behind the tables, for each of them two lists of the slots (as offsets, ints) that have been filled: with pages
     * that are not global, with global ones. A slot stands in each at most once.
     */
    public static final int LISTS = TABLES * TABLE_BYTES;
    public static final int LIST_BYTES = Mem.ENTRIES << 2;
    /** Behind the lists, how many slots each has, as longs. */
    public static final int COUNTS = LISTS + 2 * TABLES * LIST_BYTES;
    /** The size of all tables with their lists. */
    public static final int TABLES_BYTES = COUNTS + 16 * TABLES;
    private static final long PAGE = ~0xFFFL;

    private long tables;
    private boolean ownTables = true;
    /** Debug-register hits (DR6 bits 3:0) of data accesses since the engine last looked. */
    public int watchHits;
    /** TLB misses, for people. */
    public long misses;

    private final Cpu c;
    private final Mem mem;
    private final PhysicalMemory physical;
    private final Paging paging;
    private int current;
    private boolean watching;
    /** Null: no debugger watches data. */
    private DebugWatches debugger;

    MemSlow(Cpu c, Mem mem, PhysicalMemory physical) {
        this.c = c;
        this.mem = mem;
        this.physical = physical;
        paging = new Paging(c, physical);
        tables = Raw.allocate(TABLES_BYTES);
        empty();
    }

    /**
     * Moves the tables to memory of an engine that looks at them from machine code: {@link #TABLES_BYTES} bytes, which
     * stay the engine's. Every entry is dropped.
     *
     * @param bytes {@link #TABLES_BYTES} as the engine was compiled with
     */
    public void useTables(long address, int bytes) {
        if (bytes != TABLES_BYTES) {
            throw new IllegalStateException("the engine was built for another version of cpu.x86");
        }
        close();
        ownTables = false;
        tables = address;
        empty();
        select();
    }

    /** The address of the table in use, see {@link Mem}. */
    public long table() {
        return tables + (long) current * TABLE_BYTES;
    }

    /** Whether every access takes the slow way now: alignment is checked. */
    public boolean checksAlignment() {
        return current == ALIGNED;
    }

    /** Number of the table in use: supervisor, supervisor with AC, user. */
    public int tableNumber() {
        return current;
    }

    private void empty() {
        for (int t = 0; t < TABLES; t++) {
            for (int slot = 0; slot < Mem.WRITE; slot += 8) {
                clear(tables + (long) t * TABLE_BYTES + slot, slot);
                Raw.plainPut64(tables + (long) t * TABLE_BYTES + slot + Mem.STATE, 0);
            }
        }
        for (int list = 0; list < 2 * TABLES; list++) {
            count(list, 0);
        }
    }

    private int count(int list) {
        return (int) Raw.plain64(tables + COUNTS + 8 * list);
    }

    private void count(int list, int n) {
        Raw.plainPut64(tables + COUNTS + 8 * list, n);
    }

    private int listed(int list, int i) {
        return Raw.get32(tables + LISTS + (long) list * LIST_BYTES + 4L * i);
    }

    /** A tag that no address of the slot has: that of a page half a table away. */
    private static long none(int slot) {
        return (long) (slot >> 3 ^ Mem.ENTRIES / 2) << 12;
    }

    public Paging paging() {
        return paging;
    }

    public PhysicalMemory physical() {
        return physical;
    }

    /** Frees the tables; the CPU does not run again. */
    public void close() {
        if (ownTables) {
            Raw.free(tables);
        }
    }

    /** Chooses the table for the current privilege level and flags. */
    public void select() {
        if (c.cpl < 3) {
            current = (c.eflags & Flags.AC) != 0 ? SUPERVISOR_AC : SUPERVISOR;
        } else {
            current = (c.eflags & Flags.AC) != 0 && (c.cr0 & Cpu.CR0_AM) != 0 ? ALIGNED : USER;
        }
        mem.table = tables + (long) current * TABLE_BYTES;
    }

    /** Drops every entry. */
    public void flush() {
        for (int t = 0; t < TABLES; t++) {
            long base = tables + (long) t * TABLE_BYTES;
            int local = 2 * t;
            if (count(local) + count(local + 1) > Mem.ENTRIES / 4) {
                Raw.copy(tables + (long) ALIGNED * TABLE_BYTES, base, TABLE_BYTES);
            } else {
                flush(base, local);
                flush(base, local + 1);
            }
            count(local, 0);
            count(local + 1, 0);
        }
    }

    private void flush(long base, int list) {
        int n = count(list);
        for (int i = 0; i < n; i++) {
            int slot = listed(list, i);
            clear(base + slot, slot);
            Raw.plainPut64(base + slot + Mem.STATE, 0);
        }
    }

    /** Drops every entry that is not for a global page. */
    public void flushNonGlobal() {
        for (int t = 0; t < TABLES; t++) {
            long base = tables + (long) t * TABLE_BYTES;
            int n = count(2 * t);
            for (int i = 0; i < n; i++) {
                int slot = listed(2 * t, i);
                long state = Raw.plain64(base + slot + Mem.STATE);
                if ((state & Mem.IS_GLOBAL) == 0) {
                    clear(base + slot, slot);
                }
                Raw.plainPut64(base + slot + Mem.STATE, state & ~Mem.LISTED_LOCAL);
            }
            count(2 * t, 0);
        }
    }

    /** Drops the entries of one page. */
    public void flushPage(long la) {
        long page = la & PAGE;
        int slot = (int) (la >>> 9 & Mem.SLOT_MASK);
        for (int t = 0; t < TABLES; t++) {
            long e = tables + (long) t * TABLE_BYTES + slot;
            if (Raw.plain64(e) == page) {
                Raw.plainPut64(e, none(slot));
            }
            if (Raw.plain64(e + Mem.WRITE) == page) {
                Raw.plainPut64(e + Mem.WRITE, none(slot));
            }
        }
    }

    /** Drops all permissions to write directly. */
    public void dropWrites() {
        for (int list = 0; list < 2 * TABLES; list++) {
            long base = tables + (long) (list >> 1) * TABLE_BYTES;
            int n = count(list);
            for (int i = 0; i < n; i++) {
                int slot = listed(list, i);
                Raw.plainPut64(base + slot + Mem.WRITE, none(slot));
            }
        }
    }

    /** Drops the permissions to write directly to one page of host memory, whatever its linear addresses are. */
    public void dropWrites(long hostPage) {
        for (int list = 0; list < 2 * TABLES; list++) {
            long base = tables + (long) (list >> 1) * TABLE_BYTES;
            int n = count(list);
            for (int i = 0; i < n; i++) {
                int slot = listed(list, i);
                long e = base + slot;
                long tag = Raw.plain64(e + Mem.WRITE);
                if (tag != none(slot) && tag + Raw.plain64(e + Mem.ADDEND) == hostPage) {
                    Raw.plainPut64(e + Mem.WRITE, none(slot));
                }
            }
        }
    }

    private static void clear(long e, int slot) {
        Raw.plainPut64(e, none(slot));
        Raw.plainPut64(e + Mem.WRITE, none(slot));
    }

    /** Debug registers changed: pages they watch must not have direct entries. */
    public void watchesChanged() {
        watching = debugger != null || DebugRegisters.watchesData(c.sys.dr7);
        flush();
        c.engine.mappingsChanged(c);
    }

    /** What a debugger watches, in place of what it watched before. */
    public void debug(List<DebugPoint> points) {
        DebugWatches watches = new DebugWatches(c, points);
        debugger = watches.isEmpty() ? null : watches;
        watchesChanged();
    }

    /** The point of a debugger's that the instruction executed alone has met, or null; forgets it. */
    public DebugPoint debugHit() {
        return debugger == null ? null : debugger.take();
    }

    /** Whether there are such pages. */
    public boolean watches() {
        return watching;
    }

    /** Whether a page must have no direct entries since accesses to it are watched. */
    public boolean watches(long la) {
        return watching && (DebugRegisters.watchesPage(c.sys, la) || debugger != null && debugger.watchesPage(la));
    }

    /** An access is about to happen; its addresses are translated. */
    private void debugAccess(long la, int size, boolean write) {
        if (debugger != null) {
            debugger.access(la, size, write);
        }
    }

    CpuFault misaligned() {
        return c.gp(0);
    }

    private void checkAlignment(long la, int size) {
        if (current == ALIGNED && (la & size - 1) != 0) {
            throw c.fault(CpuFault.AC, 0);
        }
    }

    /** Translates for this CPU's current privilege and fills the TLB; the physical address. */
    private long translate(long la, boolean write) {
        return translate(la, write, current);
    }

    private long translate(long la, boolean write, int t) {
        if (c.longMode()) {
            if ((c.mode & Mode.LONG) == 0 && t != SUPERVISOR) {
                // Compatibility mode wraps at 4 GiB; the processor's own accesses do not.
                la &= 0xFFFFFFFFL;
            } else if (la << 16 >> 16 != la) {
                throw c.nonCanonical();
            }
        } else {
            la &= 0xFFFFFFFFL;
        }
        misses++;
        long pa = paging.translate(la, write, false, t >= USER, t == SUPERVISOR_AC);
        if (t != ALIGNED) {
            fill(la, pa, write, t);
        }
        return pa;
    }

    /**
     * What an access of machine code to a page that the TLB does not have does first: translates for the current
     * privilege and fills the TLB.
     *
     * @param la   all bytes of the access are in its page
     * @return null, or the page fault that the access raises, with CR2 set
     */
    public CpuFault touch(long la, boolean write) {
        if (la << 16 >> 16 != la) {
            return null;
        }
        misses++;
        long pa = paging.attempt(la, write, false, current >= USER, current == SUPERVISOR_AC);
        if (pa < 0) {
            return paging.fault();
        }
        fill(la, pa, write, current);
        return null;
    }

    private void fill(long la, long pa, boolean write, int t) {
        if (watches(la)) {
            return;
        }
        long host = physical.hostPage(pa);
        if (host == 0) {
            return;
        }
        long page = la & PAGE;
        int slot = (int) (la >>> 9 & Mem.SLOT_MASK);
        long e = tables + (long) t * TABLE_BYTES + slot;
        long state = Raw.plain64(e + Mem.STATE);
        boolean global = paging.global();
        int listed = global ? Mem.LISTED_GLOBAL : Mem.LISTED_LOCAL;
        if ((state & listed) == 0) {
            int list = 2 * t + (global ? 1 : 0);
            int n = count(list);
            Raw.put32(tables + LISTS + (long) list * LIST_BYTES + 4L * n, slot);
            count(list, n + 1);
        }
        boolean direct = write && physical.writable(pa) && physical.claimDirectWrites(pa);
        boolean kept = !write && Raw.plain64(e + Mem.WRITE) == page;
        Raw.plainPut64(e, page);
        Raw.plainPut64(e + Mem.WRITE, direct || kept ? page : none(slot));
        Raw.plainPut64(e + Mem.ADDEND, host - page);
        Raw.plainPut64(e + Mem.STATE, state & ~Mem.IS_GLOBAL | listed | (global ? Mem.IS_GLOBAL : 0));
    }

    long load(long la, int size) {
        checkAlignment(la, size);
        if ((int) (la & 0xFFF) + size > 0x1000) {
            return loadAcross(la, size, false);
        }
        long pa = translate(la, false);
        debugAccess(la, size, false);
        long v = readPhysical(pa, size);
        watch(la, size, false);
        return v;
    }

    long loadForWrite(long la, int size) {
        checkAlignment(la, size);
        if ((int) (la & 0xFFF) + size > 0x1000) {
            return loadAcross(la, size, true);
        }
        long pa = translate(la, true);
        debugAccess(la, size, false);
        debugAccess(la, size, true);
        physical.beforeWrite(pa, size);
        return readPhysical(pa, size);
    }

    /** An access that reaches into addresses that are not canonical faults for that before it faults for a page. */
    private void checkEnd(long last) {
        if (c.longMode() && last << 16 >> 16 != last) {
            throw c.nonCanonical();
        }
    }

    private long loadAcross(long la, int size, boolean write) {
        checkEnd(la + size - 1);
        int first = 0x1000 - (int) (la & 0xFFF);
        long p1 = translate(la, write);
        long p2 = translate(la + first, write);
        debugAccess(la, size, false);
        if (write) {
            debugAccess(la, size, true);
            physical.beforeWrite(p1, first);
            physical.beforeWrite(p2, size - first);
        }
        long v = 0;
        for (int i = 0; i < size; i++) {
            long p = i < first ? p1 + i : p2 + (i - first);
            v |= readPhysical(p, 1) << (i << 3);
        }
        watch(la, size, write);
        return v;
    }

    void store(long la, int size, long v) {
        checkAlignment(la, size);
        if ((int) (la & 0xFFF) + size > 0x1000) {
            checkEnd(la + size - 1);
            int first = 0x1000 - (int) (la & 0xFFF);
            long p1 = translate(la, true);
            long p2 = translate(la + first, true);
            debugAccess(la, size, true);
            physical.beforeWrite(p1, first);
            physical.beforeWrite(p2, size - first);
            for (int i = 0; i < size; i++) {
                rawWrite(i < first ? p1 + i : p2 + (i - first), 1, v >>> (i << 3));
            }
            physical.afterWrite(p1, first);
            physical.afterWrite(p2, size - first);
        } else {
            long pa = translate(la, true);
            debugAccess(la, size, true);
            writePhysical(pa, size, v);
        }
        watch(la, size, true);
    }

    private void watch(long la, int size, boolean write) {
        if (watching) {
            watchHits |= DebugRegisters.dataHits(c.sys, la, size, write);
        }
    }

    /** Checks that the bytes may be written by the current privilege. */
    public void probeWrite(long la, int size) {
        translate(la, true);
        if ((int) (la & 0xFFF) + size > 0x1000) {
            translate((la | 0xFFF) + 1, true);
        }
    }

    /** Checks that the bytes may be read by the current privilege. */
    public void probeRead(long la, int size) {
        translate(la, false);
        if ((int) (la & 0xFFF) + size > 0x1000) {
            translate((la | 0xFFF) + 1, false);
        }
    }

    long hostRead(long la) {
        translate(la, false);
        long e = mem.table + (la >>> 9 & Mem.SLOT_MASK);
        return (la & PAGE) == Raw.plain64(e) ? la + Raw.plain64(e + Mem.ADDEND) : 0;
    }

    long hostWrite(long la) {
        translate(la, true);
        long e = mem.table + (la >>> 9 & Mem.SLOT_MASK);
        return (la & PAGE) == Raw.plain64(e + Mem.WRITE) ? la + Raw.plain64(e + Mem.ADDEND) : 0;
    }

    /** The physical address of an instruction byte, for the current privilege. */
    public long translateFetch(long la) {
        if (c.longMode()) {
            if (la << 16 >> 16 != la) {
                throw c.gp(0);
            }
        } else {
            la &= 0xFFFFFFFFL;
        }
        return paging.translate(la, false, true, c.cpl == 3, true);
    }

    // Accesses of the processor itself (descriptor tables, TSS): supervisor whatever the CPL, SMAP not lifted.

    public long systemLoad(long la, int size) {
        long v = 0;
        if ((int) (la & 0xFFF) + size <= 0x1000) {
            long e = tables + (la >>> 9 & Mem.SLOT_MASK);
            if ((la & PAGE) == Raw.plain64(e)) {
                return readHost(la + Raw.plain64(e + Mem.ADDEND), size);
            }
            return readPhysical(translate(la, false, SUPERVISOR), size);
        }
        for (int i = 0; i < size; i++) {
            v |= readPhysical(translate(la + i, false, SUPERVISOR), 1) << (i << 3);
        }
        return v;
    }

    public void systemStore(long la, int size, long v) {
        if ((int) (la & 0xFFF) + size <= 0x1000) {
            long e = tables + (la >>> 9 & Mem.SLOT_MASK);
            if ((la & PAGE) == Raw.plain64(e + Mem.WRITE)) {
                writeHost(la + Raw.plain64(e + Mem.ADDEND), size, v);
            } else {
                writePhysical(translate(la, true, SUPERVISOR), size, v);
            }
            return;
        }
        translate(la, true, SUPERVISOR);
        translate((la | 0xFFF) + 1, true, SUPERVISOR);
        for (int i = 0; i < size; i++) {
            writePhysical(translate(la + i, true, SUPERVISOR), 1, v >>> (i << 3));
        }
    }

    /** Checks that the processor itself may write here. */
    public void systemProbeWrite(long la, int size) {
        translate(la, true, SUPERVISOR);
        if ((int) (la & 0xFFF) + size > 0x1000) {
            translate((la | 0xFFF) + 1, true, SUPERVISOR);
        }
    }

    private static long readHost(long host, int size) {
        return switch (size) {
            case 1 -> Raw.get8(host) & 0xFFL;
            case 2 -> Raw.get16(host) & 0xFFFFL;
            case 4 -> Raw.get32(host) & 0xFFFFFFFFL;
            default -> Raw.get64(host);
        };
    }

    private static void writeHost(long host, int size, long v) {
        switch (size) {
            case 1 -> Raw.put8(host, (int) v);
            case 2 -> Raw.put16(host, (int) v);
            case 4 -> Raw.put32(host, (int) v);
            default -> Raw.put64(host, v);
        }
    }

    /** Reads 1, 2, 4 or 8 bytes of one page of physical memory or of a device. */
    public long readPhysical(long pa, int size) {
        long page = physical.hostPage(pa);
        if (page != 0) {
            return readHost(page + (pa & 0xFFF), size);
        }
        long v = 0;
        c.engine.enterBus(c);
        try {
            if (size <= 8 - (int) (pa & 7)) {
                v = c.bus.mmioRead(pa, size);
            } else {
                for (int i = 0; i < size; i++) {
                    v |= (c.bus.mmioRead(pa + i, 1) & 0xFF) << (i << 3);
                }
            }
        } finally {
            c.engine.leaveBus(c);
        }
        return size == 8 ? v : v & (1L << (size << 3)) - 1;
    }

    /** Writes 1, 2, 4 or 8 bytes of one page of physical memory or of a device; decoded code there goes. */
    public void writePhysical(long pa, int size, long v) {
        physical.beforeWrite(pa, size);
        rawWrite(pa, size, v);
        physical.afterWrite(pa, size);
    }

    private void rawWrite(long pa, int size, long v) {
        long page = physical.hostPage(pa);
        if (page != 0 && physical.writable(pa)) {
            writeHost(page + (pa & 0xFFF), size, v);
            return;
        }
        c.engine.enterBus(c);
        try {
            if (size <= 8 - (int) (pa & 7)) {
                c.bus.mmioWrite(pa, size, size == 8 ? v : v & (1L << (size << 3)) - 1);
            } else {
                for (int i = 0; i < size; i++) {
                    c.bus.mmioWrite(pa + i, 1, v >>> (i << 3) & 0xFF);
                }
            }
        } finally {
            c.engine.leaveBus(c);
        }
    }
}
