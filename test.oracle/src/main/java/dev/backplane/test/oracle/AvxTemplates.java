package dev.backplane.test.oracle;

import static dev.backplane.test.oracle.Assembler.Map.M0F;
import static dev.backplane.test.oracle.Assembler.Map.M0F38;
import static dev.backplane.test.oracle.Assembler.Map.M0F3A;

import java.util.List;

import dev.backplane.test.oracle.Assembler.Map;
import dev.backplane.test.oracle.VexMaker.L;
import dev.backplane.test.oracle.VexMaker.W;

/** The VEX forms of what SSE to SSE4.2, AES-NI and PCLMULQDQ have. */
final class AvxTemplates {
    private static final int P66 = 1;
    private static final int PF3 = 2;
    private static final int PF2 = 3;
    private final VexMaker t = new VexMaker();

    static List<Template> all() {
        AvxTemplates a = new AvxTemplates();
        a.floats();
        a.compares();
        a.integers();
        a.moves();
        a.conversions();
        a.immediates();
        a.generalRegisters();
        return a.t.list;
    }

    private void floats() {
        String[] suffixes = {"ps", "pd", "ss", "sd"};
        int[] opcodes = {0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F};
        String[] names = {"vadd", "vmul", "vsub", "vmin", "vdiv", "vmax"};
        for (int p = 0; p < 4; p++) {
            for (int i = 0; i < opcodes.length; i++) {
                if (p < 2) {
                    t.three(names[i] + suffixes[p], p, M0F, opcodes[i], L.ANY, W.ANY, 16);
                } else {
                    t.scalar(names[i] + suffixes[p], p, M0F, opcodes[i], W.ANY, p == PF3 ? 4 : 8);
                }
            }
        }
        t.two("vsqrtps", 0, M0F, 0x51, L.ANY, W.ANY, 16);
        t.two("vsqrtpd", P66, M0F, 0x51, L.ANY, W.ANY, 16);
        t.scalar("vsqrtss", PF3, M0F, 0x51, W.ANY, 4);
        t.scalar("vsqrtsd", PF2, M0F, 0x51, W.ANY, 8);
        for (int p = 0; p < 2; p++) {
            for (int op = 0x54; op <= 0x57; op++) {
                t.three("vlogic %d %02X".formatted(p, op), p, M0F, op, L.ANY, W.ANY, 16);
            }
            t.three("vunpckl" + suffixes[p], p, M0F, 0x14, L.ANY, W.ANY, 16);
            t.three("vunpckh" + suffixes[p], p, M0F, 0x15, L.ANY, W.ANY, 16);
            for (int op : new int[] {0x7C, 0x7D, 0xD0}) {
                t.three("vh/addsub %d %02X".formatted(p, op), p == 0 ? PF2 : P66, M0F, op, L.ANY, W.ANY, 16);
            }
            int prefix = p;
            for (int op : new int[] {0x2E, 0x2F}) {
                t.add("v(u)comis %d %02X".formatted(p, op), g -> g.a.vex(prefix, M0F, op, g.v.chance(4),
                    g.v.chance(4), g.v.below(16), 0, g.rm(prefix == 0 ? 4 : 8, 1, 0), g.v.chance(3)));
            }
        }
    }

    /** All 32 predicates. */
    private void compares() {
        for (int p = 0; p < 4; p++) {
            int prefix = p;
            for (int predicate = 0; predicate < 32; predicate++) {
                int imm = predicate;
                t.add("vcmp %d predicate %02X".formatted(p, imm), g -> {
                    if (prefix < 2) {
                        VexMaker.three(g, prefix, M0F, 0xC2, L.ANY, W.ANY, 16, 1);
                    } else {
                        VexMaker.scalar(g, prefix, M0F, 0xC2, W.ANY, prefix == PF3 ? 4 : 8);
                    }
                    g.a.imm(imm | g.v.below(8) << 5, 1);
                });
            }
        }
    }

