package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.MemSlow;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.Segments;
import dev.backplane.cpu.x86.integer.StackOps;

/** Hardware task switches with 32-bit and 16-bit TSSs (Intel SDM vol. 3, 8.3). */
final class TaskSwitch {
    static final int JUMP = 0;
    static final int CALL = 1;
    static final int INTERRUPT = 2;
    static final int RETURN = 3;

    private static final int[] DATA = {Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS};

    private TaskSwitch() {
    }

    /** Through a task gate's TSS selector. */
    static void byGate(Cpu c, int selector, int kind, int ext) {
        int error = selector & 0xFFFC | ext;
        if ((selector & 4) != 0 || Descriptors.isNull(selector)) {
            throw c.gp(error);
        }
        long d = Descriptors.read(c, selector, CpuFault.GP, ext);
        if (Descriptors.application(d) || (Descriptors.type(d) & 7) != 1) {
            throw c.gp(error);
        }
        if (!Descriptors.present(d)) {
            throw c.fault(CpuFault.NP, error);
        }
        go(c, selector, d, kind, ext);
    }

    /** IRET with NT. */
    static void back(Cpu c) {
        int selector = (int) c.mem.slow().systemLoad(c.segments.base[Cpu.TR], 2);
        int error = selector & 0xFFFC;
        if ((selector & 4) != 0 || Descriptors.isNull(selector)) {
            throw c.fault(CpuFault.TS, error);
        }
        long d = Descriptors.read(c, selector, CpuFault.TS);
        if (Descriptors.application(d) || (Descriptors.type(d) & 7) != 3) {
            throw c.fault(CpuFault.TS, error);
        }
        if (!Descriptors.present(d)) {
            throw c.fault(CpuFault.NP, error);
        }
        go(c, selector, d, RETURN, 0);
    }

    /** Switches to a checked TSS; RIP is what the old task resumes at. */
    static void go(Cpu c, int selector, long d, int kind, int ext) {
        MemSlow m = c.mem.slow();
        boolean wide = (Descriptors.type(d) & 8) != 0;
        long limit = Descriptors.limit(d) & 0xFFFFFFFFL;
        if (limit < (wide ? 103 : 43)) {
            throw c.fault(CpuFault.TS, selector & 0xFFFC | ext);
        }
        long to = Descriptors.base(d);
        Segments s = c.segments;
        long from = s.base[Cpu.TR];
        int old = s.selector[Cpu.TR];
        boolean oldWide = (s.rights[Cpu.TR] & 8) != 0;
        m.systemProbeWrite(from, oldWide ? 104 : 44);
        m.systemLoad(to, 2);
        m.systemLoad(to + (wide ? 100 : 42), 2);
        if (kind == CALL || kind == INTERRUPT) {
            m.systemProbeWrite(to, 2);
        }

        int flags = c.flags();
        if (kind == RETURN) {
            flags &= ~Flags.NT;
        }
        if (kind == JUMP || kind == RETURN) {
            busy(c, old, false);
        }
        save(c, from, oldWide, flags);
        if (kind == CALL || kind == INTERRUPT) {
            m.systemStore(to, 2, old);
        }
        if (kind != RETURN) {
            busy(c, selector, true);
        }
        c.cr0 |= Cpu.CR0_TS;
        s.set(Cpu.TR, selector, to, Descriptors.limit(d), Descriptors.rights(d) | 2);
        load(c, to, wide, kind);
    }

    private static void busy(Cpu c, int selector, boolean on) {
        long at = Descriptors.address(c, selector, 8);
        if (at == -1) {
            return;
        }
        long v = c.mem.slow().systemLoad(at + 5, 1);
        c.mem.slow().systemStore(at + 5, 1, on ? v | 2 : v & ~2L);
    }

    private static void save(Cpu c, long at, boolean wide, int flags) {
        MemSlow m = c.mem.slow();
        int size = wide ? 4 : 2;
        long p = at + (wide ? 0x20 : 0x0E);
        m.systemStore(p, size, c.rip);
        m.systemStore(p + size, size, flags);
        for (int n = 0; n < 8; n++) {
            m.systemStore(p + (n + 2) * size, size, c.r[n]);
        }
        p += 10 * size;
        for (int n = 0; n < (wide ? 6 : 4); n++) {
            m.systemStore(p + n * size, 2, c.segments.selector[n]);
        }
    }

