package dev.backplane.test.oracle;

import static dev.backplane.test.oracle.Assembler.Map.M0F;
import static dev.backplane.test.oracle.Assembler.Map.M0F38;
import static dev.backplane.test.oracle.Assembler.Map.ONE;
import static dev.backplane.test.oracle.TestCase.AF;
import static dev.backplane.test.oracle.TestCase.PF;
import static dev.backplane.test.oracle.TestCase.SF;
import static dev.backplane.test.oracle.TestCase.STATUS;
import static dev.backplane.test.oracle.TestCase.ZF;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.test.oracle.Operand.Register;

/** Moves, arithmetic, logic, multiplication, division, conditions, exchange. */
final class IntegerTemplates {
    private static final String[] ALU = {"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"};
    private final List<Template> list = new ArrayList<>();

    static List<Template> all() {
        IntegerTemplates t = new IntegerTemplates();
        t.alu();
        t.moves();
        t.unary();
        t.multiply();
        t.divide();
        t.exchange();
        t.conditions();
        t.stack();
        t.conversions();
        return t.list;
    }

    private void add(String name, Template.Maker maker) {
        list.add(new Template(name, maker));
    }

    private static boolean logic(int op) {
        return op == 1 || op == 4 || op == 6;
    }

    private void alu() {
        for (int i = 0; i < 8; i++) {
            int op = i;
            String name = ALU[i];
            Template.Maker flags = g -> {
                if (logic(op)) {
                    g.c.undefined(AF);
                }
            };
            add(name + " rm, reg", g -> {
                int size = g.size();
                if (op != 7 && g.v.chance(6)) {
                    // LOCK needs memory.
                    Operand m = g.memory(size, 1, 0);
                    g.a.bytes(0xF0);
                    g.sized(ONE, op << 3, size, g.register(0), m);
                } else {
                    g.sized(ONE, op << 3, size, g.register(0), g.rm(size));
                }
                flags.make(g);
            });
            add(name + " reg, rm", g -> {
                int size = g.size();
                g.sized(ONE, op << 3 | 2, size, g.register(0), g.rm(size));
                flags.make(g);
            });
            add(name + " acc, imm", g -> {
                int size = g.size();
                g.a.plain(size == 2 ? 0x66 : 0, ONE, op << 3 | (size == 1 ? 4 : 5), size == 8, 0, false);
                g.immediate(size);
                flags.make(g);
            });
            add(name + " rm, imm", g -> {
                int size = g.size();
                g.sized(ONE, 0x80, size, op, g.rm(size));
                g.immediate(size);
                flags.make(g);
            });
            add(name + " rm, imm8", g -> {
                int size = g.wideSize();
                g.wide(ONE, 0x83, size, op, g.rm(size));
                g.immediate(1);
                flags.make(g);
            });
        }
        add("test rm, reg", g -> {
            int size = g.size();
            g.sized(ONE, 0x84, size, g.register(0), g.rm(size));
            g.c.undefined(AF);
        });
        add("test rm, imm", g -> {
            int size = g.size();
            g.sized(ONE, 0xF6, size, 0, g.rm(size));
            g.immediate(size);
            g.c.undefined(AF);
        });
        add("test acc, imm", g -> {
            int size = g.size();
            g.a.plain(size == 2 ? 0x66 : 0, ONE, size == 1 ? 0xA8 : 0xA9, size == 8, 0, false);
            g.immediate(size);
            g.c.undefined(AF);
        });
    }

