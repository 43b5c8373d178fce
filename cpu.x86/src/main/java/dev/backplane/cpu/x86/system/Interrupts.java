package dev.backplane.cpu.x86.system;

import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Segments;

/**
 * Delivery of interrupts and exceptions (Intel SDM vol. 3, chapter 6): through the real-mode table, through gates with
 * and without a change of stack, through task gates, in long mode with IST; double and triple faults.
 */
public final class Interrupts {
    private static final int NONE = -1;
    /** Benign faults could follow each other for ever; a processor would hang. */
    private static final int MAX_DEPTH = 16;

    private final Cpu c;
    private final InnerStack stack;

    public Interrupts(Cpu c) {
        this.c = c;
        stack = new InnerStack(c);
    }

    /** Delivers a maskable interrupt or an NMI. */
    public void external(int vector) {
        VcpuTracer t = c.tracer;
        if (t != null) {
            t.interrupt(c.number, vector, c.rip + c.segBase[Cpu.CS], c.cpl);
        }
        deliver(vector, false, NONE, 1);
    }

    /** Delivers INT n, INT3 or INTO; RIP is already behind the instruction. May throw the fault that it meets. */
    void software(int vector) {
        trace(vector, NONE, true);
        once(vector, true, NONE, 0);
    }

    /** Delivers a debug trap; DR6 is set already. */
    public void debug() {
        c.sys.dr7 &= ~0x2000L;
        trace(CpuFault.DB, NONE, false);
        deliver(CpuFault.DB, false, NONE, 1);
    }

    /** Delivers a fault; RIP is at the instruction. */
    public void fault(CpuFault f) {
        int vector = f.vector;
        int error = f.hasError ? f.error : NONE;
        if (vector == CpuFault.DB) {
            c.sys.dr7 &= ~0x2000L;
        } else {
            c.eflags |= Flags.RF;
        }
        trace(vector, error, false);
        deliver(vector, false, error, 1);
        c.eflags &= ~Flags.RF;
    }

    private void deliver(int vector, boolean software, int error, int ext) {
        for (int depth = 0;; depth++) {
            try {
                once(vector, software, error, ext);
                return;
            } catch (CpuFault f) {
                int next = f.vector;
                if (vector == CpuFault.DF && (contributory(next) || next == CpuFault.PF) || depth == MAX_DEPTH) {
                    c.shutdown = true;
                    c.attention = true;
                    return;
                }
                if (contributory(vector) && contributory(next)
                    || vector == CpuFault.PF && (contributory(next) || next == CpuFault.PF)) {
                    vector = CpuFault.DF;
                    error = 0;
                } else {
                    vector = next;
                    error = f.hasError ? f.error : NONE;
                }
                ext = 1;
                trace(vector, error, false);
            }
        }
    }

    private void trace(int vector, int error, boolean software) {
        VcpuTracer t = c.tracer;
        if (t != null) {
            t.exception(c.number, vector, error, c.rip + c.segBase[Cpu.CS], c.cpl, c.cr2, software);
        }
    }

    private static boolean contributory(int vector) {
        return vector == CpuFault.DE || vector >= CpuFault.TS && vector <= CpuFault.GP;
    }

    private void once(int vector, boolean software, int error, int ext) {
        if (c.longMode()) {
            long64(vector, software, error, ext);
        } else if (c.protectedMode()) {
            protectedMode(vector, software, error, ext);
        } else {
            real(vector);
        }
    }

    private void real(int vector) {
        if (vector * 4 + 3 > c.sys.idtLimit) {
            throw c.fault(CpuFault.GP);
        }
        long v = c.mem.slow().systemLoad(c.sys.idtBase + vector * 4, 4);
        stack.startCurrent(0);
        stack.push(2, c.flags());
        stack.push(2, c.segments.selector[Cpu.CS]);
        stack.push(2, c.rip);
        stack.commit();
        c.eflags &= ~(Flags.IF | Flags.TF | Flags.RF | Flags.AC);
        c.segments.setReal(Cpu.CS, (int) (v >>> 16));
        c.rip = v & 0xFFFF;
        c.segments.updateMode();
    }

