package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;

/** MOVQ2DQ, MOVDQ2Q and EMMS. */
final class MmxTransfer extends Op {
    private final boolean toXmm;
    private final byte mm;
    private final byte xmm;

    private MmxTransfer(Insn i, boolean toXmm) {
        super(i);
        this.toXmm = toXmm;
        mm = (byte) (toXmm ? i.rmLow : i.regLow);
        xmm = (byte) (2 * (toXmm ? i.reg : i.rm));
    }

    static Op toXmm(Insn i) {
        return new MmxTransfer(i, true);
    }

    static Op toMmx(Insn i) {
        return new MmxTransfer(i, false);
    }

    @Override
    public void exec(Cpu c) {
        FpuState f = Forms.mmxBegin(c);
        f.enterMmx();
        if (toXmm) {
            f.xmm[xmm] = f.mant[mm];
            f.xmm[xmm + 1] = 0;
        } else {
            f.setMmx(mm, f.xmm[xmm]);
        }
    }

    /** EMMS: all registers are empty. */
    static final class Emms extends Op {
        Emms(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = Forms.mmxBegin(c);
            f.top = 0;
            f.empty = 0xFF;
        }
    }
}