    private void moves() {
        add("mov rm, reg", g -> {
            int size = g.size();
            g.sized(ONE, 0x88, size, g.register(0), g.rm(size));
        });
        add("mov reg, rm", g -> {
            int size = g.size();
            g.sized(ONE, 0x8A, size, g.register(0), g.rm(size));
        });
        add("mov rm, imm", g -> {
            int size = g.size();
            g.sized(ONE, 0xC6, size, 0, g.rm(size));
            g.immediate(size);
        });
        add("mov reg, imm", g -> {
            int size = g.size();
            g.a.plain(size == 2 ? 0x66 : 0, ONE, size == 1 ? 0xB0 : 0xB8, size == 8, g.register(0),
                size == 1 && g.v.chance(2));
            g.a.imm(g.v.integer(), size);
        });
        add("movzx/movsx", g -> {
            int size = g.wideSize();
            boolean word = g.v.chance(2) && size > 2;
            int op = (g.v.chance(2) ? 0xB6 : 0xBE) + (word ? 1 : 0);
            g.wide(M0F, op, size, g.register(0), g.rm(word ? 2 : 1));
        });
        add("movsxd", g -> g.wide(ONE, 0x63, g.wideSize(), g.register(0), g.rm(4)));
        add("lea", g -> g.wide(ONE, 0x8D, g.wideSize(), g.register(0), g.memory(8, 1, 0)));
        add("lea 32-bit address", g -> {
            Operand m = new Operand.Memory(g.register(0), g.register(1 << Gen.RSP), g.v.below(4), g.v.below(1000));
            g.a.bytes(0x67);
            g.wide(ONE, 0x8D, g.wideSize(), g.register(0), m);
        });
        add("mov moffs", g -> {
            int size = g.size();
            long address = Layout.DATA + g.v.below(Layout.DATA_SIZE - 8);
            g.a.plain(size == 2 ? 0x66 : 0, ONE, (g.v.chance(2) ? 0xA0 : 0xA2) + (size == 1 ? 0 : 1), size == 8, 0,
                false);
            g.a.imm(address, 8);
        });
        add("movbe", g -> {
            int size = g.wideSize();
            g.wide(M0F38, 0xF0 + g.v.below(2), size, g.register(0), g.memory(size, 1, 0));
        });
        add("bswap", g -> g.a.plain(0, M0F, 0xC8, true, g.register(0), false));
        add("bswap 32", g -> g.a.plain(0, M0F, 0xC8, false, g.register(0), false));
        add("xlat", g -> {
            g.c.gpr[Gen.RBX] = Layout.DATA + 0x500 + g.v.below(0x1000);
            g.a.bytes(0xD7);
        });
        add("movnti", g -> {
            int size = g.v.chance(2) ? 4 : 8;
            g.wide(M0F, 0xC3, size, g.register(0), g.memory(size, 1, 0));
        });
        add("lahf", g -> g.a.bytes(0x9F));
        add("sahf", g -> g.a.bytes(0x9E));
        add("clc stc cmc cld std", g -> g.a.bytes(new int[] {0xF8, 0xF9, 0xF5, 0xFC, 0xFD}[g.v.below(5)]));
    }

    private void unary() {
        add("inc/dec", g -> {
            int size = g.size();
            g.sized(ONE, 0xFE, size, g.v.below(2), g.rm(size));
        });
        add("not/neg", g -> {
            int size = g.size();
            g.sized(ONE, 0xF6, size, 2 + g.v.below(2), g.rm(size));
        });
        add("lock inc/dec/not/neg", g -> {
            int size = g.size();
            Operand m = g.memory(size, 1, 0);
            g.a.bytes(0xF0);
            if (g.v.chance(2)) {
                g.sized(ONE, 0xFE, size, g.v.below(2), m);
            } else {
                g.sized(ONE, 0xF6, size, 2 + g.v.below(2), m);
            }
        });
    }

    private void multiply() {
        add("mul/imul one operand", g -> {
            int size = g.size();
            g.sized(ONE, 0xF6, size, 4 + g.v.below(2), g.rm(size, 1, 1 << Gen.RAX | 1 << Gen.RDX));
            g.c.undefined(SF | ZF | AF | PF);
        });
        add("imul reg, rm", g -> {
            int size = g.wideSize();
            g.wide(M0F, 0xAF, size, g.register(0), g.rm(size));
            g.c.undefined(SF | ZF | AF | PF);
        });
        add("imul reg, rm, imm", g -> {
            int size = g.wideSize();
            g.wide(ONE, 0x69, size, g.register(0), g.rm(size));
            g.immediate(size);
            g.c.undefined(SF | ZF | AF | PF);
        });
        add("imul reg, rm, imm8", g -> {
            int size = g.wideSize();
            g.wide(ONE, 0x6B, size, g.register(0), g.rm(size));
            g.immediate(1);
            g.c.undefined(SF | ZF | AF | PF);
        });
    }

