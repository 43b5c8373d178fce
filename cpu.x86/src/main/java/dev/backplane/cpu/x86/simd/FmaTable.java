package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.fp.Fma;
import dev.backplane.cpu.x86.fp.FpEnv;
import dev.backplane.cpu.x86.simd.VexForms.Form;

/**
 * FMA (Intel SDM Vol. 2, VFMADD132PD and its kin). In the opcodes 96 to BF, the high digit says how the operands go
 * (9: 132, A: 213, B: 231), the low one which operation and whether it is scalar; VEX.W says double.
 */
final class FmaTable {
    private FmaTable() {
    }

    static void addTo(Tables t) {
        for (int order = 0x90; order <= 0xB0; order += 0x10) {
            for (int low = 6; low < 16; low++) {
                t.vex(Insn.MAP_0F38, OpTable.P66, order + low, FmaOp::new);
            }
        }
    }

    private static final class FmaOp extends Form {
        private final boolean dbl;
        private final boolean scalar;
        private final boolean negate;
        /** Whether c is subtracted in even elements, and in odd ones: they differ in FMADDSUB and FMSUBADD. */
        private final boolean subEven;
        private final boolean subOdd;
        private final byte order;

        FmaOp(Insn i) {
            super(i, i.reg, i.vvvv, i.rm);
            int low = i.opcode & 15;
            dbl = i.vexW;
            scalar = low >= 8 && (low & 1) != 0;
            negate = low >= 12;
            subEven = low == 6 || low >= 8 && (low & 2) != 0;
            subOdd = low == 7 || low >= 8 && (low & 2) != 0;
            order = (byte) (i.opcode >> 4);
        }

        /** One element or two of a half: register 1 is the destination, 2 is in vvvv, 3 is the other source. */
        private long half(long v1, long v2, long v3, FpEnv e) {
            long a = order == 9 ? v1 : v2;
            long b = order == 0xA ? v1 : v3;
            long c = order == 9 ? v2 : order == 0xA ? v3 : v1;
            int lower = Fma.single((int) a, (int) b, (int) c, negate, subEven, e);
            int upper = Fma.single((int) (a >> 32), (int) (b >> 32), (int) (c >> 32), negate, subOdd, e);
            return lower & 0xFFFFFFFFL | (long) upper << 32;
        }

        private long element(long v1, long v2, long v3, boolean sub, FpEnv e) {
            return switch (order) {
                case 9 -> Fma.dbl(v1, v3, v2, negate, sub, e);
                case 0xA -> Fma.dbl(v2, v1, v3, negate, sub, e);
                default -> Fma.dbl(v2, v3, v1, negate, sub, e);
            };
        }

        private long single(long v1, long v2, long v3, FpEnv e) {
            int r = switch (order) {
                case 9 -> Fma.single((int) v1, (int) v3, (int) v2, negate, subEven, e);
                case 0xA -> Fma.single((int) v2, (int) v1, (int) v3, negate, subEven, e);
                default -> Fma.single((int) v2, (int) v3, (int) v1, negate, subEven, e);
            };
            return v1 & ~0xFFFFFFFFL | r & 0xFFFFFFFFL;
        }

        @Override
        public void exec(Cpu c) {
            FpuState p = c.fpu;
            long[] x = p.xmm;
            FpEnv e = p.sse;
            if (scalar) {
                long v = !mem ? x[s] : dbl ? c.mem.load64(ea(c, 8)) : c.mem.load32(ea(c, 4));
                long r = dbl ? element(x[d], x[a], v, subEven, e) : single(x[d], x[a], v, e);
                Forms.commit(c, e);
                write128(p, r, x[d + 1]);
                return;
            }
            long[] t = p.work;
            source(c, t, 0);
            long r0 = dbl ? element(x[d], x[a], t[0], subEven, e) : half(x[d], x[a], t[0], e);
            long r1 = dbl ? element(x[d + 1], x[a + 1], t[1], subOdd, e) : half(x[d + 1], x[a + 1], t[1], e);
            if (!wide) {
                Forms.commit(c, e);
                write128(p, r0, r1);
                return;
            }
            long[] y = p.ymmHigh;
            long r2 = dbl ? element(y[d], y[a], t[2], subEven, e) : half(y[d], y[a], t[2], e);
            long r3 = dbl ? element(y[d + 1], y[a + 1], t[3], subOdd, e) : half(y[d + 1], y[a + 1], t[3], e);
            Forms.commit(c, e);
            write256(p, r0, r1, r2, r3);
        }
    }
}
