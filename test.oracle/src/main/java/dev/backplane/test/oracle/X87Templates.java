package dev.backplane.test.oracle;

import static dev.backplane.test.oracle.Assembler.Map.ONE;

import java.util.ArrayList;
import java.util.List;

/** x87. Condition codes that an instruction leaves undefined are not compared. */
final class X87Templates {
    private static final int C0 = 0x100;
    private static final int C1 = 0x200;
    private static final int C2 = 0x400;
    private static final int C3 = 0x4000;
    private final List<Template> list = new ArrayList<>();

    static List<Template> all() {
        X87Templates t = new X87Templates();
        t.arithmetic();
        t.loadsAndStores();
        t.compares();
        t.unary();
        t.control();
        t.transcendental();
        return t.list;
    }

    private void add(String name, Template.Maker maker) {
        list.add(new Template(name, maker));
    }

    private static void undefined(Gen g, int bits) {
        g.c.definedFsw &= ~bits;
    }

    private void arithmetic() {
        String[] names = {"fadd", "fmul", "fcom", "fcomp", "fsub", "fsubr", "fdiv", "fdivr"};
        int[] escapes = {0xD8, 0xDC, 0xDA, 0xDE};
        String[] sizes = {"m32", "m64", "m32int", "m16int"};
        for (int e = 0; e < 4; e++) {
            for (int op = 0; op < 8; op++) {
                int escape = escapes[e];
                int reg = op;
                int size = new int[] {4, 8, 4, 2}[e];
                boolean compare = op == 2 || op == 3;
                add(names[op] + " " + sizes[e], g -> {
                    g.a.modrm(0, ONE, escape, false, reg, g.memory(size, 1, 0));
                    undefined(g, compare ? 0 : C0 | C2 | C3);
                });
            }
        }
        for (int op = 0; op < 8; op++) {
            int reg = op;
            boolean compare = op == 2 || op == 3;
            add(names[op] + " st, sti", g -> {
                g.a.bytes(0xD8, 0xC0 | reg << 3 | g.v.below(8));
                undefined(g, compare ? 0 : C0 | C2 | C3);
            });
            if (!compare) {
                add(names[op] + " sti, st", g -> {
                    g.a.bytes(g.v.chance(2) ? 0xDC : 0xDE, 0xC0 | reg << 3 | g.v.below(8));
                    undefined(g, C0 | C2 | C3);
                });
            }
        }
    }

    private void loadsAndStores() {
        int[][] ops = {{0xD9, 0, 4}, {0xD9, 2, 4}, {0xD9, 3, 4}, {0xDD, 0, 8}, {0xDD, 2, 8}, {0xDD, 3, 8}, {0xDB, 0, 4},
            {0xDB, 1, 4}, {0xDB, 2, 4}, {0xDB, 3, 4}, {0xDF, 0, 2}, {0xDF, 1, 2}, {0xDF, 2, 2}, {0xDF, 3, 2},
            {0xDF, 5, 8}, {0xDF, 7, 8}, {0xDD, 1, 8}, {0xDB, 5, 10}, {0xDB, 7, 10}, {0xDF, 6, 10}};
        for (int[] o : ops) {
            add("x87 load/store %02X /%d".formatted(o[0], o[1]), g -> {
                g.a.modrm(0, ONE, o[0], false, o[1], g.memory(o[2], 1, 0));
                if (o[2] == 10) {
                    int e = g.v.extendedExponent();
                    g.pokeValue[0] = g.v.extendedMantissa(e);
                    g.pokeValue[1] = e;
                }
                undefined(g, C0 | C2 | C3);
            });
        }
        add("fbld", g -> {
            Operand m = g.memory(10, 1, 0);
            long digits = 0;
            for (int i = 0; i < 16; i++) {
                digits = digits << 4 | g.v.below(10);
            }
            g.pokeValue[0] = digits;
            g.pokeValue[1] = g.v.below(10) << 4 | g.v.below(10) | g.v.below(2) << 15;
            g.a.modrm(0, ONE, 0xDF, false, 4, m);
            undefined(g, C0 | C2 | C3);
        });
        add("fld sti", g -> {
            g.a.bytes(0xD9, 0xC0 | g.v.below(8));
            undefined(g, C0 | C2 | C3);
        });
        add("fxch", g -> {
            g.a.bytes(0xD9, 0xC8 | g.v.below(8));
            undefined(g, C0 | C2 | C3);
        });
        add("fst/fstp sti", g -> {
            g.a.bytes(0xDD, 0xD0 | g.v.below(16));
            undefined(g, C0 | C2 | C3);
        });
        add("fcmov", g -> {
            g.a.bytes(0xDA + g.v.below(2), 0xC0 | g.v.below(32));
            undefined(g, C0 | C2 | C3);
        });
        for (int op = 0xE8; op <= 0xEE; op++) {
            int opcode = op;
            add("x87 constant %02X".formatted(op), g -> {
                g.a.bytes(0xD9, opcode);
                undefined(g, C0 | C2 | C3);
            });
        }
    }

