package dev.backplane.cpu.x86.system;

import java.nio.ByteBuffer;
import java.util.Arrays;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.fp.FpEnv;

/** FXSAVE, FXRSTOR, XSAVE and its forms, XRSTOR, LDMXCSR and STMXCSR (Intel SDM vol. 1, 10.5 and chapter 13). */
final class ExtendedState {
    static final int MXCSR_MASK = 0xFFFF;
    private static final int X87 = 1;
    private static final int SSE = 2;
    private static final int AVX = 4;
    /** Forms of XSAVE: XSAVE itself, XSAVEOPT, XSAVEC. */
    static final int PLAIN = 0;
    static final int OPTIMIZED = 1;
    static final int COMPACT = 2;
    /** XCOMP_BV of an image in compacted form. */
    private static final long COMPACTED = 1L << 63;
    /** Where the upper halves of YMM registers are, in both forms, and their size. */
    static final int YMM_AT = 576;
    static final int YMM_SIZE = 256;
    private static final int LEGACY = 512;
    private static final int AREA = 576;
    private static final int XMM_AT = 160;

    private ExtendedState() {
    }

    /** Writes x87 state in the format of FXSAVE: bytes 0 to 23 and 32 to 159. */
    static void putX87(FpuState f, ByteBuffer b, boolean wide) {
        b.putShort(0, (short) f.control);
        b.putShort(2, (short) f.statusWord());
        b.putShort(4, (short) (~f.empty & 0xFF));
        b.putShort(6, (short) f.lastOpcode);
        if (wide) {
            b.putLong(8, f.lastIp);
            b.putLong(16, f.lastDp);
        } else {
            b.putInt(8, (int) f.lastIp);
            b.putInt(12, f.lastCs & 0xFFFF);
            b.putInt(16, (int) f.lastDp);
            b.putInt(20, f.lastDs & 0xFFFF);
        }
        for (int n = 0; n < 8; n++) {
            int p = f.top + n & 7;
            b.putLong(32 + 16 * n, f.mant[p]);
            b.putLong(40 + 16 * n, f.exp[p] & 0xFFFF);
        }
    }

    static void getX87(FpuState f, ByteBuffer b, boolean wide) {
        f.control = b.getShort(0) & 0x1F7F | 0x40;
        f.statusWord(b.getShort(2) & 0xFFFF);
        f.empty = ~b.get(4) & 0xFF;
        f.lastOpcode = b.getShort(6) & 0x7FF;
        if (wide) {
            f.lastIp = b.getLong(8);
            f.lastDp = b.getLong(16);
            f.lastCs = 0;
            f.lastDs = 0;
        } else {
            f.lastIp = b.getInt(8) & 0xFFFFFFFFL;
            f.lastCs = b.getShort(12) & 0xFFFF;
            f.lastDp = b.getInt(16) & 0xFFFFFFFFL;
            f.lastDs = b.getShort(20) & 0xFFFF;
        }
        for (int n = 0; n < 8; n++) {
            int p = f.top + n & 7;
            f.mant[p] = b.getLong(32 + 16 * n);
            f.exp[p] = b.getShort(40 + 16 * n) & 0xFFFF;
        }
        // ES and B follow from the flags and masks.
        boolean pending = (f.status & ~f.control & 0x3F) != 0;
        f.status = f.status & 0x477F | (pending ? 0x8080 : 0);
    }

    static void putXmm(FpuState f, ByteBuffer b, int registers) {
        for (int n = 0; n < 2 * registers; n++) {
            b.putLong(XMM_AT + 8 * n, f.xmm[n]);
        }
    }

    static void getXmm(FpuState f, ByteBuffer b, int registers) {
        for (int n = 0; n < 2 * registers; n++) {
            f.xmm[n] = b.getLong(XMM_AT + 8 * n);
        }
    }

    private static void store(Cpu c, long la, int from, int to) {
        for (int n = from; n < to; n += 8) {
            c.mem.store64(la + n, c.scratch.getLong(n));
        }
    }

    private static void load(Cpu c, long la, int from, int to) {
        for (int n = from; n < to; n += 8) {
            c.scratch.putLong(n, c.mem.load64(la + n));
        }
    }

    private static void requireFxsr(Cpu c) {
        if ((c.cr0 & (Cpu.CR0_EM | Cpu.CR0_TS)) != 0) {
            throw c.fault(CpuFault.NM);
        }
    }

