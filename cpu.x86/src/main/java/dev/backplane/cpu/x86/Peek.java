package dev.backplane.cpu.x86;

/**
 * Looks at linear memory as a debugger does: by the page tables of a CPU, whatever its privilege level, but nothing
 * faults, no accessed bit is set, and only RAM is read. For the vCPU's thread, or while the vCPU stands still.
 */
public final class Peek {
    /** What is not mapped, or not RAM. */
    public static final int NOTHING = -1;
    private static final int PS = 0x80;

    private final Cpu c;
    private final PhysicalMemory memory;
    private final long addressMask = (1L << CpuModel.PHYSICAL_BITS) - 0x1000;
    private long entry;

    public Peek(Cpu c, PhysicalMemory memory) {
        this.c = c;
        this.memory = memory;
    }

    /** The byte at a linear address, 0 to 255, or {@link #NOTHING}. */
    public int byteAt(long la) {
        long host = host(la);
        return host == 0 ? NOTHING : Raw.get8(host) & 0xFF;
    }

    /** Whether all 8 bytes at a linear address can be read; then {@link #word} has them. */
    public boolean load(long la) {
        long v = 0;
        for (int n = 0; n < 8; n++) {
            int b = byteAt(la + n);
            if (b < 0) {
                return false;
            }
            v |= (long) b << 8 * n;
        }
        word = v;
        return true;
    }

    /** What {@link #load} has read. */
    public long word;

    /** The host address of a byte, or 0. */
    private long host(long la) {
        long pa = physical(la);
        long page = pa < 0 ? 0 : memory.hostPage(pa);
        return page == 0 ? 0 : page + (pa & 0xFFF);
    }

    /** The physical address of a linear one, or {@link #NOTHING}. */
    public long physical(long la) {
        if ((c.cr0 & Cpu.CR0_PG) == 0) {
            return la & 0xFFFFFFFFL;
        }
        if ((c.cr4 & Cpu.CR4_PAE) == 0) {
            return walk32(la);
        }
        if (!c.longMode()) {
            long top = c.mem.slow().paging().pdpte((int) (la >>> 30) & 3);
            return (top & 1) == 0 ? NOTHING : walk(la, top & addressMask, 21);
        }
        return la << 16 >> 16 == la ? walk(la, c.cr3 & addressMask, 39) : NOTHING;
    }

    private long walk(long la, long top, int from) {
        long table = top;
        for (int shift = from;; shift -= 9) {
            if (!present(table + ((la >>> shift & 0x1FF) << 3), 8)) {
                return NOTHING;
            }
            if (shift == 12 || shift <= 30 && (entry & PS) != 0) {
                long offset = (1L << shift) - 1;
                return entry & addressMask & ~offset | la & offset;
            }
            table = entry & addressMask;
        }
    }

    private long walk32(long la) {
        if (!present((c.cr3 & 0xFFFFF000L) + (la >>> 20 & 0xFFC), 4)) {
            return NOTHING;
        }
        if ((entry & PS) != 0 && (c.cr4 & Cpu.CR4_PSE) != 0) {
            return (entry & 0x1FE000) << 19 | entry & 0xFFC00000L | la & 0x3FFFFF;
        }
        if (!present((entry & 0xFFFFF000L) + (la >>> 10 & 0xFFC), 4)) {
            return NOTHING;
        }
        return entry & 0xFFFFF000L | la & 0xFFF;
    }

    /** Reads an entry of a table; whether it is in RAM and present. */
    private boolean present(long at, int size) {
        long page = memory.hostPage(at);
        if (page == 0) {
            return false;
        }
        long host = page + (at & 0xFFF);
        entry = size == 8 ? Raw.get64(host) : Raw.get32(host) & 0xFFFFFFFFL;
        return (entry & 1) != 0;
    }
}
