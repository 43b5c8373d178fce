package dev.backplane.cpu.x86;

/**
 * Memory as instructions see it: linear addresses, through a software TLB straight to host memory. Accesses of any
 * alignment; one that crosses a page is checked on both before anything is written. A miss, a device, a page with
 * decoded code and a page watched by a debug register go through {@link MemSlow}.
 *
 * <p>The TLB has one table for each way of looking at memory: supervisor, supervisor with EFLAGS.AC (which lifts SMAP),
 * user, and one that never has entries (alignment checking is on). A table is four arrays: the page if it may be read
 * directly, the page if it may be written directly, what must be added to a linear address to get a host address, and
 * {@link #STATE}. Tables are off-heap: no bounds check, one load less, and machine code can look at them.
 */
public final class Mem {
    /** Entries of a table. */
    public static final int ENTRIES = 4096;
    /** Where the arrays of a table begin, after that of pages to read. */
    public static final int WRITE = ENTRIES << 3;
    public static final int ADDEND = 2 * WRITE;
    /** Of the entry's bits: {@link #IS_GLOBAL} and in which lists of {@link MemSlow} the slot stands. */
    public static final int STATE = 3 * WRITE;
    /** The page is global. */
    public static final int IS_GLOBAL = 1;
    /** The slot stands in the list of those that a move to CR3 looks at, and in the other one. */
    public static final int LISTED_LOCAL = 2;
    public static final int LISTED_GLOBAL = 4;
    public static final int SLOT_MASK = (ENTRIES - 1) << 3;
    private static final long PAGE = ~0xFFFL;

    /** The high half of the last 16-byte load. */
    public long high;
    /** Base of the table for the current privilege. */
    long table;

    private final MemSlow slow;

    Mem(Cpu c, PhysicalMemory physical) {
        slow = new MemSlow(c, this, physical);
        table = slow.table();
    }

    /** What lies behind the fast path. */
    public MemSlow slow() {
        return slow;
    }

