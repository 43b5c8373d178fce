package dev.backplane.cpu.x86.fp;

import static dev.backplane.cpu.x86.fp.FpEnv.DE;
import static dev.backplane.cpu.x86.fp.FpEnv.IE;
import static dev.backplane.cpu.x86.fp.FpEnv.OE;
import static dev.backplane.cpu.x86.fp.FpEnv.PE;
import static dev.backplane.cpu.x86.fp.FpEnv.UE;
import static dev.backplane.cpu.x86.fp.FpEnv.ZE;
import static dev.backplane.cpu.x86.fp.Unpacked.FINITE;
import static dev.backplane.cpu.x86.fp.Unpacked.INF;
import static dev.backplane.cpu.x86.fp.Unpacked.SNAN;
import static dev.backplane.cpu.x86.fp.Unpacked.TOP;
import static dev.backplane.cpu.x86.fp.Unpacked.UNSUPPORTED;
import static dev.backplane.cpu.x86.fp.Unpacked.ZERO;

/**
 * IEEE 754 arithmetic on {@link Unpacked} numbers, in all rounding modes, with the exceptions and default results of
 * the x86 (Intel SDM Vol. 1, 4.8, 4.9 and appendix E). The operands are {@code e.a} and {@code e.b}, not NaN and not
 * unsupported; the result is {@code e.r}, rounded to p bits with exponents from emin to emax.
 */
final class SoftFloat {
    /** How far an unmasked x87 overflow or underflow moves the exponent. */
    private static final int WRAP = 24576;

    /** By predicate, four bits each: whether it holds for less, equal, greater, unordered (bits 0 to 3). */
    private static final long RELATIONS = 0xF4650B9A7CED8312L;

    private SoftFloat() {
    }

    /** Whether a predicate of CMPPS finds a quiet NaN invalid. */
    static boolean signals(int predicate) {
        int p = predicate & 3;
        return (p == 1 || p == 2) != predicate > 15;
    }

    /** Whether a predicate of CMPPS holds for what {@link #compare} returned. */
    static boolean holds(int predicate, int relation) {
        return (RELATIONS >>> ((predicate & 15) << 2) >>> relation + 1 & 1) != 0;
    }