    private void long64(int vector, boolean software, int error, int ext) {
        int idt = vector << 3 | 2;
        if (vector * 16 + 15 > c.sys.idtLimit) {
            throw c.gp(idt | ext);
        }
        long at = c.sys.idtBase + vector * 16;
        long low = c.mem.slow().systemLoad(at, 8);
        int type = (int) (low >>> 40) & 0x1F;
        if (type != 14 && type != 15) {
            throw c.gp(idt | ext);
        }
        if (software && Descriptors.dpl(low) < c.cpl) {
            throw c.gp(idt);
        }
        if (!Descriptors.present(low)) {
            throw c.fault(CpuFault.NP, idt | ext);
        }
        long target = low & 0xFFFF | low >>> 32 & 0xFFFF0000L | c.mem.slow().systemLoad(at + 8, 8) << 32;
        int selector = (int) (low >>> 16) & 0xFFFF;
        if (Descriptors.isNull(selector)) {
            throw c.gp(ext);
        }
        long d = Descriptors.read(c, selector, CpuFault.GP, ext);
        int code = selector & 0xFFFC | ext;
        if (!Descriptors.isCode(d) || Descriptors.dpl(d) > c.cpl || !Descriptors.isLong(d) || Descriptors.isBig(d)) {
            throw c.gp(code);
        }
        if (!Descriptors.present(d)) {
            throw c.fault(CpuFault.NP, code);
        }
        int cpl = Descriptors.conforming(d) ? c.cpl : Descriptors.dpl(d);
        int ist = (int) (low >>> 32) & 7;
        long sp = ist != 0 ? Tss.ist(c, ist, ext)
            : cpl != c.cpl ? Tss.stackPointer64(c, cpl, ext) : c.r[Cpu.RSP];
        if (target << 16 >> 16 != target) {
            throw c.gp(ext);
        }
        stack.start64(sp & ~15L, cpl, ext);
        stack.push(8, c.segments.selector[Cpu.SS]);
        stack.push(8, c.r[Cpu.RSP]);
        stack.push(8, c.flags() & 0xFFFFFFFFL);
        stack.push(8, c.segments.selector[Cpu.CS]);
        stack.push(8, c.rip);
        if (error != NONE) {
            stack.push(8, error & 0xFFFFFFFFL);
        }
        if (cpl != c.cpl) {
            c.segments.set(Cpu.SS, cpl, 0, 0, Segments.UNUSABLE | cpl << 5);
        }
        c.r[Cpu.RSP] = stack.sp;
        enter(selector, cpl, d, target, type == 14);
    }

    private void enter(int selector, int cpl, long d, long target, boolean disable) {
        c.eflags &= ~(Flags.TF | Flags.RF | Flags.NT | Flags.VM);
        if (disable) {
            c.eflags &= ~Flags.IF;
        }
        Descriptors.installCode(c, selector, cpl, d);
        c.rip = target;
        c.segments.updateMode();
    }

    private void protectedMode(int vector, boolean software, int error, int ext) {
        int idt = vector << 3 | 2;
        if (vector * 8 + 7 > c.sys.idtLimit) {
            throw c.gp(idt | ext);
        }
        long gate = c.mem.slow().systemLoad(c.sys.idtBase + vector * 8, 8);
        int type = (int) (gate >>> 40) & 0x1F;
        if (type != 5 && type != 6 && type != 7 && type != 14 && type != 15) {
            throw c.gp(idt | ext);
        }
        if (software && Descriptors.dpl(gate) < c.cpl) {
            throw c.gp(idt);
        }
        if (!Descriptors.present(gate)) {
            throw c.fault(CpuFault.NP, idt | ext);
        }
        int selector = (int) (gate >>> 16) & 0xFFFF;
        if (type == 5) {
            TaskSwitch.byGate(c, selector, TaskSwitch.INTERRUPT, ext);
            if (error != NONE) {
                stack.startCurrent(ext);
                stack.push((c.segments.rights[Cpu.TR] & 8) != 0 ? 4 : 2, error);
                stack.commit();
            }
            return;
        }
        if (Descriptors.isNull(selector)) {
            throw c.gp(ext);
        }
        long d = Descriptors.read(c, selector, CpuFault.GP, ext);
        int code = selector & 0xFFFC | ext;
        if (!Descriptors.isCode(d) || Descriptors.dpl(d) > c.cpl) {
            throw c.gp(code);
        }
        if (!Descriptors.present(d)) {
            throw c.fault(CpuFault.NP, code);
        }
        int size = type >= 14 ? 4 : 2;
        long target = size == 4 ? gate & 0xFFFF | gate >>> 32 & 0xFFFF0000L : gate & 0xFFFF;
        int cpl = Descriptors.conforming(d) ? c.cpl : Descriptors.dpl(d);
        boolean v86 = c.v86();
        if (v86 && cpl != 0) {
            throw c.gp(code);
        }
        boolean inner = cpl < c.cpl;
        if (inner) {
            int ss = Tss.stackSelector(c, cpl, ext);
            long sp = Tss.stackPointer(c, cpl, ext);
            if (Descriptors.isNull(ss)) {
                throw c.fault(CpuFault.TS, ext);
            }
            stack.startDescriptor(ss, Descriptors.checkStack(c, ss, cpl, CpuFault.TS, ext), sp, cpl, ext);
        } else {
            stack.startCurrent(ext);
        }
        if ((target & 0xFFFFFFFFL) > (Descriptors.limit(d) & 0xFFFFFFFFL)) {
            throw c.gp(ext);
        }
        if (v86) {
            for (int s : new int[] {Cpu.GS, Cpu.FS, Cpu.DS, Cpu.ES}) {
                stack.push(size, c.segments.selector[s]);
            }
        }
        if (inner) {
            stack.push(size, c.segments.selector[Cpu.SS]);
            stack.push(size, c.r[Cpu.RSP]);
        }
        stack.push(size, c.flags());
        stack.push(size, c.segments.selector[Cpu.CS]);
        stack.push(size, c.rip);
        if (error != NONE) {
            stack.push(size, error);
        }
        if (v86) {
            for (int s : new int[] {Cpu.GS, Cpu.FS, Cpu.DS, Cpu.ES}) {
                c.segments.setNull(s, 0);
            }
        }
        if (inner) {
            Descriptors.installStack(c, stack.selector, stack.descriptor);
        }
        stack.commit();
        enter(selector, cpl, d, target, (type & 1) == 0);
    }
}
