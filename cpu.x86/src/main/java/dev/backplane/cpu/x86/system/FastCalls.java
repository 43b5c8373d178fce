package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.integer.StackOps;

/** SYSCALL, SYSRET, SYSENTER, SYSEXIT and SWAPGS, as on Intel processors. */
final class FastCalls {
    private static final int CODE64 = 0xA09B;
    private static final int CODE32 = 0xC09B;
    private static final int DATA = 0xC093;
    private static final int DPL3 = 0x60;

    private FastCalls() {
    }

    private abstract static class Transfer extends Op {
        Transfer(Insn i) {
            super(i);
        }

        @Override
        public boolean endsBlock() {
            return true;
        }
    }

    static final class Syscall extends Transfer {
        Syscall(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            if ((c.efer & Cpu.EFER_SCE) == 0 || !c.code64()) {
                throw c.ud();
            }
            c.r[Cpu.RCX] = nextRip(c);
            int flags = c.flags();
            c.r[11] = flags & ~Flags.RF;
            c.rip = c.sys.lstar;
            int left = flags & ~(int) c.sys.fmask & ~Flags.RF | 2;
            Levels.syscall(c);
            StackOps.setFlags(c, left, -1);
            c.segments.updateMode();
        }
    }

    static final class Sysret extends Transfer {
        private final boolean wide;

        Sysret(Insn i) {
            super(i);
            wide = i.w;
        }

        @Override
        public void exec(Cpu c) {
            if ((c.efer & Cpu.EFER_SCE) == 0 || !c.code64()) {
                throw c.ud();
            }
            long rip = c.r[Cpu.RCX];
            if (c.cpl != 0 || wide && rip << 16 >> 16 != rip) {
                throw c.gp(0);
            }
            c.rip = wide ? rip : rip & 0xFFFFFFFFL;
            Levels.sysret(c, wide);
            StackOps.setFlags(c, (int) c.r[11] & 0x3C7FD7 | 2, -1);
            c.segments.updateMode();
            c.interruptsMayBeEnabled();
        }
    }

    static final class Sysenter extends Transfer {
        Sysenter(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            int selector = (int) c.sys.sysenterCs & 0xFFFC;
            if (!c.protectedMode() || selector == 0) {
                throw c.gp(0);
            }
            boolean wide = c.longMode();
            c.eflags &= ~(Flags.VM | Flags.IF | Flags.RF);
            Descriptors.flat(c, Cpu.CS, selector, wide ? CODE64 : CODE32);
            Descriptors.flat(c, Cpu.SS, selector + 8, DATA);
            c.segments.setCpl(0);
            c.r[Cpu.RSP] = wide ? c.sys.sysenterEsp : c.sys.sysenterEsp & 0xFFFFFFFFL;
            c.rip = wide ? c.sys.sysenterEip : c.sys.sysenterEip & 0xFFFFFFFFL;
            c.segments.updateMode();
        }
    }

    static final class Sysexit extends Transfer {
        private final boolean wide;

        Sysexit(Insn i) {
            super(i);
            wide = i.w;
        }

        @Override
        public void exec(Cpu c) {
            int selector = (int) c.sys.sysenterCs & 0xFFFC;
            if (!c.protectedMode() || selector == 0 || c.cpl != 0) {
                throw c.gp(0);
            }
            long rip = c.r[Cpu.RDX];
            long rsp = c.r[Cpu.RCX];
            if (wide && (rip << 16 >> 16 != rip || rsp << 16 >> 16 != rsp)) {
                throw c.gp(0);
            }
            Descriptors.flat(c, Cpu.CS, selector + (wide ? 32 : 16) | 3, (wide ? CODE64 : CODE32) | DPL3);
            Descriptors.flat(c, Cpu.SS, selector + (wide ? 40 : 24) | 3, DATA | DPL3);
            c.segments.setCpl(3);
            c.rip = wide ? rip : rip & 0xFFFFFFFFL;
            c.r[Cpu.RSP] = wide ? rsp : rsp & 0xFFFFFFFFL;
            c.segments.updateMode();
        }
    }

    static final class Swapgs extends Op {
        Swapgs(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            if (!c.code64()) {
                throw c.ud();
            }
            if (c.cpl != 0) {
                throw c.gp(0);
            }
            long base = c.segments.base[Cpu.GS];
            c.segments.base[Cpu.GS] = c.sys.kernelGsBase;
            c.segBase[Cpu.GS] = c.sys.kernelGsBase;
            c.sys.kernelGsBase = base;
        }
    }
}
