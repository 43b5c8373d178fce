package dev.backplane.test.oracle;

import static dev.backplane.test.oracle.Assembler.Map.M0F;
import static dev.backplane.test.oracle.Assembler.Map.M0F38;
import static dev.backplane.test.oracle.Assembler.Map.M0F3A;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.test.oracle.Assembler.Map;

/** SSE to SSE4.2, AES-NI and PCLMULQDQ on XMM registers. */
final class SseTemplates {
    private final List<Template> list = new ArrayList<>();

    static List<Template> all() {
        SseTemplates t = new SseTemplates();
        t.floats();
        t.integers();
        t.moves();
        t.conversions();
        t.withImmediate();
        t.generalRegisters();
        return t.list;
    }

    private void add(String name, Template.Maker maker) {
        list.add(new Template(name, maker));
    }

    /** xmm, xmm/m with a memory operand of the given size and alignment. */
    private void simple(String name, int prefix, Map map, int opcode, int size, int align) {
        add(name, g -> g.a.modrm(prefix, map, opcode, false, g.v.below(16), g.rm(size, align, 0)));
    }

    private void floats() {
        int[] prefixes = {0, 0x66, 0xF3, 0xF2};
        String[] suffixes = {"ps", "pd", "ss", "sd"};
        int[] opcodes = {0x51, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F};
        String[] names = {"sqrt", "add", "mul", "sub", "min", "div", "max"};
        for (int p = 0; p < 4; p++) {
            int size = p < 2 ? 16 : p == 2 ? 4 : 8;
            int align = p < 2 ? 16 : 1;
            for (int i = 0; i < opcodes.length; i++) {
                simple(names[i] + suffixes[p], prefixes[p], M0F, opcodes[i], size, align);
            }
            int prefix = prefixes[p];
            add("cmp" + suffixes[p], g -> g.a.modrm(prefix, M0F, 0xC2, false, g.v.below(16), g.rm(size, align, 0))
                .imm(g.v.below(8), 1));
            if (p < 2) {
                simple("ucomis" + (p == 0 ? "s" : "d"), prefix, M0F, 0x2E, p == 0 ? 4 : 8, 1);
                simple("comis" + (p == 0 ? "s" : "d"), prefix, M0F, 0x2F, p == 0 ? 4 : 8, 1);
                simple("and" + suffixes[p], prefix, M0F, 0x54, 16, 16);
                simple("andn" + suffixes[p], prefix, M0F, 0x55, 16, 16);
                simple("or" + suffixes[p], prefix, M0F, 0x56, 16, 16);
                simple("xor" + suffixes[p], prefix, M0F, 0x57, 16, 16);
                simple("unpckl" + suffixes[p], prefix, M0F, 0x14, 16, 16);
                simple("unpckh" + suffixes[p], prefix, M0F, 0x15, 16, 16);
            }
        }
        for (int prefix : new int[] {0x66, 0xF2}) {
            String s = prefix == 0x66 ? "pd" : "ps";
            simple("addsub" + s, prefix, M0F, 0xD0, 16, 16);
            simple("hadd" + s, prefix, M0F, 0x7C, 16, 16);
            simple("hsub" + s, prefix, M0F, 0x7D, 16, 16);
        }
    }

    private void integers() {
        int[][] ranges = {{0x60, 0x6D}, {0x74, 0x76}, {0xD1, 0xD5}, {0xD8, 0xE5}, {0xE8, 0xEF}, {0xF1, 0xF6},
            {0xF8, 0xFE}};
        for (int[] range : ranges) {
            for (int op = range[0]; op <= range[1]; op++) {
                simple("66 0F %02X".formatted(op), 0x66, M0F, op, 16, 16);
            }
        }
        int[][] ranges38 = {{0x00, 0x0B}, {0x1C, 0x1E}, {0x28, 0x29}, {0x2B, 0x2B}, {0x37, 0x41}, {0xDB, 0xDF},
            {0x10, 0x10}, {0x14, 0x15}, {0x17, 0x17}};
        for (int[] range : ranges38) {
            for (int op = range[0]; op <= range[1]; op++) {
                simple("66 0F 38 %02X".formatted(op), 0x66, M0F38, op, 16, 16);
            }
        }
        for (int op : new int[] {0x71, 0x72, 0x73}) {
            for (int reg : op == 0x73 ? new int[] {2, 3, 6, 7} : op == 0x72 ? new int[] {2, 4, 6}
                : new int[] {2, 4, 6}) {
                add("66 0F %02X /%d".formatted(op, reg), g -> g.a.modrm(0x66, M0F, op, false, reg,
                    new Operand.Register(g.v.below(16))).imm(g.v.chance(4) ? g.v.below(256) : g.v.below(70), 1));
            }
        }
        // Shifts by a register: small counts are the interesting ones.
        for (int op : new int[] {0xD1, 0xD2, 0xD3, 0xE1, 0xE2, 0xF1, 0xF2, 0xF3}) {
            add("66 0F %02X small count".formatted(op), g -> {
                int source = g.v.below(16);
                g.putLong(160 + 16 * source, g.v.below(70));
                g.a.modrm(0x66, M0F, op, false, g.v.below(16), new Operand.Register(source));
            });
        }
        for (int op = 0x20; op <= 0x25; op++) {
            int size = new int[] {8, 4, 2, 8, 4, 8}[op - 0x20];
            simple("pmovsx %02X".formatted(op), 0x66, M0F38, op, size, 1);
            simple("pmovzx %02X".formatted(op + 0x10), 0x66, M0F38, op + 0x10, size, 1);
        }
    }

