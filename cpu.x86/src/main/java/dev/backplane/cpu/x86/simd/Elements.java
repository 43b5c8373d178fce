package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.Insn.MAP_0F;
import static dev.backplane.cpu.x86.Insn.MAP_0F3A;
import static dev.backplane.cpu.x86.OpTable.P66;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.OpFactory;
import java.util.function.ToIntFunction;

/** PINSR, PEXTR and EXTRACTPS: single elements to and from general registers or memory. */
final class Elements {
    private Elements() {
    }

    static void addTo(Tables t) {
        t.mmxImm(MAP_0F, 0xC4, i -> new Insert(i, 2, true, 0));
        insert(t, MAP_0F, 0xC4, i -> 2);
        insert(t, MAP_0F3A, 0x20, i -> 1);
        insert(t, MAP_0F3A, 0x22, i -> i.w ? 8 : 4);
        t.mmxImm(MAP_0F, 0xC5, Forms.regOnly(i -> new Extract(swapped(i), 2, true)));
        extract(t, MAP_0F, 0xC5, Forms.regOnly(i -> new Extract(swapped(i), 2, false)));
        extract(t, MAP_0F3A, 0x14, i -> new Extract(i, 1, false));
        extract(t, MAP_0F3A, 0x15, i -> new Extract(i, 2, false));
        extract(t, MAP_0F3A, 0x16, i -> new Extract(i, i.w ? 8 : 4, false));
        extract(t, MAP_0F3A, 0x17, i -> new Extract(i, 4, false));
    }

    private static void insert(Tables t, int map, int opcode, ToIntFunction<Insn> size) {
        t.sseImm(map, P66, opcode, i -> new Insert(i, size.applyAsInt(i), false, i.reg));
        OpFactory f = i -> new Insert(i, size.applyAsInt(i), false, i.vvvv);
        t.vexImm(map, P66, opcode, VexForms.l0(opcode == 0x22 ? VexForms.quadwordsIn64(f) : f));
    }

    private static void extract(Tables t, int map, int opcode, OpFactory f) {
        t.sseImm(map, P66, opcode, f);
        t.vexImm(map, P66, opcode, VexForms.l0(VexForms.noV(opcode == 0x16 ? VexForms.quadwordsIn64(f) : f)));
    }

    /** 0F C5 has the general register in ModRM.reg; the others have it in ModRM.rm. */
    private static Insn swapped(Insn i) {
        int reg = i.reg;
        i.reg = i.rm;
        i.rm = reg;
        i.regLow = i.rmLow;
        return i;
    }

    /** An element of an XMM or MMX register is replaced; the others come from a first source. */
    static final class Insert extends MemOp {
        private final boolean vex;
        private final byte a;
        private final boolean mem;
        private final boolean mmx;
        private final byte d;
        private final byte s;
        private final byte size;
        private final byte shift;
        private final byte half;
        private final long mask;

        Insert(Insn i, int size, boolean mmx, int first) {
            super(i);
            mem = i.mem;
            vex = i.vex;
            a = (byte) (2 * first);
            this.mmx = mmx;
            this.size = (byte) size;
            d = (byte) (mmx ? i.regLow : 2 * i.reg);
            s = (byte) i.rm;
            int bit = ((int) i.imm & (mmx ? 8 : 16) / size - 1) * size * 8;
            half = (byte) (bit >> 6);
            shift = (byte) (bit & 63);
            mask = -1L >>> 64 - size * 8 << shift;
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = mmx ? Forms.mmxBegin(c) : c.fpu;
            long v = (mem ? c.mem.load(ea(c, size), size) : c.r[s]) << shift & mask;
            if (mmx) {
                f.enterMmx();
                f.setMmx(d, f.mant[d] & ~mask | v);
            } else {
                long[] x = f.xmm;
                x[d] = x[a];
                x[d + 1] = x[a + 1];
                x[d + half] = x[d + half] & ~mask | v;
                if (vex) {
                    f.ymmHigh[d] = 0;
                    f.ymmHigh[d + 1] = 0;
                }
            }
        }
    }

    /** An element goes, zero-extended, to a general register or memory. */
    static final class Extract extends MemOp {
        private final boolean mem;
        private final boolean mmx;
        private final byte d;
        private final byte s;
        private final byte size;
        private final byte shift;
        private final byte half;

        Extract(Insn i, int size, boolean mmx) {
            super(i);
            mem = i.mem;
            this.mmx = mmx;
            this.size = (byte) size;
            s = (byte) (mmx ? i.regLow : 2 * i.reg);
            d = (byte) i.rm;
            int bit = ((int) i.imm & (mmx ? 8 : 16) / size - 1) * size * 8;
            half = (byte) (bit >> 6);
            shift = (byte) (bit & 63);
        }

        @Override
        public void exec(Cpu c) {
            long v;
            if (mmx) {
                FpuState f = Forms.mmxBegin(c);
                f.enterMmx();
                v = f.mant[s];
            } else {
                v = c.fpu.xmm[s + half];
            }
            v = v >>> shift & -1L >>> 64 - size * 8;
            if (mem) {
                c.mem.store(eaW(c, size), size, v);
            } else {
                c.r[d] = v;
            }
        }
    }
}
