package dev.backplane.test.oracle;

import static dev.backplane.test.oracle.Assembler.Map.M0F;
import static dev.backplane.test.oracle.Assembler.Map.M0F38;
import static dev.backplane.test.oracle.Assembler.Map.M0F3A;
import static dev.backplane.test.oracle.TestCase.AF;
import static dev.backplane.test.oracle.TestCase.OF;
import static dev.backplane.test.oracle.TestCase.PF;
import static dev.backplane.test.oracle.TestCase.SF;

import java.util.List;

/** BMI1, BMI2 and LZCNT. */
final class BmiTemplates {
    private final VexMaker t = new VexMaker();

    static List<Template> all() {
        BmiTemplates b = new BmiTemplates();
        b.three("andn", 0, 0xF2, AF | PF, false);
        b.three("bzhi", 0, 0xF5, AF | PF, true);
        b.three("pext", 2, 0xF5, 0, false);
        b.three("pdep", 3, 0xF5, 0, false);
        b.three("mulx", 3, 0xF6, 0, false);
        b.three("bextr", 0, 0xF7, AF | SF | PF, true);
        b.three("shlx", 1, 0xF7, 0, true);
        b.three("sarx", 2, 0xF7, 0, true);
        b.three("shrx", 3, 0xF7, 0, true);
        for (int reg = 1; reg <= 3; reg++) {
            int member = reg;
            b.t.add("bls /" + reg, g -> {
                g.a.vex(0, M0F38, 0xF3, g.v.chance(2), false, member, g.v.below(16), g.rm(8), true);
                g.c.undefined(AF | PF);
            });
        }
        b.t.add("rorx", g -> g.a.vex(3, M0F3A, 0xF0, g.v.chance(2), false, g.v.below(16), 0, g.rm(8), true)
            .imm(g.v.below(256), 1));
        for (int opcode : new int[] {0xBC, 0xBD}) {
            b.t.add(opcode == 0xBC ? "tzcnt" : "lzcnt", g -> {
                int size = g.wideSize();
                if (size == 2) {
                    g.a.bytes(0x66);
                }
                g.a.modrm(0xF3, M0F, opcode, size == 8, g.v.below(16), g.rm(size));
                g.c.undefined(OF | SF | PF | AF);
            });
        }
        return b.t.list;
    }

    private void three(String name, int pp, int opcode, int undefined, boolean counts) {
        t.add(name, g -> {
            int v = g.v.below(16);
            if (counts && g.v.chance(2)) {
                g.c.gpr[v] = g.v.below(80) | (long) g.v.below(80) << 8;
            }
            // A base or index register would lose its address.
            g.a.vex(pp, M0F38, opcode, g.v.chance(2), false, g.v.below(16), v, g.rm(8, 1, 0), true);
            g.c.undefined(undefined);
        });
    }
}
