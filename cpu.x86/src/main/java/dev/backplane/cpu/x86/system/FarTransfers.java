package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Segments;
import dev.backplane.cpu.x86.integer.Stack;

/** Far JMP and CALL: direct, through call gates, task gates and TSSs (Intel SDM vol. 3, 5.8 and 8.3). */
final class FarTransfers {
    private FarTransfers() {
    }

    /** Far JMP or CALL; {@code next} is the return address. */
    static void transfer(Cpu c, int selector, long offset, boolean call, int size, long next) {
        if (!c.protectedMode() || c.v86()) {
            real(c, selector, offset, call, size, next);
            return;
        }
        if (Descriptors.isNull(selector)) {
            throw c.gp(0);
        }
        long d = Descriptors.read(c, selector, CpuFault.GP);
        if (Descriptors.application(d)) {
            direct(c, selector, d, offset, call, size, next);
        } else {
            system(c, selector, d, call, next);
        }
    }

    private static void real(Cpu c, int selector, long offset, boolean call, int size, long next) {
        if (offset > (c.segments.limit[Cpu.CS] & 0xFFFFFFFFL)) {
            throw c.gp(0);
        }
        if (call) {
            InnerStack s = new InnerStack(c);
            s.startCurrent(0);
            s.push(size, c.segments.selector[Cpu.CS]);
            s.push(size, next);
            s.commit();
        }
        c.segments.setReal(Cpu.CS, selector);
        c.rip = offset;
        c.segments.updateMode();
    }

    /** Raises a fault unless the offset is valid in the code segment. */
    static void checkTarget(Cpu c, long d, long offset) {
        if (c.longMode() && Descriptors.isLong(d)) {
            if (offset << 16 >> 16 != offset) {
                throw c.gp(0);
            }
        } else if (Long.compareUnsigned(offset, Descriptors.limit(d) & 0xFFFFFFFFL) > 0) {
            throw c.gp(0);
        }
    }

    private static void direct(Cpu c, int selector, long d, long offset, boolean call, int size, long next) {
        int error = selector & 0xFFFC;
        if (!Descriptors.isCode(d) || c.longMode() && Descriptors.isLong(d) && Descriptors.isBig(d)) {
            throw c.gp(error);
        }
        if (Descriptors.conforming(d) ? Descriptors.dpl(d) > c.cpl
            : (selector & 3) > c.cpl || Descriptors.dpl(d) != c.cpl) {
            throw c.gp(error);
        }
        if (!Descriptors.present(d)) {
            throw c.fault(CpuFault.NP, error);
        }
        if (!(c.longMode() && Descriptors.isLong(d))) {
            offset &= 0xFFFFFFFFL;
        }
        InnerStack s = null;
        if (call) {
            s = new InnerStack(c);
            s.startCurrent(0);
            s.push(size, c.segments.selector[Cpu.CS]);
            s.push(size, next);
        }
        checkTarget(c, d, offset);
        if (s != null) {
            s.commit();
        }
        Descriptors.installCode(c, selector, c.cpl, d);
        c.rip = offset;
        c.segments.updateMode();
    }

    private static void system(Cpu c, int selector, long d, boolean call, long next) {
        int error = selector & 0xFFFC;
        int type = Descriptors.type(d);
        boolean ok = c.longMode() ? type == 12 : type == 1 || type == 4 || type == 5 || type == 9 || type == 12;
        if (!ok || Descriptors.dpl(d) < Math.max(c.cpl, selector & 3)) {
            throw c.gp(error);
        }
        if (!Descriptors.present(d)) {
            throw c.fault(CpuFault.NP, error);
        }
        switch (type) {
            case 1, 9 -> {
                c.rip = next;
                if ((selector & 4) != 0) {
                    throw c.gp(error);
                }
                TaskSwitch.go(c, selector, d, call ? TaskSwitch.CALL : TaskSwitch.JUMP, 0);
            }
            case 5 -> {
                c.rip = next;
                TaskSwitch.byGate(c, (int) (d >>> 16) & 0xFFFF, call ? TaskSwitch.CALL : TaskSwitch.JUMP, 0);
            }
            default -> gate(c, selector, d, call, next);
        }
    }