    private void integers() {
        int[][] ranges = {{0x60, 0x6D}, {0x74, 0x76}, {0xD4, 0xD5}, {0xD8, 0xE0}, {0xE3, 0xE5}, {0xE8, 0xEF},
            {0xF4, 0xF6}, {0xF8, 0xFE}};
        for (int[] range : ranges) {
            for (int op = range[0]; op <= range[1]; op++) {
                t.three("VEX 66 0F %02X".formatted(op), P66, M0F, op, L.ANY, W.ANY, 16);
            }
        }
        int[][] ranges38 = {{0x00, 0x0B}, {0x28, 0x29}, {0x2B, 0x2B}, {0x37, 0x40}};
        for (int[] range : ranges38) {
            for (int op = range[0]; op <= range[1]; op++) {
                t.three("VEX 66 0F 38 %02X".formatted(op), P66, M0F38, op, L.ANY, W.ANY, 16);
            }
        }
        for (int op = 0x1C; op <= 0x1E; op++) {
            t.two("VEX 66 0F 38 %02X".formatted(op), P66, M0F38, op, L.ANY, W.ANY, 16);
        }
        t.two("vphminposuw", P66, M0F38, 0x41, L.ZERO, W.ANY, 16);
        t.two("vaesimc", P66, M0F38, 0xDB, L.ZERO, W.ANY, 16);
        for (int op = 0xDC; op <= 0xDF; op++) {
            t.three("vaes %02X".formatted(op), P66, M0F38, op, L.ZERO, W.ANY, 16);
        }
        t.two("vptest", P66, M0F38, 0x17, L.ANY, W.ANY, 16);
        shifts();
        for (int op = 0x20; op <= 0x25; op++) {
            int size = new int[] {8, 4, 2, 8, 4, 8}[op - 0x20];
            t.two("vpmovsx %02X".formatted(op), P66, M0F38, op, L.ANY, W.ANY, size);
            t.two("vpmovzx %02X".formatted(op + 0x10), P66, M0F38, op + 0x10, L.ANY, W.ANY, size);
        }
    }

    private void shifts() {
        for (int op : new int[] {0x71, 0x72, 0x73}) {
            for (int reg : op == 0x73 ? new int[] {2, 3, 6, 7} : new int[] {2, 4, 6}) {
                t.add("VEX 66 0F %02X /%d".formatted(op, reg), g -> g.a.vex(P66, M0F, op, g.v.chance(4),
                    g.v.chance(2), reg, g.v.below(16), new Operand.Register(g.v.below(16)), g.v.chance(3))
                    .imm(g.v.chance(4) ? g.v.below(256) : g.v.below(70), 1));
            }
        }
        for (int op : new int[] {0xD1, 0xD2, 0xD3, 0xE1, 0xE2, 0xF1, 0xF2, 0xF3}) {
            t.add("VEX 66 0F %02X".formatted(op), g -> {
                int source = g.v.below(16);
                Operand rm = new Operand.Register(source);
                if (g.v.chance(3)) {
                    rm = g.memory(16, 1, 0);
                } else if (!g.v.chance(4)) {
                    g.putLong(160 + 16 * source, g.v.below(70));
                }
                g.a.vex(P66, M0F, op, g.v.chance(4), g.v.chance(2), g.v.below(16), g.v.below(16), rm,
                    g.v.chance(3));
            });
        }
    }

    private void moves() {
        int[][] both = {{0, 0x10, 1}, {P66, 0x10, 1}, {0, 0x28, 16}, {P66, 0x28, 16}, {0, 0x11, 1}, {P66, 0x11, 1},
            {0, 0x29, 16}, {P66, 0x29, 16}, {P66, 0x6F, 16}, {P66, 0x7F, 16}, {PF3, 0x6F, 1}, {PF3, 0x7F, 1}};
        for (int[] m : both) {
            t.add("VEX mov %d 0F %02X".formatted(m[0], m[1]), g -> VexMaker.two(g, m[0], M0F, m[1], L.ANY, W.ANY, 16,
                m[2]));
        }
        for (int p = PF3; p <= PF2; p++) {
            int size = p == PF3 ? 4 : 8;
            for (int op = 0x10; op <= 0x11; op++) {
                t.memory("VEX movs %d 0F %02X".formatted(p, op), p, M0F, op, L.ZERO, W.ANY, size, false, false);
                t.register("VEX movs %d 0F %02X".formatted(p, op), p, M0F, op, L.ANY, W.ANY, true);
            }
        }
        t.two("vmovq", PF3, M0F, 0x7E, L.ZERO, W.ANY, 8);
        t.two("vmovq store", P66, M0F, 0xD6, L.ZERO, W.ANY, 8);
        t.two("vmovsldup", PF3, M0F, 0x12, L.ANY, W.ANY, 16);
        t.two("vmovshdup", PF3, M0F, 0x16, L.ANY, W.ANY, 16);
        t.two("vmovddup", PF2, M0F, 0x12, L.ZERO, W.ANY, 8);
        t.two("vmovddup ymm", PF2, M0F, 0x12, L.ONE, W.ANY, 16);
        t.three("vmovhlps/vmovlps", 0, M0F, 0x12, L.ZERO, W.ANY, 8);
        t.three("vmovlhps/vmovhps", 0, M0F, 0x16, L.ZERO, W.ANY, 8);
        t.memory("vmovlpd", P66, M0F, 0x12, L.ZERO, W.ANY, 8, true, false);
        t.memory("vmovhpd", P66, M0F, 0x16, L.ZERO, W.ANY, 8, true, false);
        for (int p = 0; p < 2; p++) {
            t.memory("vmovlp store " + p, p, M0F, 0x13, L.ZERO, W.ANY, 8, false, false);
            t.memory("vmovhp store " + p, p, M0F, 0x17, L.ZERO, W.ANY, 8, false, false);
            t.memory("vmovntp " + p, p, M0F, 0x2B, L.ANY, W.ANY, 16, false, true);
        }
        t.memory("vmovntdq", P66, M0F, 0xE7, L.ANY, W.ANY, 16, false, true);
        t.memory("vmovntdqa", P66, M0F38, 0x2A, L.ANY, W.ANY, 16, false, true);
        t.memory("vlddqu", PF2, M0F, 0xF0, L.ANY, W.ANY, 16, false, false);
        t.add("vmaskmovdqu", g -> {
            g.c.gpr[Gen.RDI] = Layout.DATA + 0xC00 + g.v.below(0x800);
            g.a.vex(P66, M0F, 0xF7, g.v.chance(4), false, g.v.below(16), 0, new Operand.Register(g.v.below(16)),
                g.v.chance(3));
        });
        t.add("vzeroupper/vzeroall", g -> g.a.bytes(0xC5, g.v.chance(2) ? 0xF8 : 0xFC, 0x77));
        t.add("vldmxcsr", g -> {
            Operand m = g.memory(4, 1, 0);
            g.pokeValue[0] = 0x1F80 | g.v.below(0x10000) & 0xE07F;
            g.a.vex(0, M0F, 0xAE, g.v.chance(4), false, 2, 0, m, g.v.chance(3));
        });
        t.add("vstmxcsr", g -> g.a.vex(0, M0F, 0xAE, g.v.chance(4), false, 3, 0, g.memory(4, 1, 0), g.v.chance(3)));
    }

