package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Segments;
import dev.backplane.cpu.x86.integer.Stack;
import dev.backplane.cpu.x86.integer.StackOps;

/** Far RET and IRET. */
final class Returns {
    private Returns() {
    }

    private static long code(Cpu c, int selector) {
        if (Descriptors.isNull(selector)) {
            throw c.gp(0);
        }
        int rpl = selector & 3;
        int error = selector & 0xFFFC;
        if (rpl < c.cpl) {
            throw c.gp(error);
        }
        long d = Descriptors.read(c, selector, CpuFault.GP);
        if (!Descriptors.isCode(d) || c.longMode() && Descriptors.isLong(d) && Descriptors.isBig(d)
            || (Descriptors.conforming(d) ? Descriptors.dpl(d) > rpl : Descriptors.dpl(d) != rpl)) {
            throw c.gp(error);
        }
        if (!Descriptors.present(d)) {
            throw c.fault(CpuFault.NP, error);
        }
        return d;
    }

    /** A stack segment to return to; 0 for a null selector that 64-bit mode allows. */
    private static long stack(Cpu c, int selector, int cpl, long code) {
        if (Descriptors.isNull(selector)) {
            if (c.longMode() && Descriptors.isLong(code) && cpl != 3 && (selector & 3) == cpl) {
                return 0;
            }
            throw c.gp(0);
        }
        return Descriptors.checkStack(c, selector, cpl, CpuFault.GP, 0);
    }

    private static void installStack(Cpu c, int selector, long d, int cpl) {
        if (d == 0) {
            c.segments.set(Cpu.SS, selector, 0, 0, Segments.UNUSABLE | cpl << 5);
        } else {
            Descriptors.installStack(c, selector, d);
        }
    }

    /** Sets RSP at the width of the stack that is in SS now; {@code to} is the code segment returned to. */
    private static void setSp(Cpu c, long sp, long to) {
        if (c.longMode() && Descriptors.isLong(to)) {
            c.r[Cpu.RSP] = sp;
        } else if ((c.segments.rights[Cpu.SS] & Segments.DB) != 0) {
            c.r[Cpu.RSP] = sp & 0xFFFFFFFFL;
        } else {
            c.r[Cpu.RSP] = c.r[Cpu.RSP] & ~0xFFFFL | sp & 0xFFFF;
        }
    }

    static final class FarRet extends Op {
        private final int size;
        private final int release;

        FarRet(Insn i) {
            super(i);
            size = i.opSize;
            release = (int) i.imm;
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean throughStack() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            long rip = Stack.peek(c, size, 0);
            int cs = (int) Stack.peek(c, size, size) & 0xFFFF;
            if (!c.protectedMode() || c.v86()) {
                if (rip > (c.segments.limit[Cpu.CS] & 0xFFFFFFFFL)) {
                    throw c.gp(0);
                }
                Stack.release(c, 2 * size + release);
                c.segments.setReal(Cpu.CS, cs);
                c.rip = rip;
                c.segments.updateMode();
                return;
            }
            long d = code(c, cs);
            int cpl = cs & 3;
            if (cpl == c.cpl) {
                FarTransfers.checkTarget(c, d, rip);
                Stack.release(c, 2 * size + release);
                Descriptors.installCode(c, cs, cpl, d);
                c.rip = rip;
                c.segments.updateMode();
                return;
            }
            long sp = Stack.peek(c, size, 2 * size + release);
            int ss = (int) Stack.peek(c, size, 3 * size + release) & 0xFFFF;
            long stack = stack(c, ss, cpl, d);
            FarTransfers.checkTarget(c, d, rip);
            Descriptors.installCode(c, cs, cpl, d);
            installStack(c, ss, stack, cpl);
            setSp(c, sp + release, d);
            c.rip = rip;
            Descriptors.dropInner(c);
            c.segments.updateMode();
        }
    }

    static final class Iret extends Op {
        private final int size;

