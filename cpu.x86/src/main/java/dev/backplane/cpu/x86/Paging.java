package dev.backplane.cpu.x86;

/**
 * The page walk (Intel SDM vol. 3, chapter 4): none, 32-bit with PSE, PAE, 4-level. Sets accessed and dirty bits with
 * compare-and-swap, checks permissions, reserved bits, NX, SMEP and SMAP, and raises #PF with CR2 and error code.
 */
public final class Paging {
    public static final int P = 1;
    public static final int RW = 2;
    public static final int US = 4;
    public static final int A = 0x20;
    public static final int D = 0x40;
    public static final int PS = 0x80;
    public static final int G = 0x100;
    public static final long NX = 1L << 63;
    private static final long FAULT = -1;

    private final Cpu c;
    private final PhysicalMemory physical;
    private final long[] pdpte = new long[4];
    private final long addressMask;
    private final long reservedHigh;

    private boolean write;
    private boolean exec;
    private boolean user;
    private boolean override;
    private boolean global;
    private int error;

    Paging(Cpu c, PhysicalMemory physical) {
        this.c = c;
        this.physical = physical;
        addressMask = (1L << CpuModel.PHYSICAL_BITS) - 0x1000;
        reservedHigh = ~((1L << CpuModel.PHYSICAL_BITS) - 1) & 0x000FFFFFFFFFFFFFL;
    }

    /** Whether the last translation was by a global page. */
    public boolean global() {
        return global;
    }

    /**
     * Reads the four PDPTEs of PAE paging, as MOV to CR3 does.
     *
     * @return false if one of them has reserved bits set (#GP(0)); then the old ones stay
     */
    public boolean loadPdptes(long cr3) {
        long[] v = new long[4];
        for (int i = 0; i < 4; i++) {
            v[i] = readEntry((cr3 & 0xFFFFFFE0L) + 8 * i, 8);
            if ((v[i] & P) != 0 && (v[i] & (reservedHigh | NX | 0x7FF0000000000000L | 0x1E6)) != 0) {
                return false;
            }
        }
        System.arraycopy(v, 0, pdpte, 0, 4);
        return true;
    }

    /** The cached PDPTEs. */
    public long pdpte(int i) {
        return pdpte[i];
    }

    /**
     * Translates a linear address (canonical, or 32 bits) and checks the access.
     *
     * @param user     an access with user privilege
     * @param override EFLAGS.AC lifts SMAP for this access
     * @return the physical address
     */
    public long translate(long la, boolean write, boolean exec, boolean user, boolean override) {
        long pa = attempt(la, write, exec, user, override);
        if (pa == FAULT) {
            throw fault();
        }
        return pa;
    }

    /** As {@link #translate}; a negative number if the access faults, then {@link #fault} says how. */
    long attempt(long la, boolean write, boolean exec, boolean user, boolean override) {
        this.write = write;
        this.exec = exec;
        this.user = user;
        this.override = override;
        if ((c.cr0 & Cpu.CR0_PG) == 0) {
            global = false;
            return la;
        }
        if ((c.cr4 & Cpu.CR4_PAE) == 0) {
            return walk32(la);
        }
        return c.longMode() ? walk4(la) : walkPae(la);
    }

    private long walk4(long la) {
        long table = c.cr3 & addressMask;
        long rights = RW | US | NX;
        for (int shift = 39;; shift -= 9) {
            long at = table + ((la >>> shift & 0x1FF) << 3);
            long e = readEntry(at, 8);
            if ((e & P) == 0) {
                return fault(la, 0);
            }
            long reserved = reserved();
            boolean leaf = shift == 12;
            if (shift == 39) {
                reserved |= PS;
            } else if (!leaf && (e & PS) != 0) {
                reserved |= (1L << shift) - 1 & ~0x1FFFL;
                leaf = true;
            }
            if ((e & reserved) != 0) {
                return fault(la, 9);
            }
            rights = combine(rights, e);
            if (leaf) {
                if (forbidden(rights)) {
                    return fault(la, 1);
                }
                mark(at, e, 8, leafBits());
                global = (e & G) != 0 && (c.cr4 & Cpu.CR4_PGE) != 0;
                long offset = (1L << shift) - 1;
                return e & addressMask & ~offset | la & offset;
            }
            mark(at, e, 8, A);
            table = e & addressMask;
        }
    }

    private long walkPae(long la) {
        long top = pdpte[(int) (la >>> 30) & 3];
        if ((top & P) == 0) {
            return fault(la, 0);
        }
        long table = top & addressMask;
        long rights = RW | US | NX;
        for (int shift = 21;; shift -= 9) {
            long at = table + ((la >>> shift & 0x1FF) << 3);
            long e = readEntry(at, 8);
            if ((e & P) == 0) {
                return fault(la, 0);
            }
            long reserved = reservedHigh | 0x7FF0000000000000L;
            if ((c.efer & Cpu.EFER_NXE) == 0) {
                reserved |= NX;
            }
            boolean leaf = shift == 12;
            if (!leaf && (e & PS) != 0) {
                reserved |= 0x1FE000;
                leaf = true;
            }
            if ((e & reserved) != 0) {
                return fault(la, 9);
            }
            rights = combine(rights, e);
            if (leaf) {
                if (forbidden(rights)) {
                    return fault(la, 1);
                }
                mark(at, e, 8, leafBits());
                global = (e & G) != 0 && (c.cr4 & Cpu.CR4_PGE) != 0;
                long offset = (1L << shift) - 1;
                return e & addressMask & ~offset | la & offset;
            }
            mark(at, e, 8, A);
            table = e & addressMask;
        }
    }

