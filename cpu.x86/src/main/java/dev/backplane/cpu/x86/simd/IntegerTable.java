package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.Insn.MAP_0F;
import static dev.backplane.cpu.x86.Insn.MAP_0F38;
import static dev.backplane.cpu.x86.Insn.MAP_0F3A;
import static dev.backplane.cpu.x86.OpTable.P66;
import static dev.backplane.cpu.x86.OpTable.PF2;
import static dev.backplane.cpu.x86.OpTable.PF3;
import static dev.backplane.cpu.x86.simd.Swar.B;
import static dev.backplane.cpu.x86.simd.Swar.D;
import static dev.backplane.cpu.x86.simd.Swar.W;

import dev.backplane.cpu.x86.Insn;
import java.util.function.LongBinaryOperator;

/** Packed-integer instructions of MMX, SSE2 and SSSE3, and their VEX forms (Intel SDM Vol. 2, appendix A). */
final class IntegerTable {
    private IntegerTable() {
    }

    static void addTo(Tables t) {
        arithmetic(t);
        compareAndLogic(t);
        multiply(t);
        packAndUnpack(t);
        shuffles(t);
        shifts(t);
        ssse3(t);
    }

    private static void arithmetic(Tables t) {
        t.both(MAP_0F, 0xFC, (a, b) -> Swar.add(a, b, B));
        t.both(MAP_0F, 0xFD, (a, b) -> Swar.add(a, b, W));
        t.both(MAP_0F, 0xFE, (a, b) -> Swar.add(a, b, D), Frequent.AddDoublewords::new);
        t.both(MAP_0F, 0xD4, (a, b) -> a + b, Frequent.AddQuadwords::new);
        t.both(MAP_0F, 0xF8, (a, b) -> Swar.sub(a, b, B), Frequent.SubBytes::new);
        t.both(MAP_0F, 0xF9, (a, b) -> Swar.sub(a, b, W));
        t.both(MAP_0F, 0xFA, (a, b) -> Swar.sub(a, b, D));
        t.both(MAP_0F, 0xFB, (a, b) -> a - b);
        t.both(MAP_0F, 0xDC, (a, b) -> Swar.addSatU(a, b, B, 8));
        t.both(MAP_0F, 0xDD, (a, b) -> Swar.addSatU(a, b, W, 16));
        t.both(MAP_0F, 0xEC, (a, b) -> Swar.addSatS(a, b, B, 8));
        t.both(MAP_0F, 0xED, (a, b) -> Swar.addSatS(a, b, W, 16));
        t.both(MAP_0F, 0xD8, (a, b) -> Swar.subSatU(a, b, B, 8));
        t.both(MAP_0F, 0xD9, (a, b) -> Swar.subSatU(a, b, W, 16));
        t.both(MAP_0F, 0xE8, (a, b) -> Swar.subSatS(a, b, B, 8));
        t.both(MAP_0F, 0xE9, (a, b) -> Swar.subSatS(a, b, W, 16));
        t.both(MAP_0F, 0xE0, (a, b) -> Swar.average(a, b, B));
        t.both(MAP_0F, 0xE3, (a, b) -> Swar.average(a, b, W));
        t.both(MAP_0F, 0xDA, (a, b) -> Swar.minU(a, b, B, 8), Frequent.MinBytes::new);
        t.both(MAP_0F, 0xDE, (a, b) -> Swar.maxU(a, b, B, 8));
        t.both(MAP_0F, 0xEA, (a, b) -> Swar.minS(a, b, W, 16));
        t.both(MAP_0F, 0xEE, (a, b) -> Swar.maxS(a, b, W, 16));
    }

