package dev.backplane.cpu.x86.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Scalar SSE arithmetic is what the host processor computes, for random operands, modes and sticky flags. */
class SseAgainstHostTest {
    private static final int BATCH = 2000;
    private static final int CASES = Integer.getInteger("backplane.fp.cases", 20_000);
    private static final int RFLAGS = 0x8D5;

    @FunctionalInterface
    interface Op {
        long run(long a, long b, FpEnv e);
    }

    @BeforeAll
    static void needsTheHost() {
        assumeTrue(HostThunk.available());
    }

    @Test
    void doublesAreComputedAsTheHostDoes() {
        check("addsd", "f20f58c1", true, SseDouble::add);
        check("subsd", "f20f5cc1", true, SseDouble::sub);
        check("mulsd", "f20f59c1", true, SseDouble::mul);
        check("divsd", "f20f5ec1", true, SseDouble::div);
        check("sqrtsd", "f20f51c1", true, (a, b, e) -> SseDouble.sqrt(b, e));
        check("minsd", "f20f5dc1", true, SseDouble::min);
        check("maxsd", "f20f5fc1", true, SseDouble::max);
        for (int i = 0; i < 8; i++) {
            int p = i;
            check("cmpsd" + i, "f20fc2c10" + i, true, (a, b, e) -> SseDouble.relation(a, b, p, e));
        }
        for (int i = 0; i < 16; i++) {
            int p = i;
            check("roundsd" + i, "660f3a0bc1" + String.format("%02x", i), true, (a, b, e) ->
                    SseDouble.roundToIntegral(b, (p & 4) != 0 ? e.rc : p & 3, (p & 8) != 0, e));
        }
        check("cvtss2sd", "f30f5ac1", false, true, (a, b, e) -> SseConvert.doubleOf32((int) b, e));
    }

    @Test
    void singlesAreComputedAsTheHostDoes() {
        check("addss", "f30f58c1", false, (a, b, e) -> SseSingle.add((int) a, (int) b, e));
        check("subss", "f30f5cc1", false, (a, b, e) -> SseSingle.sub((int) a, (int) b, e));
        check("mulss", "f30f59c1", false, (a, b, e) -> SseSingle.mul((int) a, (int) b, e));
        check("divss", "f30f5ec1", false, (a, b, e) -> SseSingle.div((int) a, (int) b, e));
        check("sqrtss", "f30f51c1", false, (a, b, e) -> SseSingle.sqrt((int) b, e));
        check("minss", "f30f5dc1", false, (a, b, e) -> SseSingle.min((int) a, (int) b, e));
        check("maxss", "f30f5fc1", false, (a, b, e) -> SseSingle.max((int) a, (int) b, e));
        for (int i = 0; i < 8; i++) {
            int p = i;
            check("cmpss" + i, "f30fc2c10" + i, false, (a, b, e) -> SseSingle.relation((int) a, (int) b, p, e));
        }
        for (int i = 0; i < 16; i++) {
            int p = i;
            check("roundss" + i, "660f3a0ac1" + String.format("%02x", i), false, (a, b, e) ->
                    SseSingle.roundToIntegral((int) b, (p & 4) != 0 ? e.rc : p & 3, (p & 8) != 0, e));
        }
        check("cvtsd2ss", "f20f5ac1", true, false, (a, b, e) -> SseConvert.singleOf64(b, e));
    }

    @Test
    void comparisonsSetTheFlagsOfTheHost() {
        for (boolean comi : new boolean[] {true, false}) {
            String op = comi ? "0f2fc1" : "0f2ec1";
            run("comisd", "66" + op, true, (a, b, e) -> rflags(SseDouble.compare(a, b, comi, e)), 80, RFLAGS);
            run("comiss", op, false, (a, b, e) -> rflags(SseSingle.compare((int) a, (int) b, comi, e)), 80, RFLAGS);
        }
    }

