package dev.backplane.cpu.x86.fp;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.backplane.cpu.x86.FpuState;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Transcendental instructions agree with the host's to the last place, in special cases and exceptions exactly. */
class TranscendentalsAgainstHostTest {
    private static final int BATCH = 1000;
    private static final int CASES = Integer.getInteger("backplane.fp.cases", 4_000);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

    @FunctionalInterface
    interface Step {
        void run(FpuState f);
    }

    /** Chooses operands of the instruction's domain: st0, st1 as sign and exponent, significand. */
    @FunctionalInterface
    interface Domain {
        void fill(Operands rnd, int[] se, long[] m);
    }

    @BeforeAll
    static void needsTheHost() {
        assumeTrue(HostThunk.available());
    }

    private static void any(Operands rnd, int[] se, long[] m) {
        for (int k = 0; k < 2; k++) {
            se[k] = rnd.se();
            m[k] = rnd.significand(se[k]);
        }
    }

    /** |st0| below 2^e. */
    private static Domain below(int e) {
        return (rnd, se, m) -> {
            any(rnd, se, m);
            if ((se[0] & 0x7FFF) >= 0x3FFF + e && (se[0] & 0x7FFF) != 0x7FFF) {
                se[0] = se[0] & 0x8000 | 0x3FFF + e - 1 - rnd.below(40);
            }
        };
    }

    @Test
    void sineAndCosine() {
        check("fsin", "d9fe", X87Functions::fsin, below(66));
        check("fcos", "d9ff", X87Functions::fcos, below(66));
        check("fsincos", "d9fb", X87Functions::fsincos, below(66));
        check("fptan", "d9f2", X87Functions::fptan, below(66));
    }

    @Test
    void arcTangent() {
        check("fpatan", "d9f3", X87Functions::fpatan, TranscendentalsAgainstHostTest::any);
    }

    @Test
    void exponential() {
        check("f2xm1", "d9f0", X87Functions::f2xm1, below(0));
    }

    @Test
    void logarithms() {
        check("fyl2x", "d9f1", X87Functions::fyl2x, TranscendentalsAgainstHostTest::any);
        check("fyl2xp1", "d9f9", X87Functions::fyl2xp1, below(-2));
    }

    private static void check(String name, String code, Step op, Domain domain) {
        HostThunk host = HostThunk.x87(code);
        Operands rnd = new Operands(name.hashCode());
        MemorySegment m = HostThunk.records(BATCH);
        int[][] se = new int[BATCH][2];
        long[][] sig = new long[BATCH][2];
        int[] cw = new int[BATCH];
        int compared = 0xFFFF & ~(HostThunk.sameChoices() ? X87.C1 : X87.C0 | X87.C1 | X87.C3 | FpEnv.PE | FpEnv.UE);
        for (int done = 0; done < CASES; done += BATCH) {
            for (int i = 0; i < BATCH; i++) {
                domain.fill(rnd, se[i], sig[i]);
                cw[i] = 0x37F | rnd.below(4) << 10;
                long o = (long) i * HostThunk.RECORD;
                m.set(LONG, o, sig[i][0]);
                m.set(LONG, o + 8, se[i][0]);
                m.set(LONG, o + 16, sig[i][1]);
                m.set(LONG, o + 24, se[i][1]);
                m.set(SHORT, o + 32, (short) cw[i]);
                m.set(SHORT, o + 34, (short) 0x37F);
            }
            host.run(m, BATCH);
            for (int i = 0; i < BATCH; i++) {
                FpuState f = new FpuState();
                X87.push(f, se[i][1], sig[i][1]);
                X87.push(f, se[i][0], sig[i][0]);
                f.control = cw[i];
                op.run(f);
                long o = (long) i * HostThunk.RECORD;
                boolean same = ((m.get(SHORT, o + 80) ^ f.statusWord()) & compared) == 0;
                for (int k = 0; k < 2; k++) {
                    same &= near(f, k, m.get(SHORT, o + 56 + 16 * k), m.get(LONG, o + 48 + 16 * k));
                }
                if (!same) {
                    fail("%s cw=%x st0=%04x:%016x st1=%04x:%016x want sw %04x st %04x:%016x, not sw %04x st %04x:%016x"
                        .formatted(name, cw[i], se[i][0], sig[i][0], se[i][1], sig[i][1], m.get(SHORT, o + 80),
                            m.get(SHORT, o + 56), m.get(LONG, o + 48), (short) f.statusWord(), f.exp[f.top],
                            f.mant[f.top]));
                }
            }
        }
    }

    /** Equal, or finite and one unit in the last place apart. */
    private static boolean near(FpuState f, int k, int se, long m) {
        if (X87.isEmpty(f, k)) {
            return (short) se == -1 && m == F80.INDEFINITE;
        }
        int p = X87.st(f, k);
        int e = f.exp[p] & 0xFFFF;
        long d = f.mant[p] - m;
        if (e == (se & 0xFFFF)) {
            return d == 0 || (e & 0x7FFF) != 0x7FFF && Math.abs(d) == 1;
        }
        if ((e & 0x7FFF) <= 1 && (se & 0x7FFF) <= 1) {
            return ((e ^ se) & 0x8000) == 0 && Math.abs(d) == 1;
        }
        boolean over = e == (se & 0xFFFF) + 1 && f.mant[p] == 1L << 63 && m == -1L;
        boolean under = e + 1 == (se & 0xFFFF) && m == 1L << 63 && f.mant[p] == -1L;
        return over || under;
    }
}