    private static int xmmRegisters(Cpu c) {
        return (c.mode & Mode.LONG) != 0 ? 16 : 8;
    }

    /** FXSAVE and FXRSTOR. */
    static final class Fx extends MemOp {
        private final boolean restore;
        private final boolean wide;

        Fx(Insn i, boolean restore) {
            super(i);
            this.restore = restore;
            wide = i.w;
        }

        @Override
        public void exec(Cpu c) {
            requireFxsr(c);
            long la = restore ? ea(c, LEGACY) : eaW(c, LEGACY);
            c.mem.requireAligned16(la);
            int registers = xmmRegisters(c);
            int end = XMM_AT + 16 * registers;
            ByteBuffer b = c.scratch;
            boolean sse = (c.cr4 & Cpu.CR4_OSFXSR) != 0;
            if (!restore) {
                c.mem.probeWrite(la, LEGACY);
                putX87(c.fpu, b, wide);
                b.putInt(24, c.fpu.mxcsr());
                b.putInt(28, MXCSR_MASK);
                putXmm(c.fpu, b, registers);
                store(c, la, 0, sse ? end : XMM_AT);
                return;
            }
            load(c, la, 0, end);
            if (sse) {
                checkMxcsr(c, b.getInt(24));
                c.fpu.mxcsr(b.getInt(24));
                getXmm(c.fpu, b, registers);
            }
            getX87(c.fpu, b, wide);
        }
    }

    private static void checkMxcsr(Cpu c, int v) {
        if ((v & ~MXCSR_MASK) != 0) {
            throw c.gp(0);
        }
    }

    /** The state components that XCR0 may enable. */
    static long supported(Cpu c) {
        return c.model.v3 ? X87 | SSE | AVX : X87 | SSE;
    }

    /** XINUSE: AVX state may be known to be in its initial configuration. */
    static int inUse(FpuState f) {
        long any = 0;
        for (long v : f.ymmHigh) {
            any |= v;
        }
        return any != 0 ? X87 | SSE | AVX : X87 | SSE;
    }

    private static int components(Cpu c) {
        return (int) (c.xcr0 & (c.r[Cpu.RAX] & 0xFFFFFFFFL | c.r[Cpu.RDX] << 32));
    }

    private static void requireXsave(Cpu c, long la) {
        if ((c.cr4 & Cpu.CR4_OSXSAVE) == 0) {
            throw c.ud();
        }
        if ((c.cr0 & Cpu.CR0_TS) != 0) {
            throw c.fault(CpuFault.NM);
        }
        if ((la & 63) != 0) {
            throw c.gp(0);
        }
    }

    static void putYmm(FpuState f, ByteBuffer b, int registers) {
        for (int n = 0; n < 2 * registers; n++) {
            b.putLong(AREA + 8 * n, f.ymmHigh[n]);
        }
    }

    static void getYmm(FpuState f, ByteBuffer b, int registers) {
        for (int n = 0; n < 2 * registers; n++) {
            f.ymmHigh[n] = b.getLong(AREA + 8 * n);
        }
    }

    /** XSAVE, XSAVEOPT and XSAVEC (Intel SDM vol. 1, 13.7, 13.9 and 13.10). */
    static final class Xsave extends MemOp {
        private final boolean wide;
        private final int kind;

