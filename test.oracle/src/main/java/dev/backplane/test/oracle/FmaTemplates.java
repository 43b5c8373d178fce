package dev.backplane.test.oracle;

import static dev.backplane.test.oracle.Assembler.Map.M0F38;

import java.util.List;

/** FMA: all orders of operands, all operations, with results that cancel and ends of the range. */
final class FmaTemplates {
    private static final int P66 = 1;
    private final VexMaker t = new VexMaker();

    static List<Template> all() {
        FmaTemplates f = new FmaTemplates();
        for (int order = 0x90; order <= 0xB0; order += 0x10) {
            for (int low = 6; low < 16; low++) {
                for (int w = 0; w < 2; w++) {
                    f.add(order + low, w == 1);
                }
            }
        }
        return f.t.list;
    }

    private void add(int opcode, boolean dbl) {
        boolean scalar = (opcode & 15) > 8 && (opcode & 1) != 0;
        String name = "fma %02X %s".formatted(opcode, dbl ? "W1" : "W0");
        t.add(name, g -> {
            boolean wide = g.v.chance(2);
            int size = scalar ? dbl ? 8 : 4 : wide ? 32 : 16;
            g.a.vex(P66, M0F38, opcode, dbl, wide, g.v.below(16), g.v.below(16), g.rm(size, 1, 0), true);
        });
        t.add(name + " near", g -> {
            // Three registers such that the product of two is about the third, in any of the orders.
            int a = g.v.below(16);
            int b = g.register(1 << a);
            int c = g.register(1 << a | 1 << b);
            for (int n = 0; n < 4; n++) {
                if (dbl) {
                    nearDouble(g, opcode >> 4, a, b, c, n);
                } else {
                    nearSingles(g, opcode >> 4, a, b, c, n);
                }
            }
            g.a.vex(P66, M0F38, opcode, dbl, g.v.chance(2), a, b, new Operand.Register(c), true);
        });
    }

    /** Puts two factors and an addend where the order (9: 132, A: 213, B: 231) wants them. */
    private static void put(Gen g, int order, int[] registers, int n, long x, long y, long z) {
        int addend = order == 9 ? 1 : order == 0xA ? 2 : 0;
        g.putQuadword(registers[(addend + 1) % 3], n, x);
        g.putQuadword(registers[(addend + 2) % 3], n, y);
        g.putQuadword(registers[addend], n, z);
    }

    private static void nearDouble(Gen g, int order, int a, int b, int c, int n) {
        double x = Double.longBitsToDouble(factor(g));
        double y = Double.longBitsToDouble(factor(g));
        long z = Double.doubleToRawLongBits(x * y);
        z += g.v.below(7) - 3;
        z ^= (long) g.v.below(2) << 63;
        if (g.v.chance(4)) {
            z = z & ~(0x7FFL << 52) | Math.max(0, Math.min(0x7FE, (z >> 52 & 0x7FF) + g.v.below(240) - 120)) << 52;
        }
        put(g, order, new int[] {a, b, c}, n, Double.doubleToRawLongBits(x), Double.doubleToRawLongBits(y), z);
    }

    private static long factor(Gen g) {
        long exponent = switch (g.v.below(4)) {
            case 0 -> g.v.below(0x7FF);
            case 1 -> 0x1FF + g.v.below(40);
            case 2 -> 0x5FE + g.v.below(6);
            default -> 1020 + g.v.below(8);
        };
        return g.v.integer() & 0x800FFFFFFFFFFFFFL | exponent << 52;
    }

    private static void nearSingles(Gen g, int order, int a, int b, int c, int n) {
        long x = 0;
        long y = 0;
        long z = 0;
        for (int shift = 0; shift < 64; shift += 32) {
            int p = singleFactor(g);
            int q = singleFactor(g);
            int r = Float.floatToRawIntBits(Float.intBitsToFloat(p) * Float.intBitsToFloat(q));
            r += g.v.below(7) - 3;
            r ^= g.v.below(2) << 31;
            if (g.v.chance(4)) {
                r = r & ~(0xFF << 23) | Math.max(0, Math.min(0xFE, (r >> 23 & 0xFF) + g.v.below(120) - 60)) << 23;
            }
            x |= (p & 0xFFFFFFFFL) << shift;
            y |= (q & 0xFFFFFFFFL) << shift;
            z |= (r & 0xFFFFFFFFL) << shift;
        }
        put(g, order, new int[] {a, b, c}, n, x, y, z);
    }

    private static int singleFactor(Gen g) {
        int exponent = switch (g.v.below(4)) {
            case 0 -> g.v.below(0xFF);
            case 1 -> 0x38 + g.v.below(16);
            case 2 -> 0xBE + g.v.below(4);
            default -> 124 + g.v.below(8);
        };
        return (int) g.v.integer() & 0x807FFFFF | exponent << 23;
    }
}