    private static void gate(Cpu c, int gateSelector, long g, boolean call, long next) {
        boolean wide = Descriptors.type(g) == 12;
        int selector = (int) (g >>> 16) & 0xFFFF;
        long offset = wide ? g & 0xFFFF | g >>> 32 & 0xFFFF0000L : g & 0xFFFF;
        int size = wide ? 4 : 2;
        if (c.longMode()) {
            long upper = Descriptors.upper(c, gateSelector, CpuFault.GP);
            offset |= upper << 32;
            size = 8;
        }
        if (Descriptors.isNull(selector)) {
            throw c.gp(0);
        }
        long d = Descriptors.read(c, selector, CpuFault.GP);
        int error = selector & 0xFFFC;
        if (!Descriptors.isCode(d) || Descriptors.dpl(d) > c.cpl
            || !call && !Descriptors.conforming(d) && Descriptors.dpl(d) != c.cpl
            || c.longMode() && (!Descriptors.isLong(d) || Descriptors.isBig(d))) {
            throw c.gp(error);
        }
        if (!Descriptors.present(d)) {
            throw c.fault(CpuFault.NP, error);
        }
        if (call && !Descriptors.conforming(d) && Descriptors.dpl(d) < c.cpl) {
            inner(c, selector, d, offset, size, (int) (g >>> 32) & 31, next);
            return;
        }
        if (call) {
            InnerStack s = new InnerStack(c);
            s.startCurrent(0);
            s.push(size, c.segments.selector[Cpu.CS]);
            s.push(size, next);
            checkTarget(c, d, offset);
            s.commit();
        } else {
            checkTarget(c, d, offset);
        }
        Descriptors.installCode(c, selector, c.cpl, d);
        c.rip = offset;
        c.segments.updateMode();
    }

    private static void inner(Cpu c, int selector, long d, long offset, int size, int words, long next) {
        int cpl = Descriptors.dpl(d);
        InnerStack s = new InnerStack(c);
        int oldSs = c.segments.selector[Cpu.SS];
        long oldSp = c.r[Cpu.RSP];
        if (size == 8) {
            s.start64(Tss.stackPointer64(c, cpl, 0), cpl, 0);
        } else {
            int ss = Tss.stackSelector(c, cpl, 0);
            long sp = Tss.stackPointer(c, cpl, 0);
            if (Descriptors.isNull(ss)) {
                throw c.fault(CpuFault.TS, 0);
            }
            s.startDescriptor(ss, Descriptors.checkStack(c, ss, cpl, CpuFault.TS, 0), sp, cpl, 0);
        }
        checkTarget(c, d, offset);
        s.push(size, oldSs);
        s.push(size, oldSp);
        if (size != 8) {
            for (int n = words - 1; n >= 0; n--) {
                s.push(size, Stack.peek(c, size, n * size));
            }
        }
        s.push(size, c.segments.selector[Cpu.CS]);
        s.push(size, next);
        if (size == 8) {
            c.segments.set(Cpu.SS, cpl, 0, 0, Segments.UNUSABLE | cpl << 5);
        } else {
            Descriptors.installStack(c, s.selector, s.descriptor);
        }
        s.commit();
        Descriptors.installCode(c, selector, cpl, d);
        c.rip = offset;
        c.segments.updateMode();
    }

    private abstract static class Far extends MemOp {
        final boolean call;
        final int size;

        Far(Insn i, boolean call) {
            super(i);
            this.call = call;
            size = i.opSize;
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        final void go(Cpu c, int selector, long offset) {
            long next = nextRip(c);
            if ((c.mode & Mode.LONG) == 0) {
                next &= 0xFFFFFFFFL;
            }
            transfer(c, selector, offset, call, size, next);
        }
    }

    /** EA and 9A. */
    static final class Direct extends Far {
        private final int selector;
        private final long offset;

        Direct(Insn i, boolean call) {
            super(i, call);
            selector = i.imm2;
            offset = i.imm;
        }

        @Override
        public void exec(Cpu c) {
            go(c, selector, offset);
        }
    }

    /** FF /3 and /5. */
    static final class Indirect extends Far {
        Indirect(Insn i, boolean call) {
            super(i, call);
        }

        @Override
        public void exec(Cpu c) {
            long la = ea(c, size + 2);
            long offset = c.mem.load(la, size);
            go(c, c.mem.load16(la + size), offset);
        }
    }

    static Op indirect(Insn i) {
        return i.mem ? new Indirect(i, i.regLow == 3) : null;
    }
}