    private long walk32(long la) {
        long at = (c.cr3 & 0xFFFFF000L) + (la >>> 20 & 0xFFC);
        long e = readEntry(at, 4);
        if ((e & P) == 0) {
            return fault(la, 0);
        }
        long rights = combine(RW | US, e);
        if ((e & PS) != 0 && (c.cr4 & Cpu.CR4_PSE) != 0) {
            // PSE-36: bits 20:13 are bits 39:32 of the address, bit 21 is reserved.
            if ((e & 1 << 21) != 0) {
                return fault(la, 9);
            }
            if (forbidden(rights)) {
                return fault(la, 1);
            }
            mark(at, e, 4, leafBits());
            global = (e & G) != 0 && (c.cr4 & Cpu.CR4_PGE) != 0;
            return (e & 0x1FE000) << 19 | e & 0xFFC00000L | la & 0x3FFFFF;
        }
        mark(at, e, 4, A);
        at = (e & 0xFFFFF000L) + (la >>> 10 & 0xFFC);
        e = readEntry(at, 4);
        if ((e & P) == 0) {
            return fault(la, 0);
        }
        rights = combine(rights, e);
        if (forbidden(rights)) {
            return fault(la, 1);
        }
        mark(at, e, 4, leafBits());
        global = (e & G) != 0 && (c.cr4 & Cpu.CR4_PGE) != 0;
        return e & 0xFFFFF000L | la & 0xFFF;
    }

    private int leafBits() {
        return write ? A | D : A;
    }

    /** RW and US are the AND of all levels; NX is kept inverted (set: may execute). */
    private static long combine(long rights, long entry) {
        return rights & (entry ^ NX);
    }

    private boolean forbidden(long rights) {
        boolean userPage = (rights & US) != 0;
        boolean ok;
        if (exec) {
            ok = ((rights & NX) != 0 || (c.efer & Cpu.EFER_NXE) == 0 || (c.cr4 & Cpu.CR4_PAE) == 0)
                && (user ? userPage : !userPage || (c.cr4 & Cpu.CR4_SMEP) == 0);
        } else if (user) {
            ok = userPage && (!write || (rights & RW) != 0);
        } else {
            ok = (!write || (rights & RW) != 0 || (c.cr0 & Cpu.CR0_WP) == 0)
                && (!userPage || override || (c.cr4 & Cpu.CR4_SMAP) == 0);
        }
        return !ok;
    }

    private long fault(long la, int bits) {
        error = bits;
        if (write) {
            error |= 2;
        }
        if (user) {
            error |= 4;
        }
        if (exec && ((c.efer & Cpu.EFER_NXE) != 0 && (c.cr4 & Cpu.CR4_PAE) != 0 || (c.cr4 & Cpu.CR4_SMEP) != 0)) {
            error |= 16;
        }
        c.cr2 = la;
        return FAULT;
    }

    /** The page fault that the last {@link #attempt} met; CR2 is set. */
    CpuFault fault() {
        return c.fault(CpuFault.PF, error);
    }

    /** The bits of a page-table entry that hold an address. */
    public long addressMask() {
        return addressMask;
    }

    /** The bits that must be 0 in every present entry of 4-level tables as EFER.NXE is now. */
    public long reserved() {
        return (c.efer & Cpu.EFER_NXE) == 0 ? reservedHigh | NX : reservedHigh;
    }

    private long readEntry(long at, int size) {
        long page = physical.hostPage(at);
        if (page == 0) {
            return c.bus.mmioRead(at, size);
        }
        long host = page + (at & 0xFFF);
        return size == 8 ? Raw.get64(host) : Raw.get32(host) & 0xFFFFFFFFL;
    }

    /** Sets bits in an entry; if it has changed meanwhile but still is present, in what it is now. */
    private void mark(long at, long entry, int size, int bits) {
        if ((entry & bits) == bits) {
            return;
        }
        long page = physical.hostPage(at);
        if (page == 0 || !physical.writable(at)) {
            c.bus.mmioWrite(at, size, entry | bits);
            return;
        }
        long host = page + (at & 0xFFF);
        physical.beforeWrite(at, size);
        if (size == 8) {
            while (!Raw.cas64(host, entry, entry | bits)) {
                entry = Raw.get64(host);
                if ((entry & P) == 0) {
                    break;
                }
            }
        } else {
            while (!Raw.cas32(host, (int) entry, (int) entry | bits)) {
                entry = Raw.get32(host);
                if ((entry & P) == 0) {
                    break;
                }
            }
        }
        physical.afterWrite(at, size);
    }
}