        Iret(Insn i) {
            super(i);
            size = i.opSize;
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean throughStack() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            Cpu.serialize();
            if (!c.protectedMode()) {
                real(c, Flags.IOPL | Flags.IF);
            } else if (c.v86()) {
                if (c.iopl() < 3) {
                    throw c.gp(0);
                }
                real(c, Flags.IF);
            } else if ((c.eflags & Flags.NT) != 0) {
                if (c.longMode()) {
                    throw c.gp(0);
                }
                c.rip = nextRip(c);
                TaskSwitch.back(c);
            } else {
                protectedMode(c);
            }
            if (c.nmiBlocked) {
                c.nmiBlocked = false;
                c.attention = true;
            }
        }

        private void real(Cpu c, int privileged) {
            long rip = Stack.peek(c, size, 0);
            int cs = (int) Stack.peek(c, size, size) & 0xFFFF;
            int flags = (int) Stack.peek(c, size, 2 * size);
            if (rip > 0xFFFF) {
                throw c.gp(0);
            }
            Stack.release(c, 3 * size);
            int mask = Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT | privileged;
            if (size == 4) {
                mask |= Flags.RF | Flags.AC | Flags.ID;
            }
            StackOps.setFlags(c, flags, mask);
            c.segments.setReal(Cpu.CS, cs);
            c.rip = rip;
            c.segments.updateMode();
        }

        private void protectedMode(Cpu c) {
            long rip = Stack.peek(c, size, 0);
            int cs = (int) Stack.peek(c, size, size) & 0xFFFF;
            int flags = (int) Stack.peek(c, size, 2 * size);
            if (size == 4 && (flags & Flags.VM) != 0 && c.cpl == 0 && !c.longMode()) {
                toV86(c, rip, cs, flags);
                return;
            }
            long d = code(c, cs);
            int cpl = cs & 3;
            int mask = Flags.ARITHMETIC | Flags.TF | Flags.DF | Flags.NT;
            if (size > 2) {
                mask |= Flags.RF | Flags.AC | Flags.ID;
            }
            if (c.cpl <= c.iopl()) {
                mask |= Flags.IF;
            }
            if (c.cpl == 0) {
                mask |= Flags.IOPL;
            }
            boolean stackToo = cpl != c.cpl || c.code64();
            if (stackToo) {
                long sp = Stack.peek(c, size, 3 * size);
                int ss = (int) Stack.peek(c, size, 4 * size) & 0xFFFF;
                long stack = stack(c, ss, cpl, d);
                FarTransfers.checkTarget(c, d, rip);
                boolean outer = cpl != c.cpl;
                Descriptors.installCode(c, cs, cpl, d);
                installStack(c, ss, stack, cpl);
                setSp(c, sp, d);
                if (outer) {
                    Descriptors.dropInner(c);
                }
            } else {
                FarTransfers.checkTarget(c, d, rip);
                Stack.release(c, 3 * size);
                Descriptors.installCode(c, cs, cpl, d);
            }
            c.rip = rip;
            StackOps.setFlags(c, flags, mask);
            c.segments.updateMode();
        }

        private void toV86(Cpu c, long rip, int cs, int flags) {
            long sp = Stack.peek(c, 4, 12);
            int[] selectors = new int[6];
            selectors[Cpu.SS] = (int) Stack.peek(c, 4, 16);
            selectors[Cpu.ES] = (int) Stack.peek(c, 4, 20);
            selectors[Cpu.DS] = (int) Stack.peek(c, 4, 24);
            selectors[Cpu.FS] = (int) Stack.peek(c, 4, 28);
            selectors[Cpu.GS] = (int) Stack.peek(c, 4, 32);
            selectors[Cpu.CS] = cs;
            StackOps.setFlags(c, flags, 0x3F7FD5 & ~(Flags.VIF | Flags.VIP) | Flags.VM);
            for (int s = 0; s < 6; s++) {
                c.segments.setReal(s, selectors[s]);
            }
            c.segments.setCpl(3);
            c.r[Cpu.RSP] = sp & 0xFFFFFFFFL;
            c.rip = rip & 0xFFFF;
            c.segments.updateMode();
        }
    }
}
