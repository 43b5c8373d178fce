package dev.backplane.machine.memory;

import java.util.Objects;

import dev.backplane.api.cpu.CpuState;

/**
 * Where the page tables of a vCPU lead (Intel SDM vol. 3, chapter 4), as a debugger asks: whatever the privilege, with
 * no side effect, through tables in RAM only. A value; any thread.
 *
 * @param cr0  CR0 as it is in the state that is looked through
 * @param cr3  CR3
 * @param cr4  CR4
 * @param efer IA32_EFER
 * @param ram  where the tables are
 */
public record PageWalk(long cr0, long cr3, long cr4, long efer, BusMemory ram) {
    /** What is not mapped. */
    public static final long NOWHERE = -1;

    private static final int IA32_EFER = 0xC0000080;
    private static final long CR0_PG = 1L << 31;
    private static final int CR4_PSE = 1 << 4;
    private static final int CR4_PAE = 1 << 5;
    private static final int EFER_LMA = 1 << 10;
    private static final int P = 1;
    private static final int PS = 1 << 7;
    private static final long ADDRESS = 0x000FFFFFFFFFF000L;

    public PageWalk {
        Objects.requireNonNull(ram);
    }

    /** By the tables of a vCPU. */
    public static PageWalk of(CpuState s, BusMemory ram) {
        return new PageWalk(s.cr0(), s.cr3(), s.cr4(), s.msr(IA32_EFER), ram);
    }

    /** The physical address of a linear one, or {@link #NOWHERE}. */
    public long physical(long la) {
        if ((cr0 & CR0_PG) == 0) {
            return la & 0xFFFFFFFFL;
        }
        if ((cr4 & CR4_PAE) == 0) {
            return walk32(la & 0xFFFFFFFFL);
        }
        if ((efer & EFER_LMA) != 0) {
            return la << 16 >> 16 == la ? walk(la, cr3 & ADDRESS, 39) : NOWHERE;
        }
        long top = entry((cr3 & 0xFFFFFFE0L) + (la >>> 30 & 3) * 8);
        return (top & P) == 0 ? NOWHERE : walk(la & 0xFFFFFFFFL, top & ADDRESS, 21);
    }

    private long walk(long la, long table, int from) {
        long t = table;
        for (int shift = from;; shift -= 9) {
            long e = entry(t + (la >>> shift & 0x1FF) * 8);
            if ((e & P) == 0) {
                return NOWHERE;
            }
            if (shift == 12 || shift < 39 && (e & PS) != 0) {
                long offset = (1L << shift) - 1;
                return e & ADDRESS & ~offset | la & offset;
            }
            t = e & ADDRESS;
        }
    }

    private long walk32(long la) {
        long at = (cr3 & 0xFFFFF000L) + (la >>> 22) * 4;
        long e = ram.contains(at, 4) ? ram.read32(at) & 0xFFFFFFFFL : 0;
        if ((e & P) == 0) {
            return NOWHERE;
        }
        if ((e & PS) != 0 && (cr4 & CR4_PSE) != 0) {
            return (e & 0x1FE000) << 19 | e & 0xFFC00000L | la & 0x3FFFFF;
        }
        at = (e & 0xFFFFF000L) + (la >>> 12 & 0x3FF) * 4;
        e = ram.contains(at, 4) ? ram.read32(at) & 0xFFFFFFFFL : 0;
        return (e & P) == 0 ? NOWHERE : e & 0xFFFFF000L | la & 0xFFF;
    }

    /** An entry of 8 bytes; 0 if it is not in RAM. */
    private long entry(long at) {
        return ram.contains(at, 8) ? ram.read64(at) : 0;
    }
}
