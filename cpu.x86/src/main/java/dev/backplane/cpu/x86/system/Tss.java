package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Segments;

/** What is read from the task-state segment: inner stacks, IST entries, the I/O permission bitmap. */
final class Tss {
    private Tss() {
    }

    private static long limit(Cpu c) {
        return c.segments.limit[Cpu.TR] & 0xFFFFFFFFL;
    }

    private static boolean wide(Cpu c) {
        return (c.segments.rights[Cpu.TR] & 8) != 0;
    }

    private static long read(Cpu c, int offset, int size, int ext) {
        if (offset + size - 1 > limit(c)) {
            throw c.fault(CpuFault.TS, c.segments.selector[Cpu.TR] & 0xFFFC | ext);
        }
        return c.mem.slow().systemLoad(c.segments.base[Cpu.TR] + offset, size);
    }

    /** (E)SP of an inner level, outside long mode. */
    static long stackPointer(Cpu c, int cpl, int ext) {
        return wide(c) ? read(c, 4 + 8 * cpl, 4, ext) : read(c, 2 + 4 * cpl, 2, ext);
    }

    /** SS of an inner level, outside long mode. */
    static int stackSelector(Cpu c, int cpl, int ext) {
        return (int) (wide(c) ? read(c, 8 + 8 * cpl, 2, ext) : read(c, 4 + 4 * cpl, 2, ext));
    }

    /** RSP of an inner level in long mode. */
    static long stackPointer64(Cpu c, int cpl, int ext) {
        return canonical(c, read(c, 4 + 8 * cpl, 8, ext), ext);
    }

    /** An IST entry, 1 to 7. */
    static long ist(Cpu c, int n, int ext) {
        return canonical(c, read(c, 28 + 8 * n, 8, ext), ext);
    }

    private static long canonical(Cpu c, long v, int ext) {
        if (v << 16 >> 16 != v) {
            throw c.fault(CpuFault.SS, ext);
        }
        return v;
    }

    /** Raises #GP(0) unless the current privilege may access these ports. */
    static void checkPort(Cpu c, int port, int size) {
        if (!c.protectedMode() || c.cpl <= c.iopl() && !c.v86()) {
            return;
        }
        int rights = c.segments.rights[Cpu.TR];
        long limit = limit(c);
        if ((rights & (Segments.P | 8)) != (Segments.P | 8) || limit < 103) {
            throw c.gp(0);
        }
        int map = (int) c.mem.slow().systemLoad(c.segments.base[Cpu.TR] + 102, 2);
        int at = map + (port >> 3);
        if (at + 1 > limit) {
            throw c.gp(0);
        }
        int bits = (int) c.mem.slow().systemLoad(c.segments.base[Cpu.TR] + at, 2);
        if ((bits >> (port & 7) & (1 << size) - 1) != 0) {
            throw c.gp(0);
        }
    }
}
