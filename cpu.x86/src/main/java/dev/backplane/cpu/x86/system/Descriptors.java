package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Segments;

/** Segment descriptors in memory, and loading segment registers from them (Intel SDM vol. 3, chapter 5). */
final class Descriptors {
    static final int CONFORMING = 4;
    static final int CODE = 8;
    static final int RW = 2;

    private Descriptors() {
    }

    static long base(long d) {
        return d >>> 16 & 0xFFFFFF | d >>> 32 & 0xFF000000L;
    }

    /** In bytes, granularity applied. */
    static int limit(long d) {
        int l = (int) (d & 0xFFFF | d >>> 32 & 0xF0000);
        return (d >>> 55 & 1) != 0 ? l << 12 | 0xFFF : l;
    }

    static int rights(long d) {
        return (int) (d >>> 40) & 0xF0FF;
    }

    static int type(long d) {
        return (int) (d >>> 40) & 15;
    }

    static int dpl(long d) {
        return (int) (d >>> 45) & 3;
    }

    static boolean present(long d) {
        return (d >>> 47 & 1) != 0;
    }

    /** A code or data segment, not a system one. */
    static boolean application(long d) {
        return (d >>> 44 & 1) != 0;
    }

    static boolean isCode(long d) {
        return application(d) && (type(d) & CODE) != 0;
    }

    static boolean isWritableData(long d) {
        return application(d) && (type(d) & (CODE | RW)) == RW;
    }

    static boolean conforming(long d) {
        return (type(d) & CONFORMING) != 0;
    }

    static boolean isLong(long d) {
        return (d >>> 53 & 1) != 0;
    }

    static boolean isBig(long d) {
        return (d >>> 54 & 1) != 0;
    }

    static boolean isNull(int selector) {
        return (selector & 0xFFFC) == 0;
    }

    /** The linear address of a descriptor of 8 (or 16) bytes; -1 if it is beyond the table. */
    static long address(Cpu c, int selector, int size) {
        int index = selector & 0xFFF8;
        if ((selector & 4) == 0) {
            return index + size - 1 > c.sys.gdtLimit ? -1 : c.sys.gdtBase + index;
        }
        Segments s = c.segments;
        if ((s.rights[Cpu.LDTR] & Segments.UNUSABLE) != 0
            || index + size - 1L > (s.limit[Cpu.LDTR] & 0xFFFFFFFFL)) {
            return -1;
        }
        return s.base[Cpu.LDTR] + index;
    }

    /** Reads a descriptor; beyond the table it is a fault of the given vector with the selector as error code. */
    static long read(Cpu c, int selector, int vector, int ext) {
        long at = address(c, selector, 8);
        if (at == -1) {
            throw c.fault(vector, selector & 0xFFFC | ext);
        }
        return c.mem.slow().systemLoad(at, 8);
    }

    static long read(Cpu c, int selector, int vector) {
        return read(c, selector, vector, 0);
    }

    /** The upper 32 bits of the base of a system descriptor in long mode. */
    static long upper(Cpu c, int selector, int vector) {
        long at = address(c, selector, 16);
        if (at == -1) {
            throw c.fault(vector, selector & 0xFFFC);
        }
        long v = c.mem.slow().systemLoad(at + 8, 8);
        if ((v >>> 40 & 0x1F) != 0) {
            throw c.gp(selector & 0xFFFC);
        }
        return v;
    }

    /** Sets the accessed bit in memory; the descriptor with it. */
    static long access(Cpu c, int selector, long d) {
        if ((d >>> 40 & 1) == 0) {
            d |= 1L << 40;
            c.mem.slow().systemStore(address(c, selector, 8) + 5, 1, d >>> 40 & 0xFF);
        }
        return d;
    }

    /** Puts a descriptor into a segment register. */
    static void install(Cpu c, int s, int selector, long d) {
        c.segments.set(s, selector & 0xFFFF, base(d), limit(d), rights(d));
    }

    /** MOV, POP and the like to any segment register but CS. */
    static void load(Cpu c, int s, int selector) {
        selector &= 0xFFFF;
        if (!c.protectedMode() || c.v86()) {
            c.segments.setReal(s, selector);
        } else if (s == Cpu.SS) {
            loadStack(c, selector);
        } else {
            loadData(c, s, selector);
        }
        c.segments.updateMode();
    }

    private static void loadData(Cpu c, int s, int selector) {
        if (isNull(selector)) {
            c.segments.setNull(s, selector);
            return;
        }
        long d = read(c, selector, CpuFault.GP);
        int error = selector & 0xFFFC;
        if (!application(d) || (type(d) & (CODE | RW)) == CODE) {
            throw c.gp(error);
        }
        if (!(isCode(d) && conforming(d)) && dpl(d) < Math.max(c.cpl, selector & 3)) {
            throw c.gp(error);
        }
        if (!present(d)) {
            throw c.fault(CpuFault.NP, error);
        }
        install(c, s, selector, access(c, selector, d));
    }

    private static void loadStack(Cpu c, int selector) {
        if (isNull(selector)) {
            if (!c.code64() || c.cpl == 3 || (selector & 3) != c.cpl) {
                throw c.gp(0);
            }
            c.segments.set(Cpu.SS, selector, 0, 0, Segments.UNUSABLE | c.cpl << 5);
            return;
        }
        installStack(c, selector, checkStack(c, selector, c.cpl, CpuFault.GP, 0));
    }

    /** Reads a stack segment for a privilege level; {@code vector} is #GP, or #TS for what comes from a TSS. */
    static long checkStack(Cpu c, int selector, int cpl, int vector, int ext) {
        int error = selector & 0xFFFC | ext;
        long d = read(c, selector, vector, ext);
        if ((selector & 3) != cpl || !isWritableData(d) || dpl(d) != cpl) {
            throw c.fault(vector, error);
        }
        if (!present(d)) {
            throw c.fault(CpuFault.SS, error);
        }
        return d;
    }

    static void installStack(Cpu c, int selector, long d) {
        install(c, Cpu.SS, selector, access(c, selector, d));
    }

    /** Puts a checked code segment into CS with a new privilege level. */
    static void installCode(Cpu c, int selector, int cpl, long d) {
        install(c, Cpu.CS, selector & 0xFFFC | cpl, access(c, selector, d));
        c.segments.setCpl(cpl);
    }

    /** After a return to an outer level: data segments that it may not use become null. */
    static void dropInner(Cpu c) {
        Segments s = c.segments;
        for (int r : new int[] {Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS}) {
            int rights = s.rights[r];
            if ((rights & Segments.UNUSABLE) == 0 && (rights & (CODE | CONFORMING)) != (CODE | CONFORMING)
                && s.dpl(r) < c.cpl) {
                // The base stays for FS and GS, which 64-bit code sets by MSR.
                s.set(r, 0, s.base[r], 0, Segments.UNUSABLE);
            }
        }
    }

    /** A flat segment as SYSCALL and its like load it without looking at memory. */
    static void flat(Cpu c, int s, int selector, int rights) {
        c.segments.set(s, selector & 0xFFFF, 0, -1, rights);
    }
}
