package dev.backplane.cpu.x86.fp;

import static dev.backplane.cpu.x86.fp.FpEnv.DE;
import static dev.backplane.cpu.x86.fp.FpEnv.IE;
import static dev.backplane.cpu.x86.fp.FpEnv.PE;
import static dev.backplane.cpu.x86.fp.FpEnv.ZE;
import static dev.backplane.cpu.x86.fp.Unpacked.FINITE;
import static dev.backplane.cpu.x86.fp.Unpacked.INF;
import static dev.backplane.cpu.x86.fp.Unpacked.SNAN;
import static dev.backplane.cpu.x86.fp.Unpacked.TOP;
import static dev.backplane.cpu.x86.fp.Unpacked.UNSUPPORTED;
import static dev.backplane.cpu.x86.fp.Unpacked.ZERO;

/**
 * Operations of the 80-bit extended format (Intel SDM Vol. 1, chapter 8). Operands are unpacked into {@code e.a} and
 * {@code e.b}, results are left in {@code e.r}; exceptions in {@link FpEnv#flags}.
 */
final class F80 {
    static final int EMIN = -16382;
    static final int EMAX = 16383;
    /** Sign and exponent of the real indefinite, whose significand is {@link #INDEFINITE}. */
    static final int INDEFINITE_SE = 0xFFFF;
    static final long INDEFINITE = 3L << 62;

    /** Outcomes of {@link #remainder} without a quotient. */
    static final int PARTIAL = -1;
    static final int NO_QUOTIENT = -2;

    private static final long BCD_LIMIT = 1_000_000_000_000_000_000L;

    private F80() {
    }

    /**
     * Add, multiply, subtract or divide, by the numbers in encodings.
     *
     * @param op 0 add, 1 multiply, 4 and 5 subtract, 6 and 7 divide
     */
    static void arithmetic(FpEnv e, int op) {
        if (nan(e)) {
            return;
        }
        switch (op) {
            case 0 -> SoftFloat.add(e, false, e.precision, EMIN, EMAX);
            case 1 -> SoftFloat.mul(e, e.precision, EMIN, EMAX);
            case 4, 5 -> SoftFloat.add(e, true, e.precision, EMIN, EMAX);
            default -> SoftFloat.div(e, e.precision, EMIN, EMAX);
        }
    }

    static void sqrt(FpEnv e) {
        if (!nan1(e)) {
            SoftFloat.sqrt(e, e.precision, EMIN, EMAX);
        }
    }