    private void divide() {
        add("div", g -> divide(g, false));
        add("idiv", g -> divide(g, true));
    }

    /** A quotient that fits is made by multiplying back: dividend = quotient * divisor + remainder. */
    private static void divide(Gen g, boolean signed) {
        int size = g.size();
        int bits = size * 8;
        Operand m;
        int r = g.register(1 << Gen.RAX | 1 << Gen.RDX | 1 << Gen.RSP);
        boolean memory = g.v.chance(2);
        long mask = bits == 64 ? -1L : (1L << bits) - 1;
        BigInteger d;
        do {
            d = number(g.v.integer() & mask, bits, signed);
        } while (d.signum() == 0);
        BigInteger q = number(g.v.integer() & mask, bits, signed);
        if (signed && q.bitLength() >= bits - 1) {
            q = q.shiftRight(1);
        }
        BigInteger rest = number(g.v.integer() & mask, bits, signed).abs().mod(d.abs());
        BigInteger n = q.multiply(d);
        n = n.signum() < 0 ? n.subtract(rest) : n.add(rest);
        BigInteger[] check = n.divideAndRemainder(d);
        if (signed ? check[0].bitLength() > bits - 1 : check[0].bitLength() > bits) {
            n = BigInteger.ONE;
        }
        if (memory) {
            Operand.Memory mem = g.memory(size, 1, 1 << Gen.RAX | 1 << Gen.RDX);
            g.pokeValue[0] = d.longValue();
            m = mem;
        } else {
            g.c.gpr[r] = g.c.gpr[r] & ~mask | d.longValue() & mask;
            m = new Register(size == 1 && r < 8 && r > 3 ? r + 8 : r);
            if (size == 1 && r < 8 && r > 3) {
                g.c.gpr[r + 8] = d.longValue();
            }
        }
        if (size == 1) {
            g.c.gpr[0] = g.c.gpr[0] & ~0xFFFFL | n.longValue() & 0xFFFF;
        } else {
            g.c.gpr[0] = g.c.gpr[0] & ~mask | n.longValue() & mask;
            g.c.gpr[2] = g.c.gpr[2] & ~mask | n.shiftRight(bits).longValue() & mask;
        }
        g.a.modrm(size == 2 ? 0x66 : 0, ONE, size == 1 ? 0xF6 : 0xF7, size == 8, signed ? 7 : 6, m, false);
        g.c.undefined(STATUS);
    }

    private static BigInteger number(long v, int bits, boolean signed) {
        BigInteger n = new BigInteger(1, new byte[] {(byte) (v >>> 56), (byte) (v >>> 48),
            (byte) (v >>> 40), (byte) (v >>> 32), (byte) (v >>> 24), (byte) (v >>> 16), (byte) (v >>> 8), (byte) v});
        return signed && n.testBit(bits - 1) ? n.subtract(BigInteger.ONE.shiftLeft(bits)) : n;
    }

    private void exchange() {
        add("xchg rm, reg", g -> {
            int size = g.size();
            g.sized(ONE, 0x86, size, g.register(0), g.rm(size));
        });
        add("xchg acc, reg", g -> {
            int size = g.wideSize();
            g.a.plain(size == 2 ? 0x66 : 0, ONE, 0x90, size == 8, g.register(0), false);
        });
        add("xadd", g -> {
            int size = g.size();
            Operand m = g.rm(size);
            if (m instanceof Operand.Memory && g.v.chance(2)) {
                g.a.bytes(0xF0);
            }
            g.sized(M0F, 0xC0, size, g.register(0), m);
        });
        add("cmpxchg", g -> {
            int size = g.size();
            Operand m = g.rm(size, 1, 1 << Gen.RAX);
            if (g.v.chance(2)) {
                if (m instanceof Register r) {
                    g.c.gpr[0] = g.c.gpr[r.number()];
                } else {
                    g.c.gpr[0] = g.pokeValue[0];
                }
            }
            if (m instanceof Operand.Memory && g.v.chance(2)) {
                g.a.bytes(0xF0);
            }
            g.sized(M0F, 0xB0, size, g.register(0), m);
        });
        add("cmpxchg8b/16b", g -> {
            boolean wide = g.v.chance(2);
            Operand m = g.memory(wide ? 16 : 8, wide ? 16 : 1, 0xF);
            if (g.v.chance(2)) {
                g.c.gpr[0] = g.pokeValue[0];
                g.c.gpr[2] = wide ? g.pokeValue[1] : g.pokeValue[0] >>> 32;
            }
            if (g.v.chance(2)) {
                g.a.bytes(0xF0);
            }
            g.a.modrm(0, M0F, 0xC7, wide, 1, m);
        });
    }

