package dev.backplane.test.oracle;

import static dev.backplane.test.oracle.Assembler.Map.M0F;
import static dev.backplane.test.oracle.Assembler.Map.M0F38;
import static dev.backplane.test.oracle.Assembler.Map.ONE;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.test.oracle.Operand.Memory;
import dev.backplane.test.oracle.Operand.Register;

/**
 * Random blocks: arithmetic, moves, vectors, memory across a page boundary, loops, jumps, calls, string instructions,
 * stores into the code that follows. Instructions that leave flags undefined are followed by one that defines them all.
 *
 * <p>RBP points into the data area and RBX counts loops; RSP is as far from the data as no operand reaches. The other
 * registers hold anything.
 */
final class BlockTemplates {
    private static final int[] FREE = {0, 1, 2, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    private static final int RBX = 3;
    private static final int RBP = 5;
    /** Opcodes of the map 0F behind 66 that take two vectors, with VEX three. */
    private static final int[] INTEGERS = {0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C,
        0x6D, 0x74, 0x75, 0x76, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD8, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, 0xE0, 0xE1,
        0xE3, 0xE4, 0xE5, 0xE8, 0xE9, 0xEA, 0xEB, 0xEC, 0xED, 0xEE, 0xEF, 0xF2, 0xF4, 0xF5, 0xF6, 0xF8, 0xFB, 0xFE};
    private static final int[] FLOATS = {0x51, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F};

    private BlockTemplates() {
    }

    /** The model says whether there is AVX. */
    static List<Template> all(boolean avx) {
        List<Template> list = new ArrayList<>();
        list.add(new Template("block of integers", g -> new Maker(g, false, false).make(false)));
        list.add(new Template("block with loops and calls", g -> new Maker(g, false, false).make(true)));
        list.add(new Template("block with vectors", g -> new Maker(g, true, false).make(true)));
        if (avx) {
            list.add(new Template("block with VEX", g -> new Maker(g, true, true).make(true)));
        }
        return list;
    }

    /** Makes one block. */
    private static final class Maker {
        private final Gen g;
        private final boolean vectors;
        private final boolean avx;

        Maker(Gen g, boolean vectors, boolean avx) {
            this.g = g;
            this.vectors = vectors;
            this.avx = avx;
        }

        void make(boolean flow) {
            g.c.gpr[RBP] = Layout.DATA + 0x1000;
            g.c.gpr[Gen.RSP] = Layout.DATA + 0x1F00;
            g.c.flags &= ~TestCase.DF;
            for (int n = 0; n < 24; n++) {
                g.poke(Layout.DATA + 0xE00 + 8 * g.v.below(0x80), g.v.vectorHalf());
            }
            int units = 3 + g.v.below(12);
            for (int n = 0; n < units; n++) {
                unit(flow);
            }
            define();
        }

        private int register() {
            return FREE[g.v.below(FREE.length)];
        }

        /** An operand in the data, often near the page boundary. */
        private Operand memory(int align) {
            int disp = g.v.chance(2) ? g.v.below(64) - 40 : g.v.below(0x1900) - 0xF00;
            return new Memory(RBP, -1, 0, disp & -align);
        }

        /** As the one of the generator; with REX for bytes, so that BH, which belongs to the loop counter, is none. */
        private void sized(int opcodeForByte, int size, int reg, Operand rm) {
            g.a.modrm(size == 2 ? 0x66 : 0, ONE, size == 1 ? opcodeForByte : opcodeForByte + 1, size == 8, reg, rm,
                size == 1);
        }

        private Operand rm() {
            return g.v.chance(2) ? memory(1) : new Register(register());
        }

        /** All flags. */
        private void define() {
            g.a.modrm(0, ONE, 0x39, true, register(), new Register(register()));
        }

        private void unit(boolean flow) {
            if (vectors && g.v.chance(2)) {
                vector();
                return;
            }
            if (flow && g.v.chance(3)) {
                switch (g.v.below(5)) {
                    case 0 -> loop();
                    case 1 -> call();
                    case 2 -> strings();
                    case 3 -> selfModifying();
                    default -> skip();
                }
                return;
            }
            switch (g.v.below(10)) {
                case 0, 1, 2 -> sized(8 * g.v.below(8) | (g.v.chance(2) ? 2 : 0), g.size(), register(), rm());
                case 3 -> {
                    int size = g.wideSize();
                    g.wide(ONE, 0x83, size, g.v.below(8), rm());
                    g.a.imm(g.v.integer(), 1);
                }
                case 4 -> {
                    int[] groups = {0xFE, 0, 0xFE, 1, 0xF6, 2, 0xF6, 3};
                    int k = 2 * g.v.below(4);
                    sized(groups[k], g.size(), groups[k + 1], rm());
                }
                case 5 -> shift();
                case 6 -> move();
                case 7 -> {
                    g.wide(M0F, 0xAF, g.wideSize(), register(), rm());
                    define();
                }
                case 8 -> g.wide(M0F, 0x40 | condition(), g.wideSize(), register(), rm());
                default -> {
                    g.a.plain(0, ONE, 0x50, false, register(), false);
                    g.a.plain(0, ONE, 0x58, false, register(), false);
                }
            }
        }

        /** A condition of flags that are always defined here. */
        private int condition() {
            return g.v.below(16);
        }

        private void shift() {
            int[] members = {0, 1, 4, 5, 7};
            int size = g.size();
            sized(0xC0, size, members[g.v.below(members.length)], rm());
            g.a.imm(g.v.below(64), 1);
            define();
        }

        private void move() {
            switch (g.v.below(7)) {
                case 0 -> sized(0x88, g.size(), register(), rm());
                case 1 -> sized(0x8A, g.size(), register(), rm());
                case 2 -> g.wide(M0F, 0xB6 + g.v.below(2), g.wideSize(), register(), rm());
                case 3 -> g.wide(M0F, 0xBE + g.v.below(2), g.wideSize(), register(), rm());
                case 4 -> g.a.modrm(0, ONE, 0x8D, true, register(), new Memory(register(), -1, 0, g.v.below(1000)));
                case 5 -> sized(0x86, g.size(), register(), rm());
                default -> g.a.modrm(0, M0F, 0x90 | condition(), false, 0, rm(), true);
            }
        }

        private void vector() {
            boolean integer = g.v.chance(2);
            int opcode = integer ? INTEGERS[g.v.below(INTEGERS.length)] : FLOATS[g.v.below(FLOATS.length)];
            int prefix = integer ? 1 : g.v.below(2);
            int reg = g.v.below(16);
            Operand rm = g.v.chance(3) ? memory(16) : new Register(g.v.below(16));
            if (g.v.chance(5)) {
                g.a.modrm(0, M0F, g.v.chance(2) ? 0x10 : 0x11, false, reg, g.v.chance(2) ? memory(1) : rm);
            } else if (!avx || g.v.chance(6)) {
                g.a.modrm(prefix == 1 ? 0x66 : 0, M0F, opcode, false, reg, rm);
            } else if (g.v.chance(8)) {
                g.a.vex(1, M0F38, 0xB8 + g.v.below(8), g.v.chance(2), false, reg, g.v.below(16),
                    new Register(g.v.below(16)), true);
            } else {
                int vvvv = opcode == 0x51 ? 0 : g.v.below(16);
                g.a.vex(prefix, M0F, opcode, false, g.v.chance(2), reg, vvvv, g.v.chance(3) ? memory(1) : rm, false);
            }
        }

        /** MOV EBX, n; some units; DEC EBX; JNZ. */
        private void loop() {
            g.a.bytes(0xBB).imm(1 + g.v.below(12), 4);
            int start = g.c.length;
            for (int n = 1 + g.v.below(4); n > 0; n--) {
                unit(false);
            }
            if (g.v.chance(3)) {
                patched();
            }
            g.a.bytes(0xFF, 0xC8 | RBX, 0x0F, 0x85);
            g.a.imm(start - (g.c.length + 4), 4);
        }

        /** CALL over a jump to a unit and RET. */
        private void call() {
            g.a.bytes(0xE8, 5, 0, 0, 0, 0xE9);
            int at = g.c.length;
            g.a.imm(0, 4);
            unit(false);
            g.a.bytes(0xC3);
            patch(at, g.c.length - (at + 4));
        }

        private void patch(int at, int value) {
            for (int i = 0; i < 4; i++) {
                g.c.code[at + i] = (byte) (value >> 8 * i);
            }
        }

        /** A conditional jump over a unit. */
        private void skip() {
            g.a.bytes(0x0F, 0x80 | condition());
            int at = g.c.length;
            g.a.imm(0, 4);
            unit(false);
            patch(at, g.c.length - (at + 4));
        }

        /** LEA RDI and RSI into the data, MOV ECX, REP MOVS or STOS. */
        private void strings() {
            g.a.modrm(0, ONE, 0x8D, true, Gen.RDI, memory(1));
            g.a.modrm(0, ONE, 0x8D, true, Gen.RSI, memory(1));
            g.a.bytes(0xB9).imm(g.v.below(40), 4);
            g.a.bytes(0xF3);
            if (g.v.chance(2)) {
                g.a.bytes(0x48);
            }
            g.a.bytes((g.v.chance(2) ? 0xA4 : 0xAA) | g.v.below(2));
        }

        private void selfModifying() {
            patched();
            if (g.v.chance(2)) {
                unit(false);
            }
        }

        /** A store to the immediate of the ADD behind it: a constant, or AL, which changes from round to round. */
        private void patched() {
            g.c.changesCode = true;
            if (g.v.chance(2)) {
                g.a.bytes(0xC6, 0x05).imm(3, 4).imm(g.v.below(256), 1);
            } else {
                g.a.bytes(0x88, 0x05).imm(3, 4);
            }
            int r = register();
            g.a.bytes(0x48 | r >> 3, 0x83, 0xC0 | r & 7).imm(g.v.below(128), 1);
        }
    }
}