    private static void load(Cpu c, long at, boolean wide, int kind) {
        MemSlow m = c.mem.slow();
        Segments s = c.segments;
        int size = wide ? 4 : 2;
        long p = at + (wide ? 0x20 : 0x0E);
        long cr3 = wide ? m.systemLoad(at + 0x1C, 4) : 0;
        long rip = m.systemLoad(p, size);
        int flags = (int) m.systemLoad(p + size, size);
        long[] gpr = new long[8];
        for (int n = 0; n < 8; n++) {
            gpr[n] = m.systemLoad(p + (n + 2) * size, size);
        }
        p += 10 * size;
        int[] selectors = new int[6];
        for (int n = 0; n < (wide ? 6 : 4); n++) {
            selectors[n] = (int) m.systemLoad(p + n * size, 2);
        }
        int ldt = (int) m.systemLoad(at + (wide ? 0x60 : 0x2A), 2);
        boolean trap = wide && (m.systemLoad(at + 0x64, 2) & 1) != 0;

        if (wide && (c.cr0 & Cpu.CR0_PG) != 0 && cr3 != c.cr3) {
            ControlRegisters.setCr3(c, cr3);
        }
        c.rip = rip;
        if (kind == CALL || kind == INTERRUPT) {
            flags |= Flags.NT;
        }
        int mask = wide ? 0x3F7FD5 : 0x7FD5;
        StackOps.setFlags(c, flags, mask);
        for (int n = 0; n < 8; n++) {
            Registers.set(c, n, size, gpr[n]);
        }
        // From here on a fault happens in the context of the new task.
        for (int n = 0; n < 6; n++) {
            s.setNull(n, selectors[n]);
        }
        s.setNull(Cpu.LDTR, ldt);
        c.sys.dr7 &= ~0x155L;
        try {
            finish(c, ldt, selectors);
            if (trap) {
                c.sys.dr6 |= 0x8000;
                c.interrupts.debug();
            }
        } catch (CpuFault f) {
            c.interrupts.fault(f);
        }
    }

    private static void finish(Cpu c, int ldt, int[] selectors) {
        Segments s = c.segments;
        SegmentOps.loadLdt(c, ldt, CpuFault.TS);
        if (c.v86()) {
            s.setCpl(3);
            for (int n = 0; n < 6; n++) {
                s.setReal(n, selectors[n]);
            }
        } else {
            segments(c, selectors);
        }
        s.updateMode();
        c.interruptsMayBeEnabled();
        if (!s.fetchAllowed(c.rip, 1)) {
            throw c.gp(0);
        }
    }

    private static void segments(Cpu c, int[] selectors) {
        int cs = selectors[Cpu.CS];
        int cpl = cs & 3;
        c.segments.setCpl(cpl);
        if (Descriptors.isNull(cs)) {
            throw c.fault(CpuFault.TS, 0);
        }
        long code = Descriptors.read(c, cs, CpuFault.TS);
        int error = cs & 0xFFFC;
        if (!Descriptors.isCode(code)
            || (Descriptors.conforming(code) ? Descriptors.dpl(code) > cpl : Descriptors.dpl(code) != cpl)) {
            throw c.fault(CpuFault.TS, error);
        }
        if (!Descriptors.present(code)) {
            throw c.fault(CpuFault.NP, error);
        }
        if (Descriptors.isNull(selectors[Cpu.SS])) {
            throw c.fault(CpuFault.TS, 0);
        }
        long stack = Descriptors.checkStack(c, selectors[Cpu.SS], cpl, CpuFault.TS, 0);
        Descriptors.installStack(c, selectors[Cpu.SS], stack);
        Descriptors.installCode(c, cs, cpl, code);
        for (int n : DATA) {
            try {
                Descriptors.load(c, n, selectors[n]);
            } catch (CpuFault f) {
                throw f.vector == CpuFault.GP ? c.fault(CpuFault.TS, f.error) : f;
            }
        }
    }
}