    static void add(FpEnv e, boolean subtract, int p, int emin, int emax) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        Unpacked r = e.r;
        boolean bneg = b.neg ^ subtract;
        if (a.cls == INF) {
            if (b.cls == INF && a.neg != bneg) {
                invalid(e);
                return;
            }
            denormals(e);
            r.infinity(a.neg);
            return;
        }
        denormals(e);
        if (b.cls == INF) {
            r.infinity(bneg);
            return;
        }
        if (b.cls == ZERO) {
            if (a.cls == ZERO) {
                r.zero(a.neg == bneg ? a.neg : e.rc == FpEnv.DOWN);
                return;
            }
            r.set(a);
            e.lo = 0;
            round(e, p, emin, emax);
            return;
        }
        if (a.cls == ZERO) {
            r.set(b);
            r.neg = bneg;
            e.lo = 0;
            round(e, p, emin, emax);
            return;
        }
        boolean aBig = a.exp > b.exp || a.exp == b.exp && Long.compareUnsigned(a.sig, b.sig) >= 0;
        Unpacked big = aBig ? a : b;
        Unpacked small = aBig ? b : a;
        int d = big.exp - small.exp;
        long sh = jamHigh(small.sig, d);
        long sl = jamLow(small.sig, 0, d);
        long hi;
        long lo;
        int exp = big.exp;
        if (a.neg == bneg) {
            lo = sl;
            hi = big.sig + sh;
            if (Long.compareUnsigned(hi, sh) < 0) {
                lo = hi << 63 | lo >>> 1 | lo & 1;
                hi = hi >>> 1 | TOP;
                exp++;
            }
        } else {
            lo = -sl;
            hi = big.sig - sh - (sl != 0 ? 1 : 0);
            if ((hi | lo) == 0) {
                r.zero(e.rc == FpEnv.DOWN);
                return;
            }
            int n = hi != 0 ? Long.numberOfLeadingZeros(hi) : 64 + Long.numberOfLeadingZeros(lo);
            if (n >= 64) {
                hi = lo << n - 64;
                lo = 0;
            } else if (n > 0) {
                hi = hi << n | lo >>> 64 - n;
                lo <<= n;
            }
            exp -= n;
        }
        r.cls = FINITE;
        r.neg = aBig ? a.neg : bneg;
        r.exp = exp;
        r.sig = hi;
        e.lo = lo;
        round(e, p, emin, emax);
    }

    static void mul(FpEnv e, int p, int emin, int emax) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        Unpacked r = e.r;
        boolean neg = a.neg ^ b.neg;
        if (a.cls == INF || b.cls == INF) {
            if (a.cls == ZERO || b.cls == ZERO) {
                invalid(e);
                return;
            }
            denormals(e);
            r.infinity(neg);
            return;
        }
        denormals(e);
        if (a.cls == ZERO || b.cls == ZERO) {
            r.zero(neg);
            return;
        }
        long hi = Math.unsignedMultiplyHigh(a.sig, b.sig);
        long lo = a.sig * b.sig;
        int exp = a.exp + b.exp + 1;
        if (hi >= 0) {
            hi = hi << 1 | lo >>> 63;
            lo <<= 1;
            exp--;
        }
        r.cls = FINITE;
        r.neg = neg;
        r.exp = exp;
        r.sig = hi;
        e.lo = lo;
        round(e, p, emin, emax);
    }

    static void div(FpEnv e, int p, int emin, int emax) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        Unpacked r = e.r;
        boolean neg = a.neg ^ b.neg;
        if (a.cls == INF) {
            if (b.cls == INF) {
                invalid(e);
                return;
            }
            denormals(e);
            r.infinity(neg);
            return;
        }
        if (b.cls == ZERO) {
            if (a.cls == ZERO) {
                invalid(e);
                return;
            }
            e.flags |= ZE;
            r.infinity(neg);
            return;
        }
        denormals(e);
        if (a.cls == ZERO || b.cls == INF) {
            r.zero(neg);
            return;
        }
        int exp = a.exp - b.exp;
        long nh = a.sig;
        long nl = 0;
        if (Long.compareUnsigned(nh, b.sig) >= 0) {
            nl = nh << 63;
            nh >>>= 1;
        } else {
            exp--;
        }
        long q = divide(nh, nl, b.sig);
        long rem = nl - q * b.sig;
        r.cls = FINITE;
        r.neg = neg;
        r.exp = exp;
        r.sig = q;
        // The guard bit, and below it whether anything is left.
        long twice = rem << 1;
        boolean guard = rem < 0 || Long.compareUnsigned(twice, b.sig) >= 0;
        boolean rest = rem != 0 && !(rem >= 0 && twice == b.sig) && !(rem < 0 && twice - b.sig == 0);
        e.lo = (guard ? TOP : 0) | (rest ? 1 : 0);
        round(e, p, emin, emax);
    }

    /** Square root of {@code e.a}. */
    static void sqrt(FpEnv e, int p, int emin, int emax) {
        Unpacked a = e.a;
        Unpacked r = e.r;
        if (a.cls == ZERO) {
            r.zero(a.neg);
            return;
        }
        if (a.neg) {
            invalid(e);
            return;
        }
        if (a.cls == INF) {
            r.infinity(false);
            return;
        }
        if (a.denormal) {
            e.flags |= DE;
        }
        // The radicand as 2^126 <= n < 2^128, so that its root has 64 bits.
        boolean odd = (a.exp & 1) != 0;
        long nh = odd ? a.sig : a.sig >>> 1;
        long nl = odd ? 0 : a.sig << 63;
        r.exp = a.exp >> 1;
        long root = 0;
        long rh = 0;
        long rl = 0;
        for (int i = 0; i < 64; i++) {
            rh = rh << 2 | rl >>> 62;
            rl = rl << 2 | nh >>> 62;
            nh = nh << 2 | nl >>> 62;
            nl <<= 2;
            // trial = root * 4 + 1
            long th = root >>> 62;
            long tl = root << 2 | 1;
            root <<= 1;
            boolean ge = rh != th ? Long.compareUnsigned(rh, th) > 0 : Long.compareUnsigned(rl, tl) >= 0;
            if (ge) {
                rh = rh - th - (Long.compareUnsigned(rl, tl) < 0 ? 1 : 0);
                rl -= tl;
                root |= 1;
            }
        }
        r.cls = FINITE;
        r.neg = false;
        r.sig = root;
        // (root + 1/2)^2 = root^2 + root + 1/4: the guard bit is set if the remainder exceeds the root.
        boolean guard = rh != 0 || Long.compareUnsigned(rl, root) > 0;
        e.lo = (rh | rl) == 0 ? 0 : guard ? TOP | 1 : 1;
        round(e, p, emin, emax);
    }

    /** Takes the masked response to an invalid operation as the result. */
    static void invalid(FpEnv e) {
        e.flags |= IE;
        e.r.indefinite();
    }

    private static void denormals(FpEnv e) {
        if (e.a.denormal || e.b.denormal) {
            e.flags |= DE;
        }
    }

    /**
     * Compares {@code e.a} and {@code e.b}, which may be anything.
     *
     * @param signalQuiet whether a quiet NaN is invalid too
     * @return -1 less, 0 equal, 1 greater, 2 unordered
     */
    static int compare(FpEnv e, boolean signalQuiet) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        if (a.cls > INF || b.cls > INF) {
            if (signalQuiet || a.cls >= SNAN || b.cls >= SNAN) {
                e.flags |= IE;
            }
            return 2;
        }
        denormals(e);
        if (a.cls == ZERO || b.cls == ZERO) {
            return a.cls != ZERO ? a.neg ? -1 : 1 : b.cls == ZERO ? 0 : b.neg ? 1 : -1;
        }
        if (a.neg != b.neg) {
            return a.neg ? -1 : 1;
        }
        int c;
        if (a.cls == INF || b.cls == INF) {
            c = Integer.compare(a.cls, b.cls);
        } else {
            c = a.exp != b.exp ? Integer.compare(a.exp, b.exp) : Integer.signum(Long.compareUnsigned(a.sig, b.sig));
        }
        return a.neg ? -c : c;
    }

    /**
     * Rounds {@code e.r}, whose significand goes on in {@code e.lo}, and raises overflow, underflow and inexact.
     * Tininess is detected after rounding.
     */
    static void round(FpEnv e, int p, int emin, int emax) {
        Unpacked r = e.r;
        r.cls = FINITE;
        e.roundedUp = false;
        long hi = r.sig;
        long lo = e.lo;
        long unit = 1L << 64 - p;
        long rest = hi & unit - 1;
        boolean inexact = (rest | lo) != 0;
        boolean up = inexact && roundsUp(e.rc, r.neg, hi, lo, p);
        long kept = hi & -unit;
        boolean carry = up && kept == -unit;
        if (r.exp < emin && !(carry && r.exp == emin - 1)) {
            tiny(e, p, emin, up, inexact);
            return;
        }
        int exp = r.exp;
        if (up) {
            kept += unit;
            if (carry) {
                kept = TOP;
                exp++;
            }
        }
        if (exp > emax) {
            overflow(e, p, emax, kept, exp, inexact, up);
            return;
        }
        r.sig = kept;
        r.exp = exp;
        if (inexact) {
            e.flags |= PE;
            e.roundedUp = up;
        }
    }

    private static void overflow(FpEnv e, int p, int emax, long kept, int exp, boolean inexact, boolean up) {
        Unpacked r = e.r;
        e.flags |= OE;
        if ((e.masked & OE) == 0) {
            r.sig = kept;
            r.exp = e.wrap ? exp - WRAP : emax;
            if (inexact) {
                e.flags |= PE;
                e.roundedUp = up;
            }
            if (r.exp > emax) {
                // Only FSCALE gets this far.
                e.flags |= PE;
                e.roundedUp = true;
                r.infinity(r.neg);
            }
            return;
        }
        e.flags |= PE;
        boolean toInfinity = switch (e.rc) {
            case FpEnv.NEAREST -> true;
            case FpEnv.DOWN -> r.neg;
            case FpEnv.UP -> !r.neg;
            default -> false;
        };
        if (toInfinity) {
            r.infinity(r.neg);
            e.roundedUp = true;
        } else {
            r.sig = -(1L << 64 - p);
            r.exp = emax;
        }
    }

    private static void tiny(FpEnv e, int p, int emin, boolean up, boolean inexact) {
        Unpacked r = e.r;
        if ((e.masked & UE) == 0) {
            e.flags |= UE;
            if (inexact) {
                e.flags |= PE;
                e.roundedUp = up;
            }
            long unit = 1L << 64 - p;
            long kept = (r.sig & -unit) + (up ? unit : 0);
            if (up && kept == 0) {
                kept = TOP;
                r.exp++;
            }
            r.sig = kept;
            if (e.wrap) {
                r.exp += WRAP;
                if (r.exp < emin) {
                    e.flags |= PE;
                    e.roundedUp = false;
                    r.zero(r.neg);
                }
            }
            return;
        }
        if (e.ftz) {
            e.flags |= UE | PE;
            r.zero(r.neg);
            return;
        }
        int d = emin - r.exp;
        long hi = jamHigh(r.sig, d);
        long lo = jamLow(r.sig, e.lo, d);
        long unit = 1L << 64 - p;
        r.exp = emin;
        if ((hi & unit - 1 | lo) == 0) {
            r.sig = hi;
            return;
        }
        e.flags |= UE | PE;
        boolean grows = roundsUp(e.rc, r.neg, hi, lo, p);
        e.roundedUp = grows;
        r.sig = (hi & -unit) + (grows ? unit : 0);
        if (r.sig == 0) {
            r.cls = ZERO;
        }
    }

    /** Whether (hi, lo), inexact in p bits, rounds away from zero. */
    static boolean roundsUp(int rc, boolean neg, long hi, long lo, int p) {
        switch (rc) {
            case FpEnv.DOWN:
                return neg;
            case FpEnv.UP:
                return !neg;
            case FpEnv.CHOP:
                return false;
            default:
                if (p == 64) {
                    return lo < 0 && (lo != TOP || (hi & 1) != 0);
                }
                long unit = 1L << 64 - p;
                long half = unit >>> 1;
                long rest = hi & unit - 1;
                return rest > half || rest == half && (lo != 0 || (hi & unit) != 0);
        }
    }

    /** High half of (hi, 0) >> d. */
    static long jamHigh(long hi, int d) {
        return d < 64 ? hi >>> d : 0;
    }

    /** Low half of (hi, lo) >> d, its last bit set if a bit was lost. */
    static long jamLow(long hi, long lo, int d) {
        if (d == 0) {
            return lo;
        }
        if (d < 64) {
            return hi << 64 - d | lo >>> d | (lo << 64 - d != 0 ? 1 : 0);
        }
        if (d == 64) {
            return hi | (lo != 0 ? 1 : 0);
        }
        if (d < 128) {
            return hi >>> d - 64 | ((hi << 128 - d | lo) != 0 ? 1 : 0);
        }
        return (hi | lo) != 0 ? 1 : 0;
    }

    /** Quotient of the 128-bit (hi, lo) by d, where d has its top bit set and hi is less than d (unsigned). */
    static long divide(long hi, long lo, long d) {
        long dh = d >>> 32;
        long dl = d & 0xFFFFFFFFL;
        long q1 = digit(hi, lo >>> 32, dh, dl);
        long mid = (hi << 32 | lo >>> 32) - q1 * d;
        long q0 = digit(mid, lo & 0xFFFFFFFFL, dh, dl);
        return (q1 << 32) + q0;
    }

    /** One 32-bit digit of a long division. */
    private static long digit(long num, long next, long dh, long dl) {
        long q = Long.divideUnsigned(num, dh);
        long rem = num - q * dh;
        while (q >>> 32 != 0 || Long.compareUnsigned(q * dl, rem << 32 | next) > 0) {
            q--;
            rem += dh;
            if (rem >>> 32 != 0) {
                break;
            }
        }
        return q;
    }

    /** Raises invalid operation if an operand is an unsupported encoding. */
    static boolean unsupported(FpEnv e) {
        if (e.a.cls == UNSUPPORTED || e.b.cls == UNSUPPORTED) {
            invalid(e);
            return true;
        }
        return false;
    }
}
