package dev.backplane.cpu.x86.fp;

import static dev.backplane.cpu.x86.fp.FpEnv.PE;

/**
 * Single-precision arithmetic of SSE on raw bits (Intel SDM Vol. 1, 4.8, 11.5 and appendix E): results, NaN operands
 * and exceptions as the processor gives them.
 *
 * <p>With round to nearest, the host's arithmetic gives the result; what is left is to tell whether it is inexact,
 * which an exact residue answers, and only until that exception is sticky. Denormals, NaNs, infinities and the edges
 * of the range go to {@link SoftFloat}.
 */
public final class SseSingle {
    private static final int EXP = 0xFF << 23;
    private static final int SIGN = 1 << 31;
    private static final int QUIET = 1 << 22;
    private static final int ONE = 1;
    private static final int LOW = 1 << 23;
    private static final int HIGH = 0xFC << 23;
    private static final int P = 24;
    private static final int EMIN = -126;
    private static final int EMAX = 127;

    private SseSingle() {
    }

    /** The sum. */
    public static int add(int a, int b, FpEnv e) {
        if (e.fast) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            float r = x + y;
            int bits = Float.floatToRawIntBits(r);
            if (plain(bits) && operands(a, b)) {
                if ((e.sticky & PE) == 0 && sumRest(x, y, r)) {
                    e.flags |= PE;
                }
                return bits;
            }
        }
        return slowAdd(a, b, false, e);
    }

    /** The difference. */
    public static int sub(int a, int b, FpEnv e) {
        if (e.fast) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            float r = x - y;
            int bits = Float.floatToRawIntBits(r);
            if (plain(bits) && operands(a, b)) {
                if ((e.sticky & PE) == 0 && sumRest(x, -y, r)) {
                    e.flags |= PE;
                }
                return bits;
            }
        }
        return slowAdd(a, b, true, e);
    }

    /** The product. */
    public static int mul(int a, int b, FpEnv e) {
        if (e.fast) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            float r = x * y;
            int bits = Float.floatToRawIntBits(r);
            if (operands(a, b)) {
                if (wide(bits)) {
                    if ((e.sticky & PE) == 0 && (double) x * y != r) {
                        e.flags |= PE;
                    }
                    return bits;
                }
                if (bits << 1 == 0 && (a << 1 == 0 || b << 1 == 0)) {
                    return bits;
                }
            }
        }
        return slowMul(a, b, e);
    }

    /** The quotient. */
    public static int div(int a, int b, FpEnv e) {
        if (e.fast) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            float r = x / y;
            int bits = Float.floatToRawIntBits(r);
            if (operands(a, b) && wide(bits) && (a & EXP) < HIGH) {
                if ((e.sticky & PE) == 0 && (double) r * y != x) {
                    e.flags |= PE;
                }
                return bits;
            }
        }
        return slowDiv(a, b, e);
    }

    /** The square root. */
    public static int sqrt(int a, FpEnv e) {
        if (e.fast && a > 0 && (a & EXP) != EXP && (a & EXP) != 0) {
            float x = Float.intBitsToFloat(a);
            float r = (float) Math.sqrt(x);
            if ((e.sticky & PE) == 0 && (double) r * r != x) {
                e.flags |= PE;
            }
            return Float.floatToRawIntBits(r);
        }
        return slowSqrt(a, e);
    }

    /** The lesser; the second operand if they are equal or one is a NaN. */
    public static int min(int a, int b, FpEnv e) {
        int c = compare(a, b, true, e);
        return c == -1 ? flushed(a, e) : flushed(b, e);
    }

    /** The greater; the second operand if they are equal or one is a NaN. */
    public static int max(int a, int b, FpEnv e) {
        int c = compare(a, b, true, e);
        return c == 1 ? flushed(a, e) : flushed(b, e);
    }

    /**
     * Compares.
     *
     * @param signalQuiet whether a quiet NaN is an invalid operation, as for COMIS and the ordered relations
     * @return -1 if a is less, 0 if equal, 1 if a is greater, 2 if unordered
     */
    public static int compare(int a, int b, boolean signalQuiet, FpEnv e) {
        int ea = a & EXP;
        int eb = b & EXP;
        if (ea != EXP && eb != EXP && operands(a, b)) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            return x < y ? -1 : x > y ? 1 : 0;
        }
        e.a.from32(a, e.daz);
        e.b.from32(b, e.daz);
        return SoftFloat.compare(e, signalQuiet);
    }

    /**
     * The relation of CMPPS and its kin (Intel SDM Vol. 2, table 3-1).
     *
     * @param predicate 0 EQ, 1 LT, 2 LE, 3 UNORD, 4 NEQ, 5 NLT, 6 NLE, 7 ORD, and so on to 31
     * @return all ones if it holds, else 0
     */
    public static int relation(int a, int b, int predicate, FpEnv e) {
        int c = compare(a, b, SoftFloat.signals(predicate), e);
        return SoftFloat.holds(predicate, c) ? -ONE : 0;
    }

    /**
     * Rounds to an integral value.
     *
     * @param rc rounding control, 0 to 3
     * @param quiet whether an inexact result is not reported
     */
    public static int roundToIntegral(int a, int rc, boolean quiet, FpEnv e) {
        int ea = a & EXP;
        if (ea == EXP) {
            e.a.from32(a, false);
            if (e.a.cls == Unpacked.SNAN) {
                e.flags |= FpEnv.IE;
                return a | QUIET;
            }
            return a;
        }
        if (ea == 0 && a << 1 != 0) {
            if (e.daz) {
                return a & SIGN;
            }
        }
        int k = (int) (a >>> P - 1 & EXP >>> P - 1) - EMAX;
        if (k >= P - 1 || a << 1 == 0) {
            return a;
        }
        int fraction = k < 0 ? ~SIGN : (ONE << P - 1 - k) - 1;
        if (k >= 0 && (a & fraction) == 0) {
            return a;
        }
        if (!quiet) {
            e.flags |= PE;
        }
        int down = k < 0 ? a & SIGN : a & ~fraction;
        boolean up = switch (rc) {
            case FpEnv.NEAREST -> nearestUp(a, k, fraction);
            case FpEnv.DOWN -> a < 0;
            case FpEnv.UP -> a >= 0;
            default -> false;
        };
        if (!up) {
            return down;
        }
        return k < 0 ? a & SIGN | (int) EMAX << P - 1 : down + fraction + 1;
    }

    private static boolean nearestUp(int a, int k, int fraction) {
        if (k < -1) {
            return false;
        }
        if (k == -1) {
            return (a & QUIET * 2 - 1) != 0;
        }
        int rest = a & fraction;
        int half = (fraction >>> 1) + 1;
        // The bit above the fraction is the implied one if nothing but the exponent is above it.
        boolean odd = k == 0 || (a & fraction + 1) != 0;
        return rest > half || rest == half && odd;
    }

    /** Neither operand is denormal. */
    private static boolean operands(int a, int b) {
        return ((a & EXP) != 0 || a << 1 == 0) && ((b & EXP) != 0 || b << 1 == 0);
    }

    /** A normal number away from the ends of the range, or zero: a sum that cannot have overflowed or underflowed. */
    private static boolean plain(int bits) {
        int x = bits & EXP;
        return x != 0 && x < HIGH || bits << 1 == 0;
    }

    /** A normal number so far from the ends of the range that its residue is normal too. */
    private static boolean wide(int bits) {
        int x = bits & EXP;
        return x > LOW && x < HIGH;
    }

    /** Whether r = x + y lost something: the error term of Knuth's two-sum. */
    private static boolean sumRest(float x, float y, float r) {
        float v = r - x;
        return x - (r - v) + (y - v) != 0;
    }

    private static int flushed(int a, FpEnv e) {
        return e.daz && (a & EXP) == 0 ? a & SIGN : a;
    }

    private static int slowAdd(int a, int b, boolean subtract, FpEnv e) {
        if (nan(a, b, e)) {
            return e.r.to32();
        }
        SoftFloat.add(e, subtract, P, EMIN, EMAX);
        return e.r.to32();
    }

    private static int slowMul(int a, int b, FpEnv e) {
        if (nan(a, b, e)) {
            return e.r.to32();
        }
        SoftFloat.mul(e, P, EMIN, EMAX);
        return e.r.to32();
    }

    private static int slowDiv(int a, int b, FpEnv e) {
        if (nan(a, b, e)) {
            return e.r.to32();
        }
        SoftFloat.div(e, P, EMIN, EMAX);
        return e.r.to32();
    }

    private static int slowSqrt(int a, FpEnv e) {
        if (nan(a, a, e)) {
            return e.r.to32();
        }
        SoftFloat.sqrt(e, P, EMIN, EMAX);
        return e.r.to32();
    }

    /** Unpacks; if there is a NaN, the result is the first one, quieted. */
    private static boolean nan(int a, int b, FpEnv e) {
        Unpacked x = e.a;
        Unpacked y = e.b;
        x.from32(a, e.daz);
        y.from32(b, e.daz);
        if (x.cls <= Unpacked.INF && y.cls <= Unpacked.INF) {
            return false;
        }
        if (x.cls == Unpacked.SNAN || y.cls == Unpacked.SNAN) {
            e.flags |= FpEnv.IE;
        }
        e.r.quiet(x.isNan() ? x : y);
        return true;
    }
}
