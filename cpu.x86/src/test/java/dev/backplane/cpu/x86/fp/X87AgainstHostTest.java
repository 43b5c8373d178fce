package dev.backplane.cpu.x86.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.backplane.cpu.x86.FpuState;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The x87 unit does what that of the host does: results, status word and TOP, with masked and unmasked exceptions. */
class X87AgainstHostTest {
    private static final int BATCH = 1000;
    private static final int CASES = Integer.getInteger("backplane.fp.cases", 6_000);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

    /** What the instruction under test does; {@code in} is its memory operand, what it returns is compared at 104. */
    @FunctionalInterface
    interface Op {
        long run(FpuState f, long in, int upper);
    }

    @FunctionalInterface
    interface Step {
        void run(FpuState f);
    }

    @BeforeAll
    static void needsTheHost() {
        assumeTrue(HostThunk.available());
    }

    @Test
    void arithmeticOnRegisters() {
        int[] ops = {0, 1, 4, 5, 6, 7};
        for (int op : ops) {
            int modrm = 0xC1 + 8 * op;
            check("D8/" + op, "d8%02x".formatted(modrm), f -> X87Arith.registers(f, op, 1, 0, false));
            check("DC/" + op, "dc%02x".formatted(modrm), f -> X87Arith.registers(f, op, 1, 1, false));
            check("DE/" + op, "de%02x".formatted(modrm), f -> X87Arith.registers(f, op, 1, 1, true));
        }
        check("D8 empty", "d8c4", f -> X87Arith.registers(f, 0, 4, 0, false));
        check("fsqrt", "d9fa", X87Arith::sqrt);
        check("frndint", "d9fc", X87Arith::roundToIntegral);
    }

    @Test
    void scaleRemainderAndExtract() {
        check("fscale", "d9fd", X87Arith::scale);
        check("fprem", "d9f8", f -> X87Arith.remainder(f, false));
        check("fprem1", "d9f5", f -> X87Arith.remainder(f, true));
        check("fxtract", "d9f4", X87Arith::extract);
        check("fscale empty", "ddd8 d9fd", f -> {
            X87Data.storeRegister(f, 0, true);
            X87Arith.scale(f);
        });
    }

    @Test
    void comparisons() {
        check("fcom", "d8d1", f -> X87Arith.compareRegister(f, 1, 0, true));
        check("fcomp", "d8d9", f -> X87Arith.compareRegister(f, 1, 1, true));
        check("fcompp", "ded9", f -> X87Arith.compareRegister(f, 1, 2, true));
        check("fucom", "dde1", f -> X87Arith.compareRegister(f, 1, 0, false));
        check("fucomp", "dde9", f -> X87Arith.compareRegister(f, 1, 1, false));
        check("fucompp", "dae9", f -> X87Arith.compareRegister(f, 1, 2, false));
        check("fcom empty", "d8d5", f -> X87Arith.compareRegister(f, 5, 0, true));
        check("ftst", "d9e4", X87Arith::test);
        check("fxam", "d9e5", X87Arith::examine);
        for (int i : new int[] {1, 5}) {
            for (boolean pop : new boolean[] {false, true}) {
                String op = pop ? "df" : "db";
                String save = " 9c 58 48894768";
                run("fcomi", "b8d5080000 50 9d " + op + "f" + i + save,
                    (f, in, u) -> flags(X87Arith.compareFlags(f, i, pop, true)), 0x8D5, 64);
                run("fucomi", "b8d5080000 50 9d " + op + (i == 1 ? "e9" : "ed") + save,
                    (f, in, u) -> flags(X87Arith.compareFlags(f, i, pop, false)), 0x8D5, 64);
            }
        }
    }

    private static long flags(int image) {
        return image < 0 ? 0x8D5 : image;
    }

    @Test
    void dataTransfer() {
        check("fchs", "d9e0", f -> X87Arith.sign(f, true));
        check("fabs", "d9e1", f -> X87Arith.sign(f, false));
        check("fxch", "d9c9", f -> X87Data.exchange(f, 1));
        check("fxch empty", "d9ca", f -> X87Data.exchange(f, 2));
        check("fld st1", "d9c1", f -> X87Data.loadRegister(f, 1));
        check("fld empty", "d9c4", f -> X87Data.loadRegister(f, 4));
        check("fst st1", "ddd1", f -> X87Data.storeRegister(f, 1, false));
        check("fstp st2", "ddda", f -> X87Data.storeRegister(f, 2, true));
        for (int i = 0; i < 7; i++) {
            int n = i;
            check("constant" + i, "d9e" + "89abcde".charAt(i), f -> X87Data.loadConstant(f, n));
            check("constant full" + i, "d9ee".repeat(6) + "d9e" + "89abcde".charAt(i), f -> {
                for (int k = 0; k < 6; k++) {
                    X87Data.loadConstant(f, 6);
                }
                X87Data.loadConstant(f, n);
            });
        }
        check("fld full", "d9ee".repeat(6) + "d9c1", f -> {
            for (int k = 0; k < 6; k++) {
                X87Data.loadConstant(f, 6);
            }
            X87Data.loadRegister(f, 1);
        });
    }

