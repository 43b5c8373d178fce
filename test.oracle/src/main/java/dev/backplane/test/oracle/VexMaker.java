package dev.backplane.test.oracle;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.test.oracle.Assembler.Map;

/** Shorthand for templates of VEX-encoded instructions. */
final class VexMaker {
    /** VEX.L: 0 only, 1 only, or either. */
    enum L { ZERO, ONE, ANY }

    /** VEX.W: 0 only, 1 only, or either, which means the same. */
    enum W { ZERO, ONE, ANY }

    final List<Template> list = new ArrayList<>();

    void add(String name, Template.Maker maker) {
        list.add(new Template(name, maker));
    }

    static boolean wide(Gen g, L l) {
        return l == L.ONE || l == L.ANY && g.v.chance(2);
    }

    static boolean w(Gen g, W w) {
        return w == W.ONE || w == W.ANY && g.v.chance(4);
    }

    /** Destination, vvvv, register or memory of {@code size} bytes, twice as many if VEX.L is 1. */
    void three(String name, int pp, Map map, int opcode, L l, W w, int size) {
        add(name, g -> three(g, pp, map, opcode, l, w, size, 1));
    }

    static boolean three(Gen g, int pp, Map map, int opcode, L l, W w, int size, int align) {
        boolean wide = wide(g, l);
        int bytes = wide ? 2 * size : size;
        g.a.vex(pp, map, opcode, w(g, w), wide, g.v.below(16), g.v.below(16),
            g.rm(bytes, align == 1 ? 1 : bytes, 0), g.v.chance(3));
        return wide;
    }

    void threeImm(String name, int pp, Map map, int opcode, L l, W w, int size) {
        add(name, g -> {
            three(g, pp, map, opcode, l, w, size, 1);
            g.a.imm(g.v.below(256), 1);
        });
    }

    /** Destination and source, no vvvv. */
    void two(String name, int pp, Map map, int opcode, L l, W w, int size) {
        add(name, g -> two(g, pp, map, opcode, l, w, size, 1));
    }

    static void two(Gen g, int pp, Map map, int opcode, L l, W w, int size, int align) {
        boolean wide = wide(g, l);
        int bytes = wide ? 2 * size : size;
        g.a.vex(pp, map, opcode, w(g, w), wide, g.v.below(16), 0, g.rm(bytes, align == 1 ? 1 : bytes, 0),
            g.v.chance(3));
    }

    void twoImm(String name, int pp, Map map, int opcode, L l, W w, int size) {
        add(name, g -> {
            two(g, pp, map, opcode, l, w, size, 1);
            g.a.imm(g.v.below(256), 1);
        });
    }

    /** Scalars: VEX.L is ignored, memory has one size. */
    void scalar(String name, int pp, Map map, int opcode, W w, int size) {
        add(name, g -> scalar(g, pp, map, opcode, w, size));
    }

    static void scalar(Gen g, int pp, Map map, int opcode, W w, int size) {
        g.a.vex(pp, map, opcode, w(g, w), g.v.chance(4), g.v.below(16), g.v.below(16), g.rm(size, 1, 0),
            g.v.chance(3));
    }

    /** Memory only. */
    void memory(String name, int pp, Map map, int opcode, L l, W w, int size, boolean vvvv, boolean aligned) {
        add(name, g -> {
            boolean wide = wide(g, l);
            int bytes = wide ? 2 * size : size;
            g.a.vex(pp, map, opcode, w(g, w), wide, g.v.below(16), vvvv ? g.v.below(16) : 0,
                g.memory(bytes, aligned ? bytes : 1, 0), g.v.chance(3));
        });
    }

    /** Register only. */
    void register(String name, int pp, Map map, int opcode, L l, W w, boolean vvvv) {
        add(name, g -> g.a.vex(pp, map, opcode, w(g, w), wide(g, l), g.v.below(16), vvvv ? g.v.below(16) : 0,
            new Operand.Register(g.v.below(16)), g.v.chance(3)));
    }
}
