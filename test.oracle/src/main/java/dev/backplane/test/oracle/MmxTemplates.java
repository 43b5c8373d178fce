package dev.backplane.test.oracle;

import static dev.backplane.test.oracle.Assembler.Map.M0F;
import static dev.backplane.test.oracle.Assembler.Map.M0F38;
import static dev.backplane.test.oracle.Assembler.Map.M0F3A;

import java.util.ArrayList;
import java.util.List;

/** MMX registers: MMX, the SSE and SSSE3 additions, and moves to and from XMM. */
final class MmxTemplates {
    private final List<Template> list = new ArrayList<>();

    static List<Template> all() {
        MmxTemplates t = new MmxTemplates();
        t.build();
        return t.list;
    }

    private void add(String name, Template.Maker maker) {
        list.add(new Template(name, maker));
    }

    private static Operand mm(Gen g, int size) {
        return g.v.chance(2) ? g.memory(size, 1, 0) : new Operand.Register(g.v.below(8));
    }

    private void build() {
        int[][] ranges = {{0x60, 0x6B}, {0x6F, 0x6F}, {0x74, 0x76}, {0x7F, 0x7F}, {0xD1, 0xD5}, {0xD8, 0xE5},
            {0xE8, 0xEF}, {0xF1, 0xF6}, {0xF8, 0xFE}};
        for (int[] range : ranges) {
            for (int op = range[0]; op <= range[1]; op++) {
                int opcode = op;
                add("mmx 0F %02X".formatted(op), g -> g.a.modrm(0, M0F, opcode, false, g.v.below(8), mm(g, 8)));
            }
        }
        int[] ssse3 = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xA, 0xB, 0x1C, 0x1D, 0x1E};
        for (int opcode : ssse3) {
            add("mmx 0F 38 %02X".formatted(opcode), g -> g.a.modrm(0, M0F38, opcode, false, g.v.below(8), mm(g, 8)));
        }
        for (int op = 0x71; op <= 0x73; op++) {
            for (int reg : op == 0x73 ? new int[] {2, 6} : new int[] {2, 4, 6}) {
                int opcode = op;
                add("mmx 0F %02X /%d".formatted(op, reg), g -> g.a.modrm(0, M0F, opcode, false, reg,
                    new Operand.Register(g.v.below(8))).imm(g.v.below(80), 1));
            }
        }
        add("mmx palignr", g -> g.a.modrm(0, M0F3A, 0x0F, false, g.v.below(8), mm(g, 8)).imm(g.v.below(20), 1));
        add("mmx pshufw", g -> g.a.modrm(0, M0F, 0x70, false, g.v.below(8), mm(g, 8)).imm(g.v.below(256), 1));
        add("mmx movd/movq in", g -> g.a.modrm(0, M0F, 0x6E, g.v.chance(2), g.v.below(8), g.rm(8)));
        add("mmx movd/movq out", g -> g.a.modrm(0, M0F, 0x7E, g.v.chance(2), g.v.below(8), g.rm(8)));
        add("mmx pinsrw", g -> g.a.modrm(0, M0F, 0xC4, false, g.v.below(8), g.rm(2)).imm(g.v.below(256), 1));
        add("mmx pextrw", g -> g.a.modrm(0, M0F, 0xC5, false, g.register(0), new Operand.Register(g.v.below(8)))
            .imm(g.v.below(256), 1));
        add("mmx pmovmskb", g -> g.a.modrm(0, M0F, 0xD7, false, g.register(0), new Operand.Register(g.v.below(8))));
        add("mmx movntq", g -> g.a.modrm(0, M0F, 0xE7, false, g.v.below(8), g.memory(8, 1, 0)));
        add("mmx maskmovq", g -> {
            g.c.gpr[Gen.RDI] = Layout.DATA + 0xC00 + g.v.below(0x800);
            g.a.modrm(0, M0F, 0xF7, false, g.v.below(8), new Operand.Register(g.v.below(8)));
        });
        add("movq2dq", g -> g.a.modrm(0xF3, M0F, 0xD6, false, g.v.below(16), new Operand.Register(g.v.below(8))));
        add("movdq2q", g -> g.a.modrm(0xF2, M0F, 0xD6, false, g.v.below(8), new Operand.Register(g.v.below(16))));
        add("cvtpi2ps/pd", g -> g.a.modrm(g.v.chance(2) ? 0x66 : 0, M0F, 0x2A, false, g.v.below(16), mm(g, 8)));
        add("cvttps2pi", g -> g.a.modrm(0, M0F, 0x2C, false, g.v.below(8), g.rm(8)));
        add("cvtps2pi", g -> g.a.modrm(0, M0F, 0x2D, false, g.v.below(8), g.rm(8)));
        add("cvttpd2pi", g -> g.a.modrm(0x66, M0F, 0x2C, false, g.v.below(8), g.rm(16, 16, 0)));
        add("cvtpd2pi", g -> g.a.modrm(0x66, M0F, 0x2D, false, g.v.below(8), g.rm(16, 16, 0)));
        add("emms", g -> g.a.bytes(0x0F, 0x77));
    }
}
