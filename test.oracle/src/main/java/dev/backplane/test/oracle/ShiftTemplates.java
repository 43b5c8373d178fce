package dev.backplane.test.oracle;

import static dev.backplane.test.oracle.Assembler.Map.M0F;
import static dev.backplane.test.oracle.Assembler.Map.ONE;
import static dev.backplane.test.oracle.TestCase.AF;
import static dev.backplane.test.oracle.TestCase.CF;
import static dev.backplane.test.oracle.TestCase.OF;
import static dev.backplane.test.oracle.TestCase.PF;
import static dev.backplane.test.oracle.TestCase.SF;

import java.util.ArrayList;
import java.util.List;

/** Shifts, rotates, double shifts, bit tests, bit scans and string instructions. */
final class ShiftTemplates {
    private static final String[] NAMES = {"rol", "ror", "rcl", "rcr", "shl", "shr", "sal", "sar"};
    private final List<Template> list = new ArrayList<>();

    static List<Template> all() {
        ShiftTemplates t = new ShiftTemplates();
        t.shifts();
        t.doubleShifts();
        t.bits();
        t.strings();
        return t.list;
    }

    private void add(String name, Template.Maker maker) {
        list.add(new Template(name, maker));
    }

    private void shifts() {
        for (int i = 0; i < 8; i++) {
            int op = i;
            add(NAMES[i] + " 1", g -> {
                int size = g.size();
                g.sized(ONE, 0xD0, size, op, g.rm(size));
                flags(g, op, 1, size);
            });
            add(NAMES[i] + " imm", g -> {
                int size = g.size();
                int count = g.v.chance(2) ? g.v.below(256) : g.v.below(size * 8 + 2);
                g.sized(ONE, 0xC0, size, op, g.rm(size));
                g.a.imm(count, 1);
                flags(g, op, count, size);
            });
            add(NAMES[i] + " cl", g -> {
                int size = g.size();
                int count = g.v.chance(2) ? g.v.below(256) : g.v.below(size * 8 + 2);
                g.sized(ONE, 0xD2, size, op, g.rm(size, 1, 1 << Gen.RCX));
                g.c.gpr[Gen.RCX] = g.c.gpr[Gen.RCX] & ~0xFFL | count;
                flags(g, op, count, size);
            });
        }
    }

    /** SDM vol. 2: OF is defined for counts of 1 only, AF never after shifts, CF not beyond the operand's size. */
    private static void flags(Gen g, int op, int rawCount, int size) {
        int count = rawCount & (size == 8 ? 63 : 31);
        if (count == 0) {
            return;
        }
        if (op >= 4) {
            g.c.undefined(AF);
            if (op != 7 && count >= size * 8 && size < 4) {
                g.c.undefined(CF);
            }
        }
        if (count != 1) {
            g.c.undefined(OF);
        }
    }

    private void doubleShifts() {
        for (int op : new int[] {0xA4, 0xAC}) {
            add(op == 0xA4 ? "shld" : "shrd", g -> {
                int size = g.wideSize();
                boolean cl = g.v.chance(2);
                int count = g.v.chance(3) && size != 2 ? g.v.below(256) : g.v.below(size * 8);
                g.wide(M0F, op + (cl ? 1 : 0), size, g.register(cl ? 1 << Gen.RCX : 0),
                    g.rm(size, 1, cl ? 1 << Gen.RCX : 0));
                if (cl) {
                    g.c.gpr[Gen.RCX] = g.c.gpr[Gen.RCX] & ~0xFFL | count;
                } else {
                    g.a.imm(count, 1);
                }
                int used = count & (size == 8 ? 63 : 31);
                if (used != 0) {
                    g.c.undefined(used == 1 ? AF : AF | OF);
                }
            });
        }
    }

    private void bits() {
        for (int k = 0; k < 4; k++) {
            int op = k;
            String name = new String[] {"bt", "bts", "btr", "btc"}[k];
            add(name + " rm, reg", g -> {
                int size = g.wideSize();
                int reg = g.register(0);
                Operand m = g.rm(size, 1, 1 << reg);
                if (m instanceof Operand.Memory) {
                    // The bit offset reaches beyond the operand; keep it within the data area.
                    long offset = g.v.below(2 * 1024) - 1024;
                    g.c.gpr[reg] = size == 2 ? g.c.gpr[reg] & ~0xFFFFL | offset & 0xFFFF
                        : size == 4 ? offset & 0xFFFFFFFFL : offset;
                    if (op != 0 && g.v.chance(3)) {
                        g.a.bytes(0xF0);
                    }
                }
                g.wide(M0F, 0xA3 | op << 3, size, reg, m);
                g.c.undefined(OF | SF | AF | PF);
            });
            add(name + " rm, imm", g -> {
                int size = g.wideSize();
                g.wide(M0F, 0xBA, size, 4 + op, g.rm(size));
                g.immediate(1);
                g.c.undefined(OF | SF | AF | PF);
            });
        }
        for (int op : new int[] {0xBC, 0xBD}) {
            add(op == 0xBC ? "bsf" : "bsr", g -> {
                int size = g.wideSize();
                int reg = g.register(0);
                Operand m = g.rm(size);
                g.wide(M0F, op, size, reg, m);
                g.c.undefined(CF | OF | SF | AF | PF);
                // The destination is undefined for a source of zero.
                long mask = size == 8 ? -1L : (1L << size * 8) - 1;
                long source = m instanceof Operand.Register r ? g.c.gpr[r.number()] : g.pokeValue[0];
                if ((source & mask) == 0) {
                    g.c.undefinedGprs = 1 << reg;
                }
            });
        }
    }

    private void strings() {
        int[] opcodes = {0xA4, 0xA6, 0xAA, 0xAC, 0xAE};
        String[] names = {"movs", "cmps", "stos", "lods", "scas"};
        for (int i = 0; i < opcodes.length; i++) {
            int opcode = opcodes[i];
            add(names[i], g -> {
                pointers(g);
                plainString(g, opcode);
            });
            add("rep " + names[i], g -> {
                pointers(g);
                g.c.gpr[Gen.RCX] = g.v.chance(8) ? 0 : g.v.below(40);
                g.a.bytes(g.v.chance(2) ? 0xF3 : 0xF2);
                plainString(g, opcode);
            });
        }
        add("rep movs overlapping", g -> {
            pointers(g);
            g.c.gpr[Gen.RDI] = g.c.gpr[Gen.RSI] + g.v.below(40) - 20;
            g.c.gpr[Gen.RCX] = g.v.below(60);
            g.a.bytes(0xF3);
            plainString(g, 0xA4);
        });
    }

    private static void pointers(Gen g) {
        g.c.gpr[Gen.RSI] = Layout.DATA + 0xC00 + g.v.below(0x800);
        g.c.gpr[Gen.RDI] = Layout.DATA + 0xC00 + g.v.below(0x800);
        if (g.v.chance(2)) {
            // Equal stretches, so that repeated compares run on.
            for (int i = 0; i < 4; i++) {
                long value = g.v.integer();
                g.poke(g.c.gpr[Gen.RSI] + 8 * i, value);
                g.poke(g.c.gpr[Gen.RDI] + 8 * i, value);
            }
        }
    }

    private static void plainString(Gen g, int opcode) {
        int size = g.size();
        g.a.plain(size == 2 ? 0x66 : 0, ONE, opcode + (size == 1 ? 0 : 1), size == 8, 0, false);
    }
}