    /** Whether an operand is a NaN or unsupported; then the result is there: the NaN with the larger significand. */
    static boolean nan(FpEnv e) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        if (a.cls <= INF && b.cls <= INF) {
            return false;
        }
        if (SoftFloat.unsupported(e)) {
            return true;
        }
        if (a.cls == SNAN || b.cls == SNAN) {
            e.flags |= IE;
        }
        if (!b.isNan() || a.isNan() && a.cls != b.cls && b.cls == SNAN) {
            e.r.quiet(a);
        } else if (!a.isNan() || a.cls != b.cls) {
            e.r.quiet(b);
        } else {
            int c = Long.compareUnsigned(a.sig, b.sig);
            e.r.quiet(c > 0 || c == 0 && !a.neg ? a : b);
        }
        return true;
    }

    /** As {@link #nan} for an operation on {@code e.a} alone. */
    static boolean nan1(FpEnv e) {
        Unpacked a = e.a;
        if (a.cls <= INF) {
            return false;
        }
        if (a.cls == UNSUPPORTED) {
            SoftFloat.invalid(e);
            return true;
        }
        if (a.cls == SNAN) {
            e.flags |= IE;
        }
        e.r.quiet(a);
        return true;
    }

    /** FRNDINT. */
    static void roundToIntegral(FpEnv e) {
        if (nan1(e)) {
            return;
        }
        Unpacked a = e.a;
        Unpacked r = e.r;
        r.set(a);
        if (a.cls != FINITE) {
            return;
        }
        if (a.denormal) {
            e.flags |= DE;
        }
        if (a.exp >= 63) {
            return;
        }
        int d = 63 - a.exp;
        long v = SoftFloat.jamHigh(a.sig, d);
        long rest = SoftFloat.jamLow(a.sig, 0, d);
        if (rest != 0) {
            e.flags |= PE;
            if (SoftFloat.roundsUp(e.rc, a.neg, v, rest, 64)) {
                v++;
                e.roundedUp = true;
            }
        }
        if (v == 0) {
            r.zero(a.neg);
            return;
        }
        int n = Long.numberOfLeadingZeros(v);
        r.sig = v << n;
        r.exp = 63 - n;
        r.denormal = false;
    }

    /**
     * FIST and FISTTP: {@code e.a} as an integer.
     *
     * @param bits 16, 32 or 64
     * @return the integer, or the integer indefinite with invalid operation
     */
    static long toInteger(FpEnv e, int bits, int rc) {
        Unpacked a = e.a;
        long min = Long.MIN_VALUE >> 64 - bits;
        if (a.cls == ZERO) {
            return 0;
        }
        if (a.cls != FINITE || a.exp >= 64) {
            e.flags |= IE;
            return min;
        }
        int d = 63 - a.exp;
        long v = SoftFloat.jamHigh(a.sig, d);
        long rest = SoftFloat.jamLow(a.sig, 0, d);
        boolean up = rest != 0 && SoftFloat.roundsUp(rc, a.neg, v, rest, 64);
        if (up) {
            v++;
        }
        long signed = a.neg ? -v : v;
        boolean fits = a.neg ? v >= 0 && signed >= min || signed == min : v >= 0 && v <= ~min;
        if (!fits) {
            e.flags |= IE;
            return min;
        }
        if (rest != 0) {
            e.flags |= PE;
            e.roundedUp = up;
        }
        return signed;
    }

    /** FST to single precision. */
    static int to32(FpEnv e) {
        if (narrow(e)) {
            SoftFloat.round(e, 24, -126, 127);
        }
        return e.r.to32();
    }

    /** FST to double precision. */
    static long to64(FpEnv e) {
        if (narrow(e)) {
            SoftFloat.round(e, 53, -1022, 1023);
        }
        return e.r.to64();
    }

    private static boolean narrow(FpEnv e) {
        e.wrap = false;
        if (nan1(e)) {
            return false;
        }
        e.r.set(e.a);
        e.lo = 0;
        return e.a.cls == FINITE;
    }

    /** FLD of a narrower format: {@code e.a} to {@code e.r}, exact. */
    static void widen(FpEnv e) {
        if (nan1(e)) {
            return;
        }
        if (e.a.denormal) {
            e.flags |= DE;
        }
        e.r.set(e.a);
    }

    /** An integer as {@code u}. */
    static void integer(Unpacked u, long v) {
        u.denormal = false;
        u.neg = v < 0;
        if (v == 0) {
            u.zero(false);
            return;
        }
        long m = Math.abs(v);
        int n = Long.numberOfLeadingZeros(m);
        u.cls = FINITE;
        u.sig = m << n;
        u.exp = 63 - n;
    }

    /** FSCALE: {@code e.a} times two to the integral part of {@code e.b}. */
    static void scale(FpEnv e) {
        if (nan(e)) {
            return;
        }
        Unpacked a = e.a;
        Unpacked b = e.b;
        Unpacked r = e.r;
        if (b.cls == INF && (b.neg ? a.cls == INF : a.cls == ZERO)) {
            SoftFloat.invalid(e);
            return;
        }
        if (a.denormal || b.denormal) {
            e.flags |= DE;
        }
        if (b.cls == INF) {
            if (b.neg) {
                r.zero(a.neg);
            } else {
                r.infinity(a.neg);
            }
            return;
        }
        r.set(a);
        if (a.cls != FINITE) {
            return;
        }
        int n = 0;
        if (b.cls == FINITE && b.exp >= 0) {
            n = b.exp > 16 ? 1 << 17 : (int) (b.sig >>> 63 - b.exp);
            n = b.neg ? -n : n;
        }
        r.exp += n;
        e.lo = 0;
        SoftFloat.round(e, 64, EMIN, EMAX);
    }

    /**
     * FPREM and FPREM1: the remainder of {@code e.a} by {@code e.b}.
     *
     * @return the low three bits of the quotient, {@link #PARTIAL} if the reduction is not complete, or
     *     {@link #NO_QUOTIENT} for an invalid operation or a NaN
     */
    static int remainder(FpEnv e, boolean nearest) {
        if (nan(e)) {
            return NO_QUOTIENT;
        }
        Unpacked a = e.a;
        Unpacked b = e.b;
        Unpacked r = e.r;
        if (a.cls == INF || b.cls == ZERO) {
            SoftFloat.invalid(e);
            return NO_QUOTIENT;
        }
        if (a.denormal || b.denormal) {
            e.flags |= DE;
        }
        r.set(a);
        if (a.cls == ZERO) {
            return 0;
        }
        int d = a.exp - b.exp;
        if (b.cls == INF || d < (nearest ? -1 : 0)) {
            e.lo = 0;
            SoftFloat.round(e, 64, EMIN, EMAX);
            return 0;
        }
        boolean partial = d >= 64;
        int n = partial ? 32 + (d & 31) : d;
        long rem = a.sig;
        long q = 0;
        int exp = a.exp - n;
        if (d == -1) {
            exp = a.exp;
            if (Long.compareUnsigned(rem, b.sig) > 0) {
                // 2b - a, in units of a
                q = 1;
                rem = (b.sig << 1) - rem;
                r.neg = !r.neg;
            }
        } else {
            boolean carry = false;
            for (int i = 0; i <= n; i++) {
                if (i > 0) {
                    carry = rem < 0;
                    rem <<= 1;
                    q <<= 1;
                }
                if (carry || Long.compareUnsigned(rem, b.sig) >= 0) {
                    rem -= b.sig;
                    q |= 1;
                }
            }
            if (nearest && !partial) {
                int c = rem < 0 ? 1 : Long.compareUnsigned(rem << 1, b.sig);
                if (c > 0 || c == 0 && (q & 1) != 0) {
                    rem = b.sig - rem;
                    r.neg = !r.neg;
                    q++;
                }
            }
        }
        if (rem == 0) {
            r.zero(a.neg);
        } else {
            int z = Long.numberOfLeadingZeros(rem);
            r.sig = rem << z;
            r.exp = exp - z;
            r.cls = FINITE;
            e.lo = 0;
            SoftFloat.round(e, 64, EMIN, EMAX);
        }
        return partial ? PARTIAL : (int) q & 7;
    }

    /** FXTRACT: the significand of {@code e.a} is left in {@code e.r}, its exponent in {@code e.b}. */
    static void extract(FpEnv e) {
        Unpacked a = e.a;
        if (nan1(e)) {
            e.b.set(e.r);
            return;
        }
        e.r.set(a);
        if (a.cls == ZERO) {
            e.flags |= ZE;
            e.b.infinity(true);
        } else if (a.cls == INF) {
            e.b.infinity(false);
        } else {
            if (a.denormal) {
                e.flags |= DE;
            }
            integer(e.b, a.exp);
            e.r.exp = 0;
        }
    }

    /**
     * FBSTP: {@code e.a} as 18 packed decimal digits.
     *
     * @return the magnitude as an integer, or -1 with invalid operation
     */
    static long toDecimal(FpEnv e) {
        long v = toInteger(e, 64, e.rc);
        long m = Math.abs(v);
        if (m >= BCD_LIMIT || v == Long.MIN_VALUE) {
            e.flags = e.flags & ~PE | IE;
            e.roundedUp = false;
            return -1;
        }
        return m;
    }

    /** Eighteen packed decimal digits as an integer; digits above 9 count as their value. */
    static long fromDecimal(long digits, int upper) {
        long v = 0;
        for (int i = 4; i >= 0; i -= 4) {
            v = v * 10 + (upper >> i & 15);
        }
        for (int i = 60; i >= 0; i -= 4) {
            v = v * 10 + (digits >>> i & 15);
        }
        return v;
    }

    /** The low sixteen digits of a magnitude below 10^18; the other two are {@code m / 10^16} as two digits. */
    static long decimalDigits(long m) {
        long digits = 0;
        for (int i = 0; i < 64; i += 4) {
            digits |= m % 10 << i;
            m /= 10;
        }
        return digits;
    }
}