    private static void compareAndLogic(Tables t) {
        t.both(MAP_0F, 0x74, (a, b) -> Swar.equal(a, b, B, 8), Frequent.EqualBytes::new);
        t.both(MAP_0F, 0x75, (a, b) -> Swar.equal(a, b, W, 16));
        t.both(MAP_0F, 0x76, (a, b) -> Swar.equal(a, b, D, 32), Frequent.EqualDoublewords::new);
        t.both(MAP_0F, 0x64, (a, b) -> Swar.aboveS(a, b, B, 8));
        t.both(MAP_0F, 0x65, (a, b) -> Swar.aboveS(a, b, W, 16));
        t.both(MAP_0F, 0x66, (a, b) -> Swar.aboveS(a, b, D, 32));
        t.both(MAP_0F, 0xDB, (a, b) -> a & b, Frequent.And::new);
        t.both(MAP_0F, 0xDF, (a, b) -> ~a & b, FloatTable::andNot);
        t.both(MAP_0F, 0xEB, (a, b) -> a | b, Frequent.Or::new);
        t.both(MAP_0F, 0xEF, (a, b) -> a ^ b, Frequent.Xor::new);
    }

    private static void multiply(Tables t) {
        t.both(MAP_0F, 0xD5, Multiply::lowWords);
        t.both(MAP_0F, 0xE5, Multiply::highWords);
        t.both(MAP_0F, 0xE4, Multiply::highWordsU);
        t.both(MAP_0F, 0xF5, Multiply::addWords);
        t.both(MAP_0F, 0xF4, Multiply::evenU);
        t.both(MAP_0F, 0xF6, Multiply::sumOfDifferences);
    }

    private static void packAndUnpack(Tables t) {
        low(t, 0x60, Shuffle::lowBytes, Shuffle::highBytes);
        low(t, 0x61, Shuffle::lowWords, Shuffle::highWords);
        low(t, 0x62, Shuffle::lowDoublewords, Shuffle::highDoublewords);
        high(t, 0x68, Shuffle::lowBytes, Shuffle::highBytes);
        high(t, 0x69, Shuffle::lowWords, Shuffle::highWords);
        high(t, 0x6A, Shuffle::lowDoublewords, Shuffle::highDoublewords);
        t.packed(MAP_0F, P66, 0x6C, Frequent.LowQuadwords::new, (c, x, d, lo, hi) -> x[d + 1] = lo);
        t.packed(MAP_0F, P66, 0x6D, (c, x, d, lo, hi) -> {
            x[d] = x[d + 1];
            x[d + 1] = hi;
        });
        pack(t, 0x63, Shuffle::wordsToBytes);
        pack(t, 0x67, Shuffle::wordsToUnsignedBytes);
        pack(t, 0x6B, Shuffle::doublewordsToWords);
        t.v38(0x2B, pairwise(Shuffle::doublewordsToUnsignedWords));
    }

    /** PUNPCKL: MMX reads four bytes only. */
    private static void low(Tables t, int opcode, LongBinaryOperator l, LongBinaryOperator h) {
        t.mmx(MAP_0F, opcode, Forms.mmx32(l));
        t.packed(MAP_0F, P66, opcode, (c, x, d, lo, hi) -> {
            long a = x[d];
            x[d] = l.applyAsLong(a, lo);
            x[d + 1] = h.applyAsLong(a, lo);
        });
    }

    private static void high(Tables t, int opcode, LongBinaryOperator l, LongBinaryOperator h) {
        t.both(MAP_0F, opcode, h, (c, x, d, lo, hi) -> {
            long a = x[d + 1];
            x[d] = l.applyAsLong(a, hi);
            x[d + 1] = h.applyAsLong(a, hi);
        });
    }

    private static void pack(Tables t, int opcode, LongBinaryOperator f) {
        t.both(MAP_0F, opcode, f, pairwise(f));
    }

    /** The low half comes from the destination alone, the high half from the source alone. */
    private static XmmFn pairwise(LongBinaryOperator f) {
        return (c, x, d, lo, hi) -> {
            x[d] = f.applyAsLong(x[d], x[d + 1]);
            x[d + 1] = f.applyAsLong(lo, hi);
        };
    }