    /** Loads one byte, zero-extended. */
    public int load8(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la & PAGE) == Raw.plain64(e)) {
            return Raw.get8(la + Raw.plain64(e + ADDEND)) & 0xFF;
        }
        return (int) slow.load(la, 1);
    }

    /** Loads two bytes, zero-extended. */
    public int load16(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 1 & PAGE) == Raw.plain64(e)) {
            return Raw.get16(la + Raw.plain64(e + ADDEND)) & 0xFFFF;
        }
        return (int) slow.load(la, 2);
    }

    public int load32(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 3 & PAGE) == Raw.plain64(e)) {
            return Raw.get32(la + Raw.plain64(e + ADDEND));
        }
        return (int) slow.load(la, 4);
    }

    public long load64(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 7 & PAGE) == Raw.plain64(e)) {
            return Raw.get64(la + Raw.plain64(e + ADDEND));
        }
        return slow.load(la, 8);
    }

    /** Loads sixteen bytes: the low half is returned, the high half is left in {@link #high}. */
    public long load128(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 15 & PAGE) == Raw.plain64(e)) {
            long host = la + Raw.plain64(e + ADDEND);
            high = Raw.get64(host + 8);
            return Raw.get64(host);
        }
        long low = slow.load(la, 8);
        high = slow.load(la + 8, 8);
        return low;
    }

    public void store8(long la, int v) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la & PAGE) == Raw.plain64(e + WRITE)) {
            Raw.put8(la + Raw.plain64(e + ADDEND), v);
        } else {
            slow.store(la, 1, v);
        }
    }

    public void store16(long la, int v) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 1 & PAGE) == Raw.plain64(e + WRITE)) {
            Raw.put16(la + Raw.plain64(e + ADDEND), v);
        } else {
            slow.store(la, 2, v);
        }
    }

    public void store32(long la, int v) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 3 & PAGE) == Raw.plain64(e + WRITE)) {
            Raw.put32(la + Raw.plain64(e + ADDEND), v);
        } else {
            slow.store(la, 4, v);
        }
    }

    public void store64(long la, long v) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 7 & PAGE) == Raw.plain64(e + WRITE)) {
            Raw.put64(la + Raw.plain64(e + ADDEND), v);
        } else {
            slow.store(la, 8, v);
        }
    }

    public void store128(long la, long low, long hi) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 15 & PAGE) == Raw.plain64(e + WRITE)) {
            long host = la + Raw.plain64(e + ADDEND);
            Raw.put64(host, low);
            Raw.put64(host + 8, hi);
        } else {
            slow.probeWrite(la, 16);
            slow.store(la, 8, low);
            slow.store(la + 8, 8, hi);
        }
    }

    /** Stores the ten bytes of an x87 register: significand, then sign and exponent. */
    public void store80(long la, long mantissa, int signExponent) {
        slow.probeWrite(la, 10);
        store64(la, mantissa);
        store16(la + 8, signExponent);
    }

    /** A load that will be followed by a store to the same place: faults as a write does. */
    public int rmw8(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la & PAGE) == Raw.plain64(e + WRITE)) {
            return Raw.get8(la + Raw.plain64(e + ADDEND)) & 0xFF;
        }
        return (int) slow.loadForWrite(la, 1);
    }

    /** As {@link #rmw8}. */
    public int rmw16(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 1 & PAGE) == Raw.plain64(e + WRITE)) {
            return Raw.get16(la + Raw.plain64(e + ADDEND)) & 0xFFFF;
        }
        return (int) slow.loadForWrite(la, 2);
    }

    /** As {@link #rmw8}. */
    public int rmw32(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 3 & PAGE) == Raw.plain64(e + WRITE)) {
            return Raw.get32(la + Raw.plain64(e + ADDEND));
        }
        return (int) slow.loadForWrite(la, 4);
    }

    /** As {@link #rmw8}. */
    public long rmw64(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 7 & PAGE) == Raw.plain64(e + WRITE)) {
            return Raw.get64(la + Raw.plain64(e + ADDEND));
        }
        return slow.loadForWrite(la, 8);
    }

    /** Loads 1, 2, 4 or 8 bytes, zero-extended. */
    public long load(long la, int size) {
        return switch (size) {
            case 1 -> load8(la);
            case 2 -> load16(la);
            case 4 -> load32(la) & 0xFFFFFFFFL;
            default -> load64(la);
        };
    }

    /** Stores 1, 2, 4 or 8 bytes. */
    public void store(long la, int size, long v) {
        switch (size) {
            case 1 -> store8(la, (int) v);
            case 2 -> store16(la, (int) v);
            case 4 -> store32(la, (int) v);
            default -> store64(la, v);
        }
    }

    /** Loads 1, 2, 4 or 8 bytes, zero-extended, that will be stored to next. */
    public long rmw(long la, int size) {
        return switch (size) {
            case 1 -> rmw8(la);
            case 2 -> rmw16(la);
            case 4 -> rmw32(la) & 0xFFFFFFFFL;
            default -> rmw64(la);
        };
    }

    /** Checks that {@code size} bytes (at most 4096) may be written; faults as the first write that cannot would. */
    public void probeWrite(long la, int size) {
        slow.probeWrite(la, size);
    }

    /** Checks that {@code size} bytes (at most 4096) may be read. */
    public void probeRead(long la, int size) {
        slow.probeRead(la, size);
    }

    /** The check of aligned operands of VEX-encoded moves: #GP(0) unless the address is a multiple of the size. */
    public void requireAligned(long la, int size) {
        if ((la & size - 1) != 0) {
            throw slow.misaligned();
        }
    }

    /** Stores 32 bytes, after all checks. */
    public void store256(long la, long l0, long l1, long h0, long h1) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la + 31 & PAGE) == Raw.plain64(e + WRITE)) {
            long host = la + Raw.plain64(e + ADDEND);
            Raw.put64(host, l0);
            Raw.put64(host + 8, l1);
            Raw.put64(host + 16, h0);
            Raw.put64(host + 24, h1);
        } else {
            slow.probeWrite(la, 32);
            store128(la, l0, l1);
            store128(la + 16, h0, h1);
        }
    }

    /** The check of aligned SSE operands: #GP(0) unless the address is a multiple of 16. */
    public void requireAligned16(long la) {
        if ((la & 15) != 0) {
            throw slow.misaligned();
        }
    }

    /** The host address of a byte whose page may be read directly, after all checks; 0 if it may not. */
    public long hostRead(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la & PAGE) == Raw.plain64(e)) {
            return la + Raw.plain64(e + ADDEND);
        }
        return slow.hostRead(la);
    }

    /** The host address of a byte whose page may be written directly, after all checks; 0 if it may not. */
    public long hostWrite(long la) {
        long e = table + (la >>> 9 & SLOT_MASK);
        if ((la & PAGE) == Raw.plain64(e + WRITE)) {
            return la + Raw.plain64(e + ADDEND);
        }
        return slow.hostWrite(la);
    }
}
