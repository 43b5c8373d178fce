package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpFactory;
import dev.backplane.cpu.x86.fp.FpEnv;
import java.util.function.IntFunction;
import java.util.function.LongBinaryOperator;

/** Operand forms of MMX and SSE instructions, and what they have in common. */
final class Forms {
    private Forms() {
    }

    /** Source: XMM register or 16 bytes of memory, aligned. */
    static OpFactory xmm(XmmFn f) {
        return i -> i.mem ? new Mem128(i, f, true) : new Reg(i, f);
    }

    /** Source: XMM register or 16 bytes of memory at any address. */
    static OpFactory unaligned(XmmFn f) {
        return i -> i.mem ? new Mem128(i, f, false) : new Reg(i, f);
    }

    /** Source: XMM register or 8, 4 or 2 bytes of memory. */
    static OpFactory narrow(int bytes, XmmFn f) {
        return i -> i.mem ? new MemNarrow(i, f, bytes) : new Reg(i, f);
    }

    /** As {@link #xmm(XmmFn)}, with an immediate byte. */
    static OpFactory xmmImm(IntFunction<XmmFn> f) {
        return i -> xmm(f.apply((int) i.imm & 0xFF)).create(i);
    }

    static OpFactory narrowImm(int bytes, IntFunction<XmmFn> f) {
        return i -> narrow(bytes, f.apply((int) i.imm & 0xFF)).create(i);
    }

    /** Only the register form exists. */
    static OpFactory regOnly(OpFactory f) {
        return i -> i.mem ? null : f.create(i);
    }

    /** Only the memory form exists. */
    static OpFactory memOnly(OpFactory f) {
        return i -> i.mem ? f.create(i) : null;
    }

    /** The same on both 64-bit lanes. */
    static XmmFn lanes(LongBinaryOperator f) {
        return (c, x, d, lo, hi) -> {
            x[d] = f.applyAsLong(x[d], lo);
            x[d + 1] = f.applyAsLong(x[d + 1], hi);
        };
    }

    /** MMX: source is a register or 8 bytes of memory. */
    static OpFactory mmx(LongBinaryOperator f) {
        return i -> i.mem ? new MmxMem(i, f, 8) : new MmxReg(i, f);
    }

    /** MMX: source is a register or 4 bytes of memory (the low unpacks). */
    static OpFactory mmx32(LongBinaryOperator f) {
        return i -> i.mem ? new MmxMem(i, f, 4) : new MmxReg(i, f);
    }

    static OpFactory mmxImm(IntFunction<LongBinaryOperator> f) {
        return i -> mmx(f.apply((int) i.imm & 0xFF)).create(i);
    }

    /** A shift count as a number from 0 to 255 that means the same for every element width. */
    static int count(long c) {
        return (int) (Long.compareUnsigned(c, 255) > 0 ? 255 : c);
    }

    /** Ends an SSE floating-point instruction: #XM, or #UD without OSXMMEXCPT, for an unmasked exception. */
    static void commit(Cpu c, FpEnv e) {
        if (e.flags != 0 && e.commit()) {
            throw (c.cr4 & Cpu.CR4_OSXMMEXCPT) != 0 ? c.fault(CpuFault.XM) : c.ud();
        }
    }

    /** What an MMX instruction does first: a pending x87 exception is #MF. */
    static FpuState mmxBegin(Cpu c) {
        FpuState f = c.fpu;
        if ((f.status & 0x80) != 0 && (c.cr0 & Cpu.CR0_NE) != 0) {
            throw c.fault(CpuFault.MF);
        }
        return f;
    }

    static final class Reg extends Op {
        private final XmmFn f;
        private final byte d;
        private final byte s;

        Reg(Insn i, XmmFn f) {
            super(i);
            this.f = f;
            d = (byte) (2 * i.reg);
            s = (byte) (2 * i.rm);
        }

        @Override
        public void exec(Cpu c) {
            long[] x = c.fpu.xmm;
            f.apply(c, x, d, x[s], x[s + 1]);
        }
    }

    static final class Mem128 extends MemOp {
        private final XmmFn f;
        private final byte d;
        private final boolean aligned;

        Mem128(Insn i, XmmFn f, boolean aligned) {
            super(i);
            this.f = f;
            d = (byte) (2 * i.reg);
            this.aligned = aligned;
        }

        @Override
        public void exec(Cpu c) {
            long la = ea(c, 16);
            if (aligned) {
                c.mem.requireAligned16(la);
            }
            long lo = c.mem.load128(la);
            f.apply(c, c.fpu.xmm, d, lo, c.mem.high);
        }
    }

    static final class MemNarrow extends MemOp {
        private final XmmFn f;
        private final byte d;
        private final byte size;

        MemNarrow(Insn i, XmmFn f, int size) {
            super(i);
            this.f = f;
            d = (byte) (2 * i.reg);
            this.size = (byte) size;
        }

        @Override
        public void exec(Cpu c) {
            f.apply(c, c.fpu.xmm, d, c.mem.load(ea(c, size), size), 0);
        }
    }

    static final class MmxReg extends Op {
        private final LongBinaryOperator f;
        private final byte d;
        private final byte s;

        MmxReg(Insn i, LongBinaryOperator f) {
            super(i);
            this.f = f;
            d = (byte) i.regLow;
            s = (byte) i.rmLow;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = mmxBegin(c);
            p.enterMmx();
            p.setMmx(d, f.applyAsLong(p.mant[d], p.mant[s]));
        }
    }

    static final class MmxMem extends MemOp {
        private final LongBinaryOperator f;
        private final byte d;
        private final byte size;

        MmxMem(Insn i, LongBinaryOperator f, int size) {
            super(i);
            this.f = f;
            d = (byte) i.regLow;
            this.size = (byte) size;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = mmxBegin(c);
            long v = c.mem.load(ea(c, size), size);
            p.enterMmx();
            p.setMmx(d, f.applyAsLong(p.mant[d], v));
        }
    }
}