    private static void shuffles(Tables t) {
        t.mmxImm(MAP_0F, 0x70, Forms.mmxImm(imm -> (a, b) -> Shuffle.words(b, imm)));
        t.unaryImm(MAP_0F, P66, 0x70, imm -> (c, x, d, lo, hi) -> {
            x[d] = Shuffle.doubleword(lo, hi, imm) | Shuffle.doubleword(lo, hi, imm >> 2) << 32;
            x[d + 1] = Shuffle.doubleword(lo, hi, imm >> 4) | Shuffle.doubleword(lo, hi, imm >> 6) << 32;
        });
        t.unaryImm(MAP_0F, PF3, 0x70, imm -> (c, x, d, lo, hi) -> {
            x[d] = lo;
            x[d + 1] = Shuffle.words(hi, imm);
        });
        t.unaryImm(MAP_0F, PF2, 0x70, imm -> (c, x, d, lo, hi) -> {
            x[d] = Shuffle.words(lo, imm);
            x[d + 1] = hi;
        });
        t.mmx(MAP_0F38, 0x00, Forms.mmx(Shuffle::bytes));
        t.v38(0x00, (c, x, d, lo, hi) -> {
            long a = x[d];
            long b = x[d + 1];
            x[d] = Shuffle.bytes(a, b, lo);
            x[d + 1] = Shuffle.bytes(a, b, hi);
        });
        t.mmxImm(MAP_0F3A, 0x0F, Forms.mmxImm(imm -> (a, b) -> Shuffle.window(b, a, imm)));
        t.v3a(0x0F, 0, IntegerTable::palignr);
    }

    private static XmmFn palignr(int imm) {
        return (c, x, d, lo, hi) -> {
            long a = x[d];
            long b = x[d + 1];
            if (imm < 8) {
                x[d] = Shuffle.window(lo, hi, imm);
                x[d + 1] = Shuffle.window(hi, a, imm);
            } else if (imm < 16) {
                x[d] = Shuffle.window(hi, a, imm - 8);
                x[d + 1] = Shuffle.window(a, b, imm - 8);
            } else {
                x[d] = Shuffle.window(a, b, imm - 16);
                x[d + 1] = Shuffle.window(b, 0, imm - 16);
            }
        };
    }

    /** A shift of all elements of a lane. */
    private interface ShiftFn {
        long apply(long a, int count);
    }

    private static void shifts(Tables t) {
        ShiftFn srlw = (a, n) -> Swar.shiftRight(a, n, W, 16);
        ShiftFn srld = (a, n) -> Swar.shiftRight(a, n, D, 32);
        ShiftFn srlq = (a, n) -> n > 63 ? 0 : a >>> n;
        ShiftFn sllw = (a, n) -> Swar.shiftLeft(a, n, W, 16);
        ShiftFn slld = (a, n) -> Swar.shiftLeft(a, n, D, 32);
        ShiftFn sllq = (a, n) -> n > 63 ? 0 : a << n;
        ShiftFn sraw = (a, n) -> Swar.shiftRightS(a, n, W, 16);
        ShiftFn srad = (a, n) -> Swar.shiftRightS(a, n, D, 32);
        shift(t, 0xD1, srlw);
        shift(t, 0xD2, srld);
        shift(t, 0xD3, srlq);
        shift(t, 0xE1, sraw);
        shift(t, 0xE2, srad);
        shift(t, 0xF1, sllw);
        shift(t, 0xF2, slld);
        shift(t, 0xF3, sllq);
        group(t, 0x71, srlw, sraw, sllw);
        group(t, 0x72, srld, srad, slld);
        group(t, 0x73, srlq, null, sllq);
    }

    private static void shift(Tables t, int opcode, ShiftFn f) {
        XmmFn g = (c, x, d, lo, hi) -> {
            int n = Forms.count(lo);
            x[d] = f.apply(x[d], n);
            x[d + 1] = f.apply(x[d + 1], n);
        };
        t.mmx(MAP_0F, opcode, Forms.mmx((a, b) -> f.apply(a, Forms.count(b))));
        t.sse(MAP_0F, P66, opcode, Forms.xmm(g));
        t.vex(MAP_0F, P66, opcode, VexForms.count(g));
    }