    private void conversions() {
        t.two("vcvtps2pd", 0, M0F, 0x5A, L.ANY, W.ANY, 8);
        t.two("vcvtpd2ps", P66, M0F, 0x5A, L.ANY, W.ANY, 16);
        t.scalar("vcvtss2sd", PF3, M0F, 0x5A, W.ANY, 4);
        t.scalar("vcvtsd2ss", PF2, M0F, 0x5A, W.ANY, 8);
        t.two("vcvtdq2ps", 0, M0F, 0x5B, L.ANY, W.ANY, 16);
        t.two("vcvtps2dq", P66, M0F, 0x5B, L.ANY, W.ANY, 16);
        t.two("vcvttps2dq", PF3, M0F, 0x5B, L.ANY, W.ANY, 16);
        t.two("vcvttpd2dq", P66, M0F, 0xE6, L.ANY, W.ANY, 16);
        t.two("vcvtdq2pd", PF3, M0F, 0xE6, L.ANY, W.ANY, 8);
        t.two("vcvtpd2dq", PF2, M0F, 0xE6, L.ANY, W.ANY, 16);
        for (int p = PF3; p <= PF2; p++) {
            int size = p == PF3 ? 4 : 8;
            int prefix = p;
            t.add("vcvtsi2s " + p, g -> g.a.vex(prefix, M0F, 0x2A, g.v.chance(2), g.v.chance(4), g.v.below(16),
                g.v.below(16), g.rm(8, 1, 0), g.v.chance(3)));
            for (int op = 0x2C; op <= 0x2D; op++) {
                int opcode = op;
                t.add("vcvt(t)s2si %d %02X".formatted(p, op), g -> g.a.vex(prefix, M0F, opcode, g.v.chance(2),
                    g.v.chance(4), g.v.below(16), 0, g.rm(size, 1, 0), g.v.chance(3)));
            }
        }
        t.two("vcvtph2ps", P66, M0F38, 0x13, L.ANY, W.ZERO, 8);
        t.twoImm("vcvtps2ph", P66, M0F3A, 0x1D, L.ANY, W.ZERO, 8);
        t.add("vcvtps2ph near", g -> {
            int source = g.v.below(16);
            for (int n = 0; n < 4; n++) {
                g.putQuadword(source, n, half(g) & 0xFFFFFFFFL | (long) half(g) << 32);
            }
            g.a.vex(P66, M0F3A, 0x1D, false, g.v.chance(2), source, 0, new Operand.Register(g.v.below(16)), true)
                .imm(g.v.below(256), 1);
        });
    }

    /** A single in or near the range of half precision. */
    private static int half(Gen g) {
        return g.v.below(2) << 31 | 127 - 28 + g.v.below(46) << 23 | (int) g.v.integer() & 0x7FFFFF
            & -1 << g.v.below(23);
    }