    @Test
    void conversionsToIntegersAreThoseOfTheHost() {
        run("cvtsd2si r32", "f20f2dc1", true, (a, b, e) -> SseConvert.int32Of64(b, e.rc, e), 40, 0xFFFFFFFFL);
        run("cvtsd2si r64", "f2480f2dc1", true, (a, b, e) -> SseConvert.int64Of64(b, e.rc, e), 40, -1);
        run("cvttsd2si r32", "f20f2cc1", true, (a, b, e) -> SseConvert.int32Of64(b, 3, e), 40, 0xFFFFFFFFL);
        run("cvttsd2si r64", "f2480f2cc1", true, (a, b, e) -> SseConvert.int64Of64(b, 3, e), 40, -1);
        run("cvtss2si r32", "f30f2dc1", false, (a, b, e) -> SseConvert.int32Of32((int) b, e.rc, e), 40, 0xFFFFFFFFL);
        run("cvtss2si r64", "f3480f2dc1", false, (a, b, e) -> SseConvert.int64Of32((int) b, e.rc, e), 40, -1);
        run("cvttss2si r32", "f30f2cc1", false, (a, b, e) -> SseConvert.int32Of32((int) b, 3, e), 40, 0xFFFFFFFFL);
        run("cvttss2si r64", "f3480f2cc1", false, (a, b, e) -> SseConvert.int64Of32((int) b, 3, e), 40, -1);
    }

    @Test
    void conversionsFromIntegersAreThoseOfTheHost() {
        runInt("cvtsi2sd r32", "f20f2ac0", (a, b, e) -> SseConvert.doubleOf((int) a), -1);
        runInt("cvtsi2sd r64", "f2480f2ac0", (a, b, e) -> SseConvert.doubleOf(a, e), -1);
        runInt("cvtsi2ss r32", "f30f2ac0", (a, b, e) -> SseConvert.singleOf((int) a, e), 0xFFFFFFFFL);
        runInt("cvtsi2ss r64", "f3480f2ac0", (a, b, e) -> SseConvert.singleOf(a, e), 0xFFFFFFFFL);
    }

    private static long rflags(int relation) {
        return switch (relation) {
            case -1 -> 1;
            case 0 -> 0x40;
            case 1 -> 0;
            default -> 0x45;
        };
    }

    private static void check(String name, String code, boolean wide, Op op) {
        run(name, code, wide, op, 0, wide ? -1 : 0xFFFFFFFFL);
    }

    private static void check(String name, String code, boolean wideIn, boolean wideOut, Op op) {
        run(name, code, wideIn, op, 0, wideOut ? -1 : 0xFFFFFFFFL);
    }

    private static void run(String name, String code, boolean wide, Op op, int at, long mask) {
        run(name, code, wide ? 64 : 32, op, at, mask);
    }

    private static void runInt(String name, String code, Op op, long mask) {
        run(name, code, 0, op, 0, mask);
    }

    private static void run(String name, String code, int width, Op op, int at, long mask) {
        HostThunk host = HostThunk.sse(code);
        Operands rnd = new Operands(name.hashCode());
        MemorySegment m = HostThunk.records(BATCH);
        long[] a = new long[BATCH];
        long[] b = new long[BATCH];
        int[] csr = new int[BATCH];
        FpEnv e = new FpEnv();
        for (int done = 0; done < CASES; done += BATCH) {
            for (int i = 0; i < BATCH; i++) {
                a[i] = width == 64 ? rnd.f64() : width == 32 ? rnd.f32() : rnd.integer();
                b[i] = rnd.below(12) == 0 ? a[i] : width == 64 ? rnd.f64() : rnd.f32();
                csr[i] = 0x1F80 | (rnd.below(2) == 0 ? 0 : rnd.below(4) << 13 | rnd.below(2) << 15 | rnd.below(2) << 6)
                        | (rnd.below(2) == 0 ? 0 : rnd.below(64));
                long o = (long) i * HostThunk.RECORD;
                m.set(ValueLayout.JAVA_LONG, o, a[i]);
                m.set(ValueLayout.JAVA_LONG, o + 16, b[i]);
                m.set(ValueLayout.JAVA_INT, o + 32, csr[i]);
                m.set(ValueLayout.JAVA_LONG, o + 40, a[i]);
            }
            host.run(m, BATCH);
            for (int i = 0; i < BATCH; i++) {
                long o = (long) i * HostThunk.RECORD;
                e.mxcsr(csr[i]);
                long r = op.run(a[i], b[i], e);
                e.commit();
                String want = show(m.get(ValueLayout.JAVA_LONG, o + at) & mask, m.get(ValueLayout.JAVA_INT, o + 32));
                String got = show(r & mask, e.mxcsr());
                if (!want.equals(got)) {
                    assertEquals(want, got, "%s a=%x b=%x mxcsr=%x".formatted(name, a[i], b[i], csr[i]));
                }
            }
        }
    }

    private static String show(long r, int csr) {
        return "%x mxcsr %x".formatted(r, csr);
    }
}
