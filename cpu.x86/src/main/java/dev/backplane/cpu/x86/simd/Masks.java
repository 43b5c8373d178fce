package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;

/** PMOVMSKB, MOVMSKPS and MOVMSKPD: the signs of the elements as bits of a general register. */
final class Masks extends Op {
    static final int BYTES = 0;
    static final int PS = 1;
    static final int PD = 2;
    static final int MMX = 3;

    private final byte kind;
    private final byte d;
    private final byte s;
    private final boolean wide;

    Masks(Insn i, int kind) {
        super(i);
        this.kind = (byte) kind;
        d = (byte) i.reg;
        wide = i.vex && i.vexL;
        s = (byte) (kind == MMX ? i.rmLow : 2 * i.rm);
    }

    @Override
    public void exec(Cpu c) {
        if (kind == MMX) {
            FpuState f = Forms.mmxBegin(c);
            f.enterMmx();
            c.r[d] = Shuffle.byteSigns(f.mant[s]);
            return;
        }
        int mask = of(c.fpu.xmm[s], c.fpu.xmm[s + 1]);
        if (wide) {
            int bits = kind == BYTES ? 16 : kind == PS ? 4 : 2;
            mask |= of(c.fpu.ymmHigh[s], c.fpu.ymmHigh[s + 1]) << bits;
        }
        c.r[d] = mask & 0xFFFFFFFFL;
    }

    private int of(long lo, long hi) {
        return (int) switch (kind) {
            case BYTES -> Shuffle.byteSigns(lo) | Shuffle.byteSigns(hi) << 8;
            case PS -> lo >>> 31 & 1 | lo >>> 62 & 2 | hi >>> 29 & 4 | hi >>> 60 & 8;
            default -> lo >>> 63 | hi >>> 62 & 2;
        };
    }
}