    private void immediates() {
        t.twoImm("vpshufd", P66, M0F, 0x70, L.ANY, W.ANY, 16);
        t.twoImm("vpshufhw", PF3, M0F, 0x70, L.ANY, W.ANY, 16);
        t.twoImm("vpshuflw", PF2, M0F, 0x70, L.ANY, W.ANY, 16);
        t.threeImm("vshufps", 0, M0F, 0xC6, L.ANY, W.ANY, 16);
        t.threeImm("vshufpd", P66, M0F, 0xC6, L.ANY, W.ANY, 16);
        t.twoImm("vroundps", P66, M0F3A, 0x08, L.ANY, W.ANY, 16);
        t.twoImm("vroundpd", P66, M0F3A, 0x09, L.ANY, W.ANY, 16);
        for (int op = 0x0A; op <= 0x0B; op++) {
            int opcode = op;
            t.add("vrounds %02X".formatted(op), g -> {
                VexMaker.scalar(g, P66, M0F3A, opcode, W.ANY, opcode == 0x0A ? 4 : 8);
                g.a.imm(g.v.below(256), 1);
            });
        }
        for (int op = 0x0C; op <= 0x0F; op++) {
            t.threeImm("VEX 66 0F 3A %02X".formatted(op), P66, M0F3A, op, L.ANY, W.ANY, 16);
        }
        t.threeImm("vdpps", P66, M0F3A, 0x40, L.ANY, W.ANY, 16);
        t.threeImm("vdppd", P66, M0F3A, 0x41, L.ZERO, W.ANY, 16);
        t.threeImm("vmpsadbw", P66, M0F3A, 0x42, L.ANY, W.ANY, 16);
        t.threeImm("vpclmulqdq", P66, M0F3A, 0x44, L.ZERO, W.ANY, 16);
        t.twoImm("vaeskeygenassist", P66, M0F3A, 0xDF, L.ZERO, W.ANY, 16);
        t.threeImm("vinsertps", P66, M0F3A, 0x21, L.ZERO, W.ANY, 4);
        for (int op = 0x60; op <= 0x63; op++) {
            int opcode = op;
            t.add("vpcmpstr %02X".formatted(op), g -> {
                if (g.v.chance(2)) {
                    g.c.gpr[Gen.RAX] = g.v.below(40) - 20;
                    g.c.gpr[Gen.RDX] = g.v.below(40) - 20;
                }
                // The address must not depend on the lengths.
                g.a.vex(P66, M0F3A, opcode, g.v.chance(2), false, g.v.below(16), 0,
                    g.rm(16, 1, 1 << Gen.RAX | 1 << Gen.RDX), g.v.chance(3)).imm(g.v.below(128), 1);
            });
        }
    }

    private void generalRegisters() {
        t.add("vmovd/q to xmm", g -> g.a.vex(P66, M0F, 0x6E, g.v.chance(2), false, g.v.below(16), 0, g.rm(8),
            g.v.chance(3)));
        t.add("vmovd/q from xmm", g -> g.a.vex(P66, M0F, 0x7E, g.v.chance(2), false, g.v.below(16), 0, g.rm(8),
            g.v.chance(3)));
        t.register("vmovmskps", 0, M0F, 0x50, L.ANY, W.ANY, false);
        t.register("vmovmskpd", P66, M0F, 0x50, L.ANY, W.ANY, false);
        t.register("vpmovmskb", P66, M0F, 0xD7, L.ANY, W.ANY, false);
        insert("vpinsrw", M0F, 0xC4, 2);
        insert("vpinsrb", M0F3A, 0x20, 1);
        insert("vpinsrd/q", M0F3A, 0x22, 8);
        t.add("vpextrw", g -> g.a.vex(P66, M0F, 0xC5, false, false, g.v.below(16), 0,
            new Operand.Register(g.v.below(16)), g.v.chance(3)).imm(g.v.below(256), 1));
        for (int op = 0x14; op <= 0x17; op++) {
            int opcode = op;
            t.add("vpextr %02X".formatted(op), g -> g.a.vex(P66, M0F3A, opcode, opcode == 0x16 && g.v.chance(2),
                false, g.v.below(16), 0, g.rm(8), g.v.chance(3)).imm(g.v.below(256), 1));
        }
    }

    private void insert(String name, Map map, int opcode, int size) {
        t.add(name, g -> g.a.vex(P66, map, opcode, size == 8 && g.v.chance(2), false, g.v.below(16), g.v.below(16),
            g.rm(size), g.v.chance(3)).imm(g.v.below(256), 1));
    }
}