    @Test
    void loads() {
        run("fld m32", "d94758", (f, in, u) -> step(() -> X87Data.load32(f, (int) in)), 0, 32);
        run("fld m64", "dd4758", (f, in, u) -> step(() -> X87Data.load64(f, in)), 0, 64);
        run("fld m80", "db6f58", (f, in, u) -> step(() -> X87Data.load80(f, u, in)), 0, 80);
        run("fild m16", "df4758", (f, in, u) -> step(() -> X87Data.loadInteger(f, (short) in)), 0, 0);
        run("fild m32", "db4758", (f, in, u) -> step(() -> X87Data.loadInteger(f, (int) in)), 0, 0);
        run("fild m64", "df6f58", (f, in, u) -> step(() -> X87Data.loadInteger(f, in)), 0, 0);
        run("fbld", "df6758", (f, in, u) -> step(() -> X87Data.loadDecimal(f, in, u)), 0, 1);
        for (int op = 0; op < 8; op++) {
            int o = op;
            String modrm = "%02x58".formatted(0x47 + 8 * op);
            run("D8 m32 " + op, "d8" + modrm, (f, in, u) -> memory(f, o, 32, in), 0, 32);
            run("DC m64 " + op, "dc" + modrm, (f, in, u) -> memory(f, o, 64, in), 0, 64);
            run("DA m32 " + op, "da" + modrm, (f, in, u) -> memory(f, o, 0, (int) in), 0, 0);
            run("DE m16 " + op, "de" + modrm, (f, in, u) -> memory(f, o, 0, (short) in), 0, 0);
        }
    }

    @Test
    void stores() {
        store("fst m32", "d95758", f -> F80.to32(f.x87), false);
        store("fstp m32", "d95f58", f -> F80.to32(f.x87), true);
        store("fst m64", "dd5758", f -> F80.to64(f.x87), false);
        store("fstp m64", "dd5f58", f -> F80.to64(f.x87), true);
        store("fist m16", "df5758", f -> F80.toInteger(f.x87, 16, f.x87.rc), false);
        store("fistp m16", "df5f58", f -> F80.toInteger(f.x87, 16, f.x87.rc), true);
        store("fist m32", "db5758", f -> F80.toInteger(f.x87, 32, f.x87.rc), false);
        store("fistp m64", "df7f58", f -> F80.toInteger(f.x87, 64, f.x87.rc), true);
        store("fisttp m16", "df4f58", f -> F80.toInteger(f.x87, 16, 3), true);
        store("fisttp m32", "db4f58", f -> F80.toInteger(f.x87, 32, 3), true);
        store("fisttp m64", "dd4f58", f -> F80.toInteger(f.x87, 64, 3), true);
        store("fbstp", "df7758", f -> {
            long m = F80.toDecimal(f.x87);
            return m < 0 ? 0xC000L << 48 : F80.decimalDigits(m);
        }, true);
    }

    private static void store(String name, String code, ToLongFunction<FpuState> convert, boolean pop) {
        int bits = name.contains("16") ? 16 : name.contains("32") ? 32 : 64;
        long mask = -1L >>> 64 - bits;
        String copy = " 488b4758 48894768";
        run(name, code + copy, (f, in, u) -> {
            long out = in & mask;
            FpEnv e = X87.begin(f);
            X87.load(e.a, f, 0);
            long v = convert.applyAsLong(f);
            boolean stored = X87.stores(e);
            assertEquals(stored, X87.endStore(f, e));
            if (stored) {
                out = v;
                if (pop) {
                    X87.pop(f);
                }
            }
            return out;
        }, mask, 0);
    }

    private static long memory(FpuState f, int op, int kind, long in) {
        Unpacked x = X87Arith.operand(f, op);
        if (kind == 32) {
            x.from32((int) in, false);
        } else if (kind == 64) {
            x.from64(in, false);
        } else {
            F80.integer(x, in);
        }
        if (op == 2 || op == 3) {
            X87Arith.compareMemory(f, op == 3);
        } else {
            X87Arith.memory(f, op);
        }
        return 0;
    }

    private static long step(Runnable r) {
        r.run();
        return 0;
    }