        Xsave(Insn i, int kind) {
            super(i);
            wide = i.w;
            this.kind = kind;
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, AREA);
            requireXsave(c, la);
            int mask = components(c);
            // What is in its initial configuration need not be written, but for XSAVE.
            int stored = mask & (kind == PLAIN ? mask : inUse(c.fpu));
            int size = (stored & AVX) != 0 ? AREA + YMM_SIZE : AREA;
            c.mem.probeWrite(la, size);
            ByteBuffer b = c.scratch;
            long header = kind == COMPACT ? 0 : c.mem.load64(la + LEGACY) & ~(long) mask;
            if ((stored & X87) != 0) {
                putX87(c.fpu, b, wide);
                store(c, la, 0, 24);
                store(c, la, 32, XMM_AT);
            }
            int registers = xmmRegisters(c);
            if ((mask & (SSE | AVX)) != 0 && (kind != COMPACT || (stored & SSE) != 0)) {
                b.putInt(24, c.fpu.mxcsr());
                b.putInt(28, MXCSR_MASK);
                store(c, la, 24, 32);
            }
            if ((stored & SSE) != 0) {
                putXmm(c.fpu, b, registers);
                store(c, la, XMM_AT, XMM_AT + 16 * registers);
            }
            if ((stored & AVX) != 0) {
                putYmm(c.fpu, b, registers);
                store(c, la, AREA, AREA + 16 * registers);
            }
            c.mem.store64(la + LEGACY, header | mask & inUse(c.fpu));
            if (kind == COMPACT) {
                c.mem.store64(la + LEGACY + 8, mask | COMPACTED);
            }
        }
    }

    /** XRSTOR, of the standard and the compacted form (Intel SDM vol. 1, 13.8). */
    static final class Xrstor extends MemOp {
        private final boolean wide;

        Xrstor(Insn i) {
            super(i);
            wide = i.w;
        }

        @Override
        public void exec(Cpu c) {
            long la = ea(c, AREA);
            requireXsave(c, la);
            int mask = components(c);
            load(c, la, 0, AREA);
            ByteBuffer b = c.scratch;
            long present = b.getLong(LEGACY);
            long compaction = b.getLong(LEGACY + 8);
            boolean compact = compaction < 0;
            boolean bad = compact
                ? !c.model.v3 || (compaction & Long.MAX_VALUE & ~c.xcr0) != 0 || (present & ~compaction) != 0
                : (present & ~c.xcr0) != 0 || compaction != 0 || b.getLong(LEGACY + 16) != 0;
            for (int n = LEGACY + 16; compact && n < AREA; n += 8) {
                bad |= b.getLong(n) != 0;
            }
            if (bad) {
                throw c.gp(0);
            }
            boolean avx = (mask & AVX) != 0;
            if (avx && (present & AVX) != 0) {
                load(c, la, AREA, AREA + YMM_SIZE);
            }
            boolean mxcsr = compact ? (mask & present & SSE) != 0 : (mask & (SSE | AVX)) != 0;
            if (mxcsr) {
                checkMxcsr(c, b.getInt(24));
            }
            int registers = xmmRegisters(c);
            if (mxcsr) {
                c.fpu.mxcsr(b.getInt(24));
            } else if (compact && (mask & SSE) != 0) {
                c.fpu.mxcsr(FpEnv.MXCSR_RESET);
            }
            if ((mask & SSE) != 0) {
                if ((present & SSE) != 0) {
                    getXmm(c.fpu, b, registers);
                } else {
                    Arrays.fill(c.fpu.xmm, 0, 2 * registers, 0);
                }
            }
            if (avx) {
                if ((present & AVX) != 0) {
                    getYmm(c.fpu, b, registers);
                } else {
                    Arrays.fill(c.fpu.ymmHigh, 0, 2 * registers, 0);
                }
            }
            if ((mask & X87) != 0) {
                if ((present & X87) != 0) {
                    getX87(c.fpu, b, wide);
                } else {
                    initialX87(c.fpu);
                }
            }
        }
    }

    private static void initialX87(FpuState f) {
        f.initX87();
        for (int n = 0; n < 8; n++) {
            f.mant[n] = 0;
            f.exp[n] = 0;
        }
    }

    /** LDMXCSR and STMXCSR. */
    static final class Mxcsr extends MemOp {
        private final boolean load;
        private final boolean vex;

        Mxcsr(Insn i, boolean load) {
            super(i);
            this.load = load;
            vex = i.vex;
        }

        @Override
        public void exec(Cpu c) {
            if (!vex && ((c.cr0 & Cpu.CR0_EM) != 0 || (c.cr4 & Cpu.CR4_OSFXSR) == 0)) {
                throw c.ud();
            }
            if ((c.cr0 & Cpu.CR0_TS) != 0) {
                throw c.fault(CpuFault.NM);
            }
            if (load) {
                int v = c.mem.load32(ea(c, 4));
                checkMxcsr(c, v);
                c.fpu.mxcsr(v);
            } else {
                c.mem.store32(eaW(c, 4), c.fpu.mxcsr());
            }
        }
    }

    /** CLFLUSH: no cache to flush, but the address is checked like that of a load. */
    static final class FlushLine extends MemOp {
        FlushLine(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            c.mem.probeRead(ea(c, 1), 1);
        }
    }
}
