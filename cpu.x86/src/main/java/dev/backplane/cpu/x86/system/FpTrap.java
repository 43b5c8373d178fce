package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpTable;

/** Ops decoded while CR0 or CR4 may make x87, MMX, SSE or AVX instructions trap (Intel SDM vol. 3, table 2-2 and 14.1). */
public final class FpTrap {
    private FpTrap() {
    }

    /** The op with the checks of its kind before it; null stays null. */
    public static Op wrap(Insn i, OpTable.Kind kind, Op op) {
        return op == null ? null : new Checked(i, kind, op);
    }

    /** Raises #UD or #NM if an instruction of this kind cannot run now. */
    public static void check(Cpu c, OpTable.Kind kind, boolean wait) {
        long cr0 = c.cr0;
        switch (kind) {
            case X87 -> {
                if (wait ? (cr0 & (Cpu.CR0_MP | Cpu.CR0_TS)) == (Cpu.CR0_MP | Cpu.CR0_TS)
                    : (cr0 & (Cpu.CR0_EM | Cpu.CR0_TS)) != 0) {
                    throw c.fault(CpuFault.NM);
                }
            }
            case MMX -> {
                if ((cr0 & Cpu.CR0_EM) != 0) {
                    throw c.ud();
                }
                taskSwitched(c);
            }
            case SSE -> {
                if ((cr0 & Cpu.CR0_EM) != 0 || (c.cr4 & Cpu.CR4_OSFXSR) == 0) {
                    throw c.ud();
                }
                taskSwitched(c);
            }
            case AVX -> {
                if (!c.avxEnabled()) {
                    throw c.ud();
                }
                taskSwitched(c);
            }
            default -> {
            }
        }
    }

    private static void taskSwitched(Cpu c) {
        if ((c.cr0 & Cpu.CR0_TS) != 0) {
            throw c.fault(CpuFault.NM);
        }
    }

    private static final class Checked extends Op {
        private final OpTable.Kind kind;
        private final boolean wait;
        private final Op op;

        Checked(Insn i, OpTable.Kind kind, Op op) {
            super(i);
            this.kind = kind;
            wait = i.map == Insn.MAP_1 && i.opcode == 0x9B;
            this.op = op;
        }

        @Override
        public boolean endsBlock() {
            return op.endsBlock();
        }

        @Override
        public boolean fallsThrough() {
            return op.fallsThrough();
        }

        @Override
        public boolean throughStack() {
            return op.throughStack();
        }

        @Override
        public void exec(Cpu c) {
            check(c, kind, wait);
            op.exec(c);
        }
    }

    /** An instruction of more than 15 bytes: #GP(0). */
    public static final class TooLong extends Op {
        public TooLong(Insn i) {
            super(i);
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            throw c.gp(0);
        }
    }
}
