package dev.backplane.test.oracle;

import static dev.backplane.test.oracle.Assembler.Map.M0F38;
import static dev.backplane.test.oracle.Assembler.Map.M0F3A;

import java.util.List;

import dev.backplane.test.oracle.VexMaker.L;
import dev.backplane.test.oracle.VexMaker.W;

/** What AVX and AVX2 have and SSE has not. */
final class Avx2Templates {
    private static final int P66 = 1;
    private final VexMaker t = new VexMaker();

    static List<Template> all() {
        Avx2Templates a = new Avx2Templates();
        a.broadcasts();
        a.permutes();
        a.shifts();
        a.masked();
        for (int opcode = 0x90; opcode <= 0x93; opcode++) {
            for (int w = 0; w < 2; w++) {
                a.gather(opcode, w == 1);
            }
        }
        return a.t.list;
    }

    private void broadcasts() {
        broadcast("vbroadcastss", 0x18, L.ANY, 4);
        broadcast("vbroadcastsd", 0x19, L.ONE, 8);
        broadcast("vpbroadcastd", 0x58, L.ANY, 4);
        broadcast("vpbroadcastq", 0x59, L.ANY, 8);
        broadcast("vpbroadcastb", 0x78, L.ANY, 1);
        broadcast("vpbroadcastw", 0x79, L.ANY, 2);
        for (int op : new int[] {0x1A, 0x5A}) {
            t.add("vbroadcast128 %02X".formatted(op), g -> g.a.vex(P66, M0F38, op, false, true, g.v.below(16), 0,
                g.memory(16, 1, 0), true));
        }
    }

    private void broadcast(String name, int opcode, L l, int size) {
        t.add(name, g -> g.a.vex(P66, M0F38, opcode, false, VexMaker.wide(g, l), g.v.below(16), 0, g.rm(size, 1, 0),
            true));
    }

    private void permutes() {
        t.three("vpermilps", P66, M0F38, 0x0C, L.ANY, W.ZERO, 16);
        t.three("vpermilpd", P66, M0F38, 0x0D, L.ANY, W.ZERO, 16);
        t.twoImm("vpermilps imm", P66, M0F3A, 0x04, L.ANY, W.ZERO, 16);
        t.twoImm("vpermilpd imm", P66, M0F3A, 0x05, L.ANY, W.ZERO, 16);
        t.two("vtestps", P66, M0F38, 0x0E, L.ANY, W.ZERO, 16);
        t.two("vtestpd", P66, M0F38, 0x0F, L.ANY, W.ZERO, 16);
        t.three("vpermps", P66, M0F38, 0x16, L.ONE, W.ZERO, 16);
        t.three("vpermd", P66, M0F38, 0x36, L.ONE, W.ZERO, 16);
        t.twoImm("vpermq", P66, M0F3A, 0x00, L.ONE, W.ONE, 16);
        t.twoImm("vpermpd", P66, M0F3A, 0x01, L.ONE, W.ONE, 16);
        t.threeImm("vpblendd", P66, M0F3A, 0x02, L.ANY, W.ZERO, 16);
        t.threeImm("vperm2f128", P66, M0F3A, 0x06, L.ONE, W.ZERO, 16);
        t.threeImm("vperm2i128", P66, M0F3A, 0x46, L.ONE, W.ZERO, 16);
        for (int op : new int[] {0x18, 0x38}) {
            t.add("vinsert128 %02X".formatted(op), g -> g.a.vex(P66, M0F3A, op, false, true, g.v.below(16),
                g.v.below(16), g.rm(16, 1, 0), true).imm(g.v.below(256), 1));
            t.add("vextract128 %02X".formatted(op + 1), g -> g.a.vex(P66, M0F3A, op + 1, false, true, g.v.below(16),
                0, g.rm(16, 1, 0), true).imm(g.v.below(256), 1));
        }
        t.threeImm("vblendvps", P66, M0F3A, 0x4A, L.ANY, W.ZERO, 16);
        t.threeImm("vblendvpd", P66, M0F3A, 0x4B, L.ANY, W.ZERO, 16);
        t.threeImm("vpblendvb", P66, M0F3A, 0x4C, L.ANY, W.ZERO, 16);
    }