    /** Groups 12 to 14: shifts of the register in ModRM.rm by an immediate. */
    private static void group(Tables t, int opcode, ShiftFn right, ShiftFn arithmetic, ShiftFn left) {
        t.mmxImm(MAP_0F, opcode, Forms.regOnly(i -> {
            ShiftFn f = member(i.regLow, right, arithmetic, left);
            int n = (int) i.imm & 0xFF;
            i.regLow = i.rmLow;
            return f == null ? null : new Forms.MmxReg(i, (a, b) -> f.apply(a, n));
        }));
        t.sseImm(MAP_0F, P66, opcode, Forms.regOnly(i -> {
            XmmFn f = byImmediate(i, opcode, right, arithmetic, left);
            i.reg = i.rm;
            return f == null ? null : new Forms.Reg(i, f);
        }));
        t.vexImm(MAP_0F, P66, opcode, Forms.regOnly(i -> {
            XmmFn f = byImmediate(i, opcode, right, arithmetic, left);
            return f == null ? null : new VexForms.Packed(i, f, f, i.vvvv, i.rm, i.rm);
        }));
    }

    private static XmmFn byImmediate(Insn i, int opcode, ShiftFn right, ShiftFn arithmetic, ShiftFn left) {
        int n = (int) i.imm & 0xFF;
        if (opcode == 0x73 && (i.regLow == 3 || i.regLow == 7)) {
            return bytewise(n, i.regLow == 7);
        }
        ShiftFn f = member(i.regLow, right, arithmetic, left);
        return f == null ? null : (c, x, d, lo, hi) -> {
            x[d] = f.apply(lo, n);
            x[d + 1] = f.apply(hi, n);
        };
    }

    private static ShiftFn member(int reg, ShiftFn right, ShiftFn arithmetic, ShiftFn left) {
        return switch (reg) {
            case 2 -> right;
            case 4 -> arithmetic;
            case 6 -> left;
            default -> null;
        };
    }

    /** PSRLDQ and PSLLDQ. */
    private static XmmFn bytewise(int n, boolean left) {
        if (left) {
            return (c, x, d, lo, hi) -> {
                x[d + 1] = n >= 16 ? 0 : n >= 8 ? lo << (n - 8 << 3)
                    : n == 0 ? hi : hi << (n << 3) | lo >>> 64 - (n << 3);
                x[d] = n >= 8 ? 0 : lo << (n << 3);
            };
        }
        return (c, x, d, lo, hi) -> {
            x[d] = Shuffle.window(lo, hi, n);
            x[d + 1] = n >= 8 ? 0 : hi >>> (n << 3);
        };
    }

    private static void ssse3(Tables t) {
        horizontal(t, 0x01, Shuffle::addPairsOfWords);
        horizontal(t, 0x02, Shuffle::addPairsOfDoublewords);
        horizontal(t, 0x03, Shuffle::addPairsOfWordsSat);
        horizontal(t, 0x05, Shuffle::subPairsOfWords);
        horizontal(t, 0x06, Shuffle::subPairsOfDoublewords);
        horizontal(t, 0x07, Shuffle::subPairsOfWordsSat);
        t.both(MAP_0F38, 0x04, Multiply::addBytes);
        t.both(MAP_0F38, 0x0B, Multiply::roundedWords);
        t.both(MAP_0F38, 0x08, (a, b) -> Swar.sign(a, b, B, 8));
        t.both(MAP_0F38, 0x09, (a, b) -> Swar.sign(a, b, W, 16));
        t.both(MAP_0F38, 0x0A, (a, b) -> Swar.sign(a, b, D, 32));
        absolute(t, 0x1C, (a, b) -> Swar.absolute(b, B, 8));
        absolute(t, 0x1D, (a, b) -> Swar.absolute(b, W, 16));
        absolute(t, 0x1E, (a, b) -> Swar.absolute(b, D, 32));
    }

    private static void absolute(Tables t, int opcode, LongBinaryOperator f) {
        t.mmx(MAP_0F38, opcode, Forms.mmx(f));
        t.unary(MAP_0F38, P66, opcode, Forms.lanes(f));
    }

    private static void horizontal(Tables t, int opcode, LongBinaryOperator f) {
        t.both(MAP_0F38, opcode, f, pairwise(f));
    }
}