    private void moves() {
        int[][] both = {{0, 0x10, 16, 1}, {0, 0x28, 16, 16}, {0x66, 0x10, 16, 1}, {0x66, 0x28, 16, 16},
            {0xF3, 0x10, 4, 1}, {0xF2, 0x10, 8, 1}};
        for (int[] m : both) {
            simple("mov %02X 0F %02X".formatted(m[0], m[1]), m[0], M0F, m[1], m[2], m[3]);
            simple("mov %02X 0F %02X".formatted(m[0], m[1] + 1), m[0], M0F, m[1] + 1, m[2], m[3]);
        }
        simple("movdqa", 0x66, M0F, 0x6F, 16, 16);
        simple("movdqa store", 0x66, M0F, 0x7F, 16, 16);
        simple("movdqu", 0xF3, M0F, 0x6F, 16, 1);
        simple("movdqu store", 0xF3, M0F, 0x7F, 16, 1);
        simple("movq", 0xF3, M0F, 0x7E, 8, 1);
        simple("movq store", 0x66, M0F, 0xD6, 8, 1);
        simple("movsldup", 0xF3, M0F, 0x12, 16, 16);
        simple("movshdup", 0xF3, M0F, 0x16, 16, 16);
        simple("movddup", 0xF2, M0F, 0x12, 8, 1);
        simple("movhlps/movlps", 0, M0F, 0x12, 8, 1);
        simple("movlhps/movhps", 0, M0F, 0x16, 8, 1);
        for (int op : new int[] {0x12, 0x13, 0x16, 0x17}) {
            for (int prefix : new int[] {0, 0x66}) {
                add("movlp/movhp %02X 0F %02X".formatted(prefix, op), g -> g.a.modrm(prefix, M0F, op, false,
                    g.v.below(16), g.memory(8, 1, 0)));
            }
        }
        for (int[] m : new int[][] {{0, 0x2B}, {0x66, 0x2B}, {0x66, 0xE7}}) {
            add("movnt %02X 0F %02X".formatted(m[0], m[1]), g -> g.a.modrm(m[0], M0F, m[1], false, g.v.below(16),
                g.memory(16, 16, 0)));
        }
        add("movntdqa", g -> g.a.modrm(0x66, M0F38, 0x2A, false, g.v.below(16), g.memory(16, 16, 0)));
        add("lddqu", g -> g.a.modrm(0xF2, M0F, 0xF0, false, g.v.below(16), g.memory(16, 1, 0)));
        add("maskmovdqu", g -> {
            g.c.gpr[Gen.RDI] = Layout.DATA + 0xC00 + g.v.below(0x800);
            g.a.modrm(0x66, M0F, 0xF7, false, g.v.below(16), new Operand.Register(g.v.below(16)));
        });
        add("movd/movq to xmm", g -> g.a.modrm(0x66, M0F, 0x6E, g.v.chance(2), g.v.below(16), g.rm(8)));
        add("movd/movq from xmm", g -> g.a.modrm(0x66, M0F, 0x7E, g.v.chance(2), g.v.below(16), g.rm(8)));
        add("ldmxcsr", g -> {
            Operand m = g.memory(4, 1, 0);
            g.pokeValue[0] = 0x1F80 | g.v.below(0x10000) & 0xE07F;
            g.a.modrm(0, M0F, 0xAE, false, 2, m);
        });
        add("stmxcsr", g -> g.a.modrm(0, M0F, 0xAE, false, 3, g.memory(4, 1, 0)));
    }

    private void conversions() {
        simple("cvtps2pd", 0, M0F, 0x5A, 8, 1);
        simple("cvtpd2ps", 0x66, M0F, 0x5A, 16, 16);
        simple("cvtss2sd", 0xF3, M0F, 0x5A, 4, 1);
        simple("cvtsd2ss", 0xF2, M0F, 0x5A, 8, 1);
        simple("cvtdq2ps", 0, M0F, 0x5B, 16, 16);
        simple("cvtps2dq", 0x66, M0F, 0x5B, 16, 16);
        simple("cvttps2dq", 0xF3, M0F, 0x5B, 16, 16);
        simple("cvtdq2pd", 0xF3, M0F, 0xE6, 8, 1);
        simple("cvtpd2dq", 0xF2, M0F, 0xE6, 16, 16);
        simple("cvttpd2dq", 0x66, M0F, 0xE6, 16, 16);
        for (int prefix : new int[] {0xF3, 0xF2}) {
            String s = prefix == 0xF3 ? "ss" : "sd";
            add("cvtsi2" + s, g -> g.a.modrm(prefix, M0F, 0x2A, g.v.chance(2), g.v.below(16), g.rm(8)));
            add("cvtt" + s + "2si", g -> g.a.modrm(prefix, M0F, 0x2C, g.v.chance(2), g.register(0), xm(g, 8)));
            add("cvt" + s + "2si", g -> g.a.modrm(prefix, M0F, 0x2D, g.v.chance(2), g.register(0), xm(g, 8)));
        }
        add("rcpss/rsqrtss of exact powers", g -> {
            // Only results that every processor rounds alike: the estimate of others is implementation-specific.
            int source = g.v.below(16);
            g.putLong(160 + 16 * source, g.v.chance(2) ? 0 : 0x7F800000L);
            g.a.modrm(0xF3, M0F, 0x52 + g.v.below(2), false, g.v.below(16), new Operand.Register(source));
        });
    }