    private void shifts() {
        for (int op = 0x45; op <= 0x47; op++) {
            for (W w : new W[] {W.ZERO, W.ONE}) {
                if (op == 0x46 && w == W.ONE) {
                    continue;
                }
                int opcode = op;
                t.three("variable shift %02X %s".formatted(op, w), P66, M0F38, op, L.ANY, w, 16);
                t.add("variable shift %02X %s by little".formatted(op, w), g -> {
                    int source = g.v.below(16);
                    for (int n = 0; n < 4; n++) {
                        g.putQuadword(source, n,
                            w == W.ONE ? g.v.below(70) : g.v.below(40) | (long) g.v.below(40) << 32);
                    }
                    g.a.vex(P66, M0F38, opcode, w == W.ONE, g.v.chance(2), g.v.below(16), g.v.below(16),
                        new Operand.Register(source), true);
                });
            }
        }
    }

    private void masked() {
        for (int op : new int[] {0x2C, 0x2D, 0x2E, 0x2F}) {
            masked("vmaskmov %02X".formatted(op), op, false);
        }
        for (int op : new int[] {0x8C, 0x8E}) {
            masked("vpmaskmovd %02X".formatted(op), op, false);
            masked("vpmaskmovq %02X".formatted(op), op, true);
        }
    }

    /** Half of the time with the unselected end of the operand where there is no memory. */
    private void masked(String name, int opcode, boolean w) {
        t.add(name, g -> {
            boolean wide = g.v.chance(2);
            int bytes = wide ? 32 : 16;
            int mask = g.v.below(16);
            Operand m;
            if (g.v.chance(2)) {
                m = g.memory(bytes, 1, 0);
            } else {
                // The mapping ends behind the state block; the last quadwords are masked out.
                int outside = 1 + g.v.below(bytes / 8 - 1);
                for (int n = 0; n < bytes / 8; n++) {
                    boolean out = n >= bytes / 8 - outside;
                    g.putQuadword(mask, n, out ? g.v.integer() & 0x7FFFFFFF7FFFFFFFL : g.v.integer());
                }
                m = g.memoryAt(Layout.DATA + Layout.MEMORY_SIZE - bytes + 8 * outside, 0);
                boolean load = opcode == 0x2C || opcode == 0x2D || opcode == 0x8C;
                if (!load) {
                    // What the harness keeps there is not to be written.
                    for (int n = 0; n < 4; n++) {
                        g.putQuadword(mask, n, g.v.integer() & 0x7FFFFFFF7FFFFFFFL);
                    }
                }
            }
            g.a.vex(P66, M0F38, opcode, w, wide, g.v.below(16), mask, m, true);
        });
    }

    private void gather(int opcode, boolean w) {
        t.add("vgather %02X %s".formatted(opcode, w ? "W1" : "W0"), g -> {
            int d = g.v.below(16);
            int mask = other(g, 1 << d);
            int index = other(g, 1 << d | 1 << mask);
            boolean wideIndex = (opcode & 1) != 0;
            int scale = g.v.below(4);
            boolean negative = g.v.chance(2);
            for (int n = 0; n < 4; n++) {
                g.putQuadword(index, n, wideIndex ? place(g, scale, negative)
                    : place(g, scale, negative) & 0xFFFFFFFFL | place(g, scale, negative) << 32);
                g.putQuadword(mask, n, g.v.chance(4) ? -1 : g.v.vectorHalf());
            }
            for (int n = 0; n < 8; n++) {
                g.poke(Layout.DATA + 0x800 + 8 * g.v.below(0x80), g.v.vectorHalf());
            }
            long address = Layout.DATA + 0xC00;
            int disp = g.v.below(3) == 0 ? g.v.below(256) - 128 : g.v.below(1 << 20);
            int base = g.register(0);
            g.c.gpr[base] = address - disp;
            g.a.vex(P66, M0F38, opcode, w, g.v.chance(2), d, mask,
                new Operand.Vectors(base, index, scale, disp), true);
        });
    }

    /** An index whose element lies within the data area. */
    private static long place(Gen g, int scale, boolean negative) {
        int at = g.v.below(0x380) >> scale;
        return negative && g.v.chance(2) ? -at : at;
    }

    private static int other(Gen g, int not) {
        return g.register(not);
    }
}