    private void compares() {
        add("fucom/fucomp", g -> g.a.bytes(0xDD, 0xE0 | g.v.below(16)));
        add("fcompp", g -> g.a.bytes(0xDE, 0xD9));
        add("fucompp", g -> g.a.bytes(0xDA, 0xE9));
        add("fcomi/fucomi", g -> {
            g.a.bytes(0xDB, 0xE8 | g.v.below(16));
            undefined(g, C0 | C2 | C3);
        });
        add("fcomip/fucomip", g -> {
            g.a.bytes(0xDF, 0xE8 | g.v.below(16));
            undefined(g, C0 | C2 | C3);
        });
        add("ftst", g -> g.a.bytes(0xD9, 0xE4));
        add("fxam", g -> g.a.bytes(0xD9, 0xE5));
    }

    private void unary() {
        int[] ops = {0xE0, 0xE1, 0xFA, 0xFC, 0xFD, 0xF4};
        String[] names = {"fchs", "fabs", "fsqrt", "frndint", "fscale", "fxtract"};
        for (int i = 0; i < ops.length; i++) {
            int op = ops[i];
            add(names[i], g -> {
                if (op == 0xFD && g.v.chance(2)) {
                    // A scale that matters.
                    int e = 0x3FFF + g.v.below(15);
                    g.putLong(32 + 16, g.v.extendedMantissa(e) & -1L << 48 | 1L << 63);
                    g.putLong(40 + 16, e | g.v.below(2) << 15);
                }
                g.a.bytes(0xD9, op);
                undefined(g, C0 | C2 | C3);
            });
        }
        add("fprem", g -> g.a.bytes(0xD9, 0xF8));
        add("fprem1", g -> g.a.bytes(0xD9, 0xF5));
    }

    private void control() {
        add("fincstp/fdecstp", g -> {
            g.a.bytes(0xD9, 0xF6 + g.v.below(2));
            undefined(g, C0 | C2 | C3);
        });
        add("ffree", g -> {
            g.a.bytes(0xDD, 0xC0 | g.v.below(8));
            undefined(g, C0 | C1 | C2 | C3);
        });
        add("fnclex", g -> {
            g.a.bytes(0xDB, 0xE2);
            undefined(g, C0 | C1 | C2 | C3);
        });
        add("fninit", g -> g.a.bytes(0xDB, 0xE3));
        add("fnstsw ax", g -> {
            g.a.bytes(0xDF, 0xE0);
            undefined(g, C0 | C1 | C2 | C3);
        });
        add("fnstsw m16", g -> {
            g.a.modrm(0, ONE, 0xDD, false, 7, g.memory(2, 1, 0));
            undefined(g, C0 | C1 | C2 | C3);
        });
        add("fnstcw", g -> {
            g.a.modrm(0, ONE, 0xD9, false, 7, g.memory(2, 1, 0));
            undefined(g, C0 | C1 | C2 | C3);
        });
        add("fldcw", g -> {
            Operand m = g.memory(2, 1, 0);
            g.pokeValue[0] = 0x7F | g.v.below(0x10000) & 0xFF00 & ~0xE000;
            g.a.modrm(0, ONE, 0xD9, false, 5, m);
            undefined(g, C0 | C1 | C2 | C3);
        });
        add("fnop/wait", g -> g.a.bytes(0xD9, 0xD0, 0x9B));
    }

    private void transcendental() {
        int[] ops = {0xF0, 0xF1, 0xF2, 0xF3, 0xF9, 0xFB, 0xFE, 0xFF};
        String[] names = {"f2xm1", "fyl2x", "fptan", "fpatan", "fyl2xp1", "fsincos", "fsin", "fcos"};
        for (int i = 0; i < ops.length; i++) {
            int op = ops[i];
            add(names[i], g -> {
                // Arguments in the range the instructions are defined for, or special values.
                if (!g.v.chance(3)) {
                    for (int r = 0; r < 2; r++) {
                        int e = op == 0xF0 || op == 0xF9 ? 0x3FFE - 1 - g.v.below(60) : 0x3FFF - 40 + g.v.below(60);
                        g.putLong(32 + 16 * r, g.v.extendedMantissa(e) | 1L << 63);
                        boolean positive = op == 0xF1 && r == 0;
                        g.putLong(40 + 16 * r, e | (positive ? 0 : g.v.below(2) << 15));
                    }
                } else if (op == 0xF0 || op == 0xF9) {
                    g.putLong(32, g.v.chance(2) ? 0 : 0x8000000000000000L);
                    g.putLong(40, g.v.chance(2) ? 0 : 0x7FFF);
                }
                // Precision and inexact results are the processor's own here.
                g.put16(0, 0x37F);
                g.a.bytes(0xD9, op);
                g.c.x87Ulps = 2;
                undefined(g, C0 | C1 | C3 | 0x30);
            });
        }
    }
}