    private static Operand xm(Gen g, int size) {
        return g.rm(size, 1, 0);
    }

    private void withImmediate() {
        int[][] ops = {{0, 0xC6}, {0x66, 0xC6}, {0x66, 0x70}, {0xF3, 0x70}, {0xF2, 0x70}};
        for (int[] o : ops) {
            add("%02X 0F %02X imm".formatted(o[0], o[1]), g -> g.a.modrm(o[0], M0F, o[1], false, g.v.below(16),
                g.rm(16, 16, 0)).imm(g.v.below(256), 1));
        }
        int[][] ops3a = {{0x08, 16}, {0x09, 16}, {0x0A, 4}, {0x0B, 8}, {0x0C, 16}, {0x0D, 16}, {0x0E, 16}, {0x0F, 16},
            {0x21, 4}, {0x40, 16}, {0x41, 16}, {0x42, 16}, {0x44, 16}, {0xDF, 16}};
        for (int[] o : ops3a) {
            int align = o[1] == 16 ? 16 : 1;
            add("66 0F 3A %02X".formatted(o[0]), g -> {
                int imm = g.v.below(256);
                if (o[0] == 0x0F) {
                    imm = g.v.below(40);
                } else if (o[0] >= 0x08 && o[0] <= 0x0B) {
                    imm = g.v.below(16);
                }
                g.a.modrm(0x66, M0F3A, o[0], false, g.v.below(16), g.rm(o[1], align, 0)).imm(imm, 1);
            });
        }
        for (int op = 0x60; op <= 0x63; op++) {
            int opcode = op;
            add("pcmpXstrX %02X".formatted(op), g -> {
                g.c.gpr[Gen.RAX] = g.v.chance(2) ? g.v.below(40) - 20 : g.v.integer();
                g.c.gpr[Gen.RDX] = g.v.chance(2) ? g.v.below(40) - 20 : g.v.integer();
                int x = g.v.below(16);
                int y = g.v.below(16);
                // Text with few letters and an end somewhere, so that matches happen.
                for (int half = 0; half < 2; half++) {
                    g.putLong(160 + 16 * x + 8 * half, letters(g));
                    g.putLong(160 + 16 * y + 8 * half, letters(g));
                }
                int forbidden = 1 << Gen.RAX | 1 << Gen.RDX | 1 << Gen.RCX;
                Operand m = g.v.chance(2) ? new Operand.Register(y) : g.memory(16, 1, forbidden);
                boolean w = g.v.chance(2);
                g.a.modrm(0x66, M0F3A, opcode, w && opcode < 0x62, x, m).imm(g.v.below(128), 1);
            });
        }
    }

    private static long letters(Gen g) {
        long v = 0;
        for (int i = 0; i < 8; i++) {
            v = v << 8 | (g.v.chance(9) ? 0 : 'a' + g.v.below(4));
        }
        return v;
    }

    private void generalRegisters() {
        add("movmskps/pd", g -> g.a.modrm(g.v.chance(2) ? 0x66 : 0, M0F, 0x50, false, g.register(0),
            new Operand.Register(g.v.below(16))));
        add("pmovmskb", g -> g.a.modrm(0x66, M0F, 0xD7, false, g.register(0), new Operand.Register(g.v.below(16))));
        add("pinsrw", g -> g.a.modrm(0x66, M0F, 0xC4, false, g.v.below(16), g.rm(2)).imm(g.v.below(256), 1));
        add("pextrw", g -> g.a.modrm(0x66, M0F, 0xC5, false, g.register(0), new Operand.Register(g.v.below(16)))
            .imm(g.v.below(256), 1));
        add("pinsrb", g -> g.a.modrm(0x66, M0F3A, 0x20, false, g.v.below(16), g.rm(1)).imm(g.v.below(256), 1));
        add("pinsrd/q", g -> g.a.modrm(0x66, M0F3A, 0x22, g.v.chance(2), g.v.below(16), g.rm(8))
            .imm(g.v.below(256), 1));
        for (int op = 0x14; op <= 0x17; op++) {
            int opcode = op;
            add("pextr %02X".formatted(op), g -> g.a.modrm(0x66, M0F3A, opcode, opcode == 0x16 && g.v.chance(2),
                g.v.below(16), g.rm(8)).imm(g.v.below(256), 1));
        }
    }
}
