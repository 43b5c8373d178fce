package dev.backplane.cpu.x86.fp;

import static dev.backplane.cpu.x86.fp.FpEnv.PE;

/**
 * Double-precision arithmetic of SSE on raw bits (Intel SDM Vol. 1, 4.8, 11.5 and appendix E): results, NaN operands
 * and exceptions as the processor gives them.
 *
 * <p>With round to nearest, the host's arithmetic gives the result; what is left is to tell whether it is inexact,
 * which an exact residue answers, and only until that exception is sticky. Denormals, NaNs, infinities and the edges
 * of the range go to {@link SoftFloat}.
 */
public final class SseDouble {
    private static final long EXP = 0x7FFL << 52;
    private static final long SIGN = 1L << 63;
    private static final long QUIET = 1L << 51;
    private static final long ONE = 1L;
    /** Results above this are more than 53 bits away from the denormals. */
    private static final long LOW = 64L << 52;
    private static final long HIGH = 0x7FCL << 52;
    private static final int P = 53;
    private static final int EMIN = -1022;
    private static final int EMAX = 1023;

    private SseDouble() {
    }

    /** The sum. */
    public static long add(long a, long b, FpEnv e) {
        if (e.fast) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            double r = x + y;
            long bits = Double.doubleToRawLongBits(r);
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
    public static long sub(long a, long b, FpEnv e) {
        if (e.fast) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            double r = x - y;
            long bits = Double.doubleToRawLongBits(r);
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
    public static long mul(long a, long b, FpEnv e) {
        if (e.fast) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            double r = x * y;
            long bits = Double.doubleToRawLongBits(r);
            if (operands(a, b)) {
                if (wide(bits)) {
                    if ((e.sticky & PE) == 0 && Math.fma(x, y, -r) != 0) {
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
    public static long div(long a, long b, FpEnv e) {
        if (e.fast) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            double r = x / y;
            long bits = Double.doubleToRawLongBits(r);
            if (operands(a, b) && wide(bits) && (a & EXP) > LOW && (a & EXP) < HIGH) {
                if ((e.sticky & PE) == 0 && Math.fma(-r, y, x) != 0) {
                    e.flags |= PE;
                }
                return bits;
            }
        }
        return slowDiv(a, b, e);
    }

    /** The square root. */
    public static long sqrt(long a, FpEnv e) {
        if (e.fast && a > 0 && (a & EXP) != EXP && (a & EXP) > LOW) {
            double x = Double.longBitsToDouble(a);
            double r = Math.sqrt(x);
            if ((e.sticky & PE) == 0 && Math.fma(-r, r, x) != 0) {
                e.flags |= PE;
            }
            return Double.doubleToRawLongBits(r);
        }
        return slowSqrt(a, e);
    }

    /** The lesser; the second operand if they are equal or one is a NaN. */
    public static long min(long a, long b, FpEnv e) {
        int c = compare(a, b, true, e);
        return c == -1 ? flushed(a, e) : flushed(b, e);
    }

    /** The greater; the second operand if they are equal or one is a NaN. */
    public static long max(long a, long b, FpEnv e) {
        int c = compare(a, b, true, e);
        return c == 1 ? flushed(a, e) : flushed(b, e);
    }

    /**
     * Compares.
     *
     * @param signalQuiet whether a quiet NaN is an invalid operation, as for COMIS and the ordered relations
     * @return -1 if a is less, 0 if equal, 1 if a is greater, 2 if unordered
     */
    public static int compare(long a, long b, boolean signalQuiet, FpEnv e) {
        long ea = a & EXP;
        long eb = b & EXP;
        if (ea != EXP && eb != EXP && operands(a, b)) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            return x < y ? -1 : x > y ? 1 : 0;
        }
        e.a.from64(a, e.daz);
        e.b.from64(b, e.daz);
        return SoftFloat.compare(e, signalQuiet);
    }

    /**
     * The relation of CMPPS and its kin (Intel SDM Vol. 2, table 3-1).
     *
     * @param predicate 0 EQ, 1 LT, 2 LE, 3 UNORD, 4 NEQ, 5 NLT, 6 NLE, 7 ORD, and so on to 31
     * @return all ones if it holds, else 0
     */
    public static long relation(long a, long b, int predicate, FpEnv e) {
        int c = compare(a, b, SoftFloat.signals(predicate), e);
        return SoftFloat.holds(predicate, c) ? -ONE : 0;
    }

    /**
     * Rounds to an integral value.
     *
     * @param rc rounding control, 0 to 3
     * @param quiet whether an inexact result is not reported
     */
    public static long roundToIntegral(long a, int rc, boolean quiet, FpEnv e) {
        long ea = a & EXP;
        if (ea == EXP) {
            e.a.from64(a, false);
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
        long fraction = k < 0 ? ~SIGN : (ONE << P - 1 - k) - 1;
        if (k >= 0 && (a & fraction) == 0) {
            return a;
        }
        if (!quiet) {
            e.flags |= PE;
        }
        long down = k < 0 ? a & SIGN : a & ~fraction;
        boolean up = switch (rc) {
            case FpEnv.NEAREST -> nearestUp(a, k, fraction);
            case FpEnv.DOWN -> a < 0;
            case FpEnv.UP -> a >= 0;
            default -> false;
        };
        if (!up) {
            return down;
        }
        return k < 0 ? a & SIGN | (long) EMAX << P - 1 : down + fraction + 1;
    }

    private static boolean nearestUp(long a, int k, long fraction) {
        if (k < -1) {
            return false;
        }
        if (k == -1) {
            return (a & QUIET * 2 - 1) != 0;
        }
        long rest = a & fraction;
        long half = (fraction >>> 1) + 1;
        // The bit above the fraction is the implied one if nothing but the exponent is above it.
        boolean odd = k == 0 || (a & fraction + 1) != 0;
        return rest > half || rest == half && odd;
    }

    /** Neither operand is denormal. */
    private static boolean operands(long a, long b) {
        return ((a & EXP) != 0 || a << 1 == 0) && ((b & EXP) != 0 || b << 1 == 0);
    }

    /** A normal number away from the ends of the range, or zero: a sum that cannot have overflowed or underflowed. */
    private static boolean plain(long bits) {
        long x = bits & EXP;
        return x != 0 && x < HIGH || bits << 1 == 0;
    }

    /** A normal number so far from the ends of the range that its residue is normal too. */
    private static boolean wide(long bits) {
        long x = bits & EXP;
        return x > LOW && x < HIGH;
    }

    /** Whether r = x + y lost something: the error term of Knuth's two-sum. */
    private static boolean sumRest(double x, double y, double r) {
        double v = r - x;
        return x - (r - v) + (y - v) != 0;
    }

    private static long flushed(long a, FpEnv e) {
        return e.daz && (a & EXP) == 0 ? a & SIGN : a;
    }

    private static long slowAdd(long a, long b, boolean subtract, FpEnv e) {
        if (nan(a, b, e)) {
            return e.r.to64();
        }
        SoftFloat.add(e, subtract, P, EMIN, EMAX);
        return e.r.to64();
    }

    private static long slowMul(long a, long b, FpEnv e) {
        if (nan(a, b, e)) {
            return e.r.to64();
        }
        SoftFloat.mul(e, P, EMIN, EMAX);
        return e.r.to64();
    }

    private static long slowDiv(long a, long b, FpEnv e) {
        if (nan(a, b, e)) {
            return e.r.to64();
        }
        SoftFloat.div(e, P, EMIN, EMAX);
        return e.r.to64();
    }

    private static long slowSqrt(long a, FpEnv e) {
        if (nan(a, a, e)) {
            return e.r.to64();
        }
        SoftFloat.sqrt(e, P, EMIN, EMAX);
        return e.r.to64();
    }

    /** Unpacks; if there is a NaN, the result is the first one, quieted. */
    private static boolean nan(long a, long b, FpEnv e) {
        Unpacked x = e.a;
        Unpacked y = e.b;
        x.from64(a, e.daz);
        y.from64(b, e.daz);
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