    private void conditions() {
        add("setcc", g -> g.a.modrm(0, M0F, 0x90 | g.v.below(16), false, 0, g.rm(1), g.v.chance(2)));
        add("cmovcc", g -> {
            int size = g.wideSize();
            g.wide(M0F, 0x40 | g.v.below(16), size, g.register(0), g.rm(size));
        });
        add("alu; jcc", g -> {
            int size = g.size();
            g.sized(ONE, g.v.below(8) << 3, size, g.register(0), g.rm(size));
            g.c.undefined(AF);
            g.a.bytes(0x70 | g.v.below(16), 3, 0xB0, g.v.below(256), 0x90);
        });
        add("loop/loope/loopne/jrcxz", g -> {
            if (g.v.chance(2)) {
                g.c.gpr[Gen.RCX] = g.v.below(3);
            }
            g.a.bytes(0xE0 + g.v.below(4), 2, 0xB0, g.v.below(256));
        });
    }

    private void stack() {
        add("push/pop", g -> {
            int r = g.register(1 << Gen.RSP);
            g.a.plain(g.v.chance(4) ? 0x66 : 0, ONE, 0x50, false, r, false);
            g.a.plain(0, ONE, 0x58, false, g.register(1 << Gen.RSP), false);
        });
        add("push rm", g -> g.wide(ONE, 0xFF, g.v.chance(4) ? 2 : 4, 6, g.rm(8, 1, 1 << Gen.RSP)));
        add("pop rm", g -> {
            g.poke(g.c.gpr[Gen.RSP], g.v.integer());
            g.wide(ONE, 0x8F, g.v.chance(4) ? 2 : 4, 0, g.rm(8, 1, 1 << Gen.RSP));
        });
        add("push imm", g -> {
            if (g.v.chance(2)) {
                g.a.bytes(0x6A).imm(g.v.integer(), 1);
            } else {
                g.a.bytes(0x68).imm(g.v.integer(), 4);
            }
        });
        add("pushf; pop", g -> {
            g.a.bytes(0x9C, 0x58, 0x25).imm(0xCD5, 4);
            g.c.undefined(AF);
        });
        add("enter/leave", g -> {
            g.c.gpr[Gen.RBP] = Layout.DATA + 0x1000 + 8L * g.v.below(64);
            if (g.v.chance(2)) {
                g.a.bytes(0xC8).imm(8L * g.v.below(16), 2).imm(g.v.below(4), 1);
            } else {
                g.a.bytes(0xC9);
            }
        });
        add("call; ret", g -> {
            g.a.bytes(0xE8, 2, 0, 0, 0, 0xEB, 1, 0xC3);
        });
    }

    private void conversions() {
        add("cbw/cwde/cdqe", g -> g.a.plain(g.v.chance(3) ? 0x66 : 0, ONE, 0x98, g.v.chance(3), 0, false));
        add("cwd/cdq/cqo", g -> g.a.plain(g.v.chance(3) ? 0x66 : 0, ONE, 0x99, g.v.chance(3), 0, false));
        add("popcnt", g -> {
            int size = g.wideSize();
            if (size == 2) {
                g.a.bytes(0x66);
            }
            g.a.modrm(0xF3, M0F, 0xB8, size == 8, g.register(0), g.rm(size));
        });
        add("crc32", g -> {
            int size = g.size();
            if (size == 2) {
                g.a.bytes(0x66);
            }
            g.a.modrm(0xF2, M0F38, size == 1 ? 0xF0 : 0xF1, size == 8, g.register(0), g.rm(size),
                size == 1 && g.v.chance(2));
        });
    }
}
