package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;

/** INT n and its kin, HLT, CLI, STI, and the instructions on FS and GS bases. */
final class FlowOps {
    private FlowOps() {
    }

    /** INT n, INT3, INTO and INT1. */
    static final class Int extends Op {
        private final int vector;
        private final int opcode;

        Int(Insn i) {
            super(i);
            opcode = i.opcode;
            vector = switch (opcode) {
                case 0xCC -> CpuFault.BP;
                case 0xCE -> CpuFault.OF;
                case 0xF1 -> CpuFault.DB;
                default -> (int) i.imm;
            };
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            if (opcode == 0xCE && !Flags.of(c)) {
                c.rip = nextRip(c);
                return;
            }
            if (opcode == 0xCD && c.v86() && c.iopl() < 3) {
                throw c.gp(0);
            }
            c.rip = nextRip(c);
            if (opcode == 0xF1) {
                c.interrupts.external(vector);
            } else {
                c.interrupts.software(vector);
            }
            c.trapsCleared = true;
        }
    }

    static final class Hlt extends Op {
        Hlt(Insn i) {
            super(i);
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean fallsThrough() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            if (c.cpl != 0) {
                throw c.gp(0);
            }
            c.halted = true;
            c.attention = true;
        }
    }

    private static void requireIopl(Cpu c) {
        if (c.protectedMode() && (c.v86() ? c.iopl() < 3 : c.cpl > c.iopl())) {
            throw c.gp(0);
        }
    }

    static final class Cli extends Op {
        Cli(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            requireIopl(c);
            c.eflags &= ~Flags.IF;
        }
    }

    static final class Sti extends Op {
        Sti(Insn i) {
            super(i);
        }

        @Override
        public boolean shadows() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            requireIopl(c);
            c.eflags |= Flags.IF;
            c.interruptsMayBeEnabled();
        }
    }

    /** CLAC and STAC. */
    static final class Ac extends Op {
        private final boolean set;

        Ac(Insn i, boolean set) {
            super(i);
            this.set = set;
        }

        @Override
        public void exec(Cpu c) {
            if (c.cpl != 0 || !c.model.v2) {
                throw c.ud();
            }
            c.eflags = set ? c.eflags | Flags.AC : c.eflags & ~Flags.AC;
            c.mem.slow().select();
        }
    }

    /** RDFSBASE, RDGSBASE, WRFSBASE and WRGSBASE. */
    static final class Base extends RmOp {
        private final int seg;
        private final boolean write;

        Base(Insn i) {
            super(i, i.w ? 8 : 4);
            seg = (i.regLow & 1) == 0 ? Cpu.FS : Cpu.GS;
            write = i.regLow >= 2;
        }

        @Override
        public void exec(Cpu c) {
            if (!c.code64() || (c.cr4 & Cpu.CR4_FSGSBASE) == 0) {
                throw c.ud();
            }
            if (!write) {
                Registers.set(c, rm, size, c.segments.base[seg]);
                return;
            }
            long v = readRm(c);
            if (v << 16 >> 16 != v) {
                throw c.gp(0);
            }
            Msrs.setBase(c, seg, v);
        }
    }
}