    private static void check(String name, String code, Step op) {
        run(name, code, (f, in, u) -> {
            op.run(f);
            return 0;
        }, 0, 64);
        if (!HostThunk.sameChoices()) {
            return;
        }
        // Again with C0 and C3 set by FXAM of an empty register, to see what is left of them.
        run(name + " C0 C3", "d9f6 d9e5 d9f7" + code, (f, in, u) -> {
            f.top = f.top - 1 & 7;
            X87Arith.examine(f);
            f.top = f.top + 1 & 7;
            f.status &= ~X87.C1;
            op.run(f);
            return 0;
        }, 0, 64);
    }

    static void run(String name, String code, Op op, long mask, int width) {
        HostThunk host = HostThunk.x87(code);
        Operands rnd = new Operands(name.hashCode());
        MemorySegment m = HostThunk.records(BATCH);
        int[] se = new int[2 * BATCH];
        long[] sig = new long[2 * BATCH];
        int[] cw = new int[BATCH];
        long[] in = new long[BATCH];
        int[] upper = new int[BATCH];
        for (int done = 0; done < CASES; done += BATCH) {
            for (int i = 0; i < BATCH; i++) {
                for (int k = 0; k < 2; k++) {
                    se[2 * i + k] = rnd.se();
                    sig[2 * i + k] = rnd.significand(se[2 * i + k]);
                }
                if (rnd.below(12) == 0) {
                    sig[2 * i] = sig[2 * i + 1];
                    if (rnd.below(2) == 0) {
                        se[2 * i] = se[2 * i + 1] ^ (rnd.below(2) << 15);
                    }
                }
                cw[i] = 0x40 | (rnd.below(2) == 0 || !HostThunk.sameChoices() ? 0x33F : rnd.below(64) | rnd.below(16) << 8);
                if ((cw[i] & 0x300) == 0x100) {
                    cw[i] |= 0x200;
                }
                upper[i] = width == 1 ? rnd.below(0x10000) : rnd.se();
                in[i] = switch (width) {
                    case 0 -> rnd.integer();
                    case 1 -> bcd(rnd);
                    case 32 -> rnd.f32() & 0xFFFFFFFFL;
                    case 64 -> rnd.f64();
                    default -> rnd.significand(upper[i]);
                };
                if (width == 1) {
                    upper[i] = upper[i] & 0xFF00 | bcdByte(rnd);
                }
                long o = (long) i * HostThunk.RECORD;
                m.set(LONG, o, sig[2 * i]);
                m.set(LONG, o + 8, se[2 * i]);
                m.set(LONG, o + 16, sig[2 * i + 1]);
                m.set(LONG, o + 24, se[2 * i + 1]);
                m.set(SHORT, o + 32, (short) cw[i]);
                m.set(SHORT, o + 34, (short) 0x37F);
                m.set(LONG, o + 88, in[i]);
                m.set(LONG, o + 96, upper[i]);
                m.set(LONG, o + 104, 0);
                m.set(LONG, o + 112, 0);
            }
            host.run(m, BATCH);
            for (int i = 0; i < BATCH; i++) {
                FpuState f = new FpuState();
                X87.push(f, se[2 * i + 1], sig[2 * i + 1]);
                X87.push(f, se[2 * i], sig[2 * i]);
                f.control = cw[i];
                long out = op.run(f, in[i], upper[i]);
                long o = (long) i * HostThunk.RECORD;
                long[] want = {m.get(SHORT, o + 80), m.get(SHORT, o + 56), m.get(LONG, o + 48), m.get(SHORT, o + 72),
                    m.get(LONG, o + 64), m.get(LONG, o + 104) & mask};
                long[] got = {(short) f.statusWord(), exponent(f, 0), significand(f, 0), exponent(f, 1),
                    significand(f, 1), out & mask};
                if (!Arrays.equals(want, got)) {
                    assertEquals(hex(want), hex(got), "%s cw=%x st0=%04x:%016x st1=%04x:%016x mem=%x %x".formatted(name,
                        cw[i], se[2 * i], sig[2 * i], se[2 * i + 1], sig[2 * i + 1], in[i], upper[i]));
                }
            }
        }
    }

    /** Status word, exponent and significand of st0 and st1, output. */
    private static String hex(long[] v) {
        return Arrays.stream(v).mapToObj(Long::toHexString).toList().toString();
    }

    private static long bcd(Operands rnd) {
        long v = 0;
        for (int i = 0; i < 16; i++) {
            v = v << 4 | rnd.below(10);
        }
        return v;
    }

    private static int bcdByte(Operands rnd) {
        return rnd.below(10) << 4 | rnd.below(10);
    }

    private static long significand(FpuState f, int i) {
        return X87.isEmpty(f, i) ? F80.INDEFINITE : f.mant[X87.st(f, i)];
    }

    private static long exponent(FpuState f, int i) {
        return X87.isEmpty(f, i) ? -1 : (short) f.exp[X87.st(f, i)];
    }
}
