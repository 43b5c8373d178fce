package dev.backplane.cpu.x86.fp;

import static dev.backplane.cpu.x86.fp.FpEnv.DE;
import static dev.backplane.cpu.x86.fp.FpEnv.IE;
import static dev.backplane.cpu.x86.fp.FpEnv.PE;
import static dev.backplane.cpu.x86.fp.Unpacked.FINITE;
import static dev.backplane.cpu.x86.fp.Unpacked.INF;
import static dev.backplane.cpu.x86.fp.Unpacked.SNAN;
import static dev.backplane.cpu.x86.fp.Unpacked.TOP;
import static dev.backplane.cpu.x86.fp.Unpacked.ZERO;

/**
 * Fused multiply-add: (+-a * b) +- c, rounded once (Intel SDM Vol. 1, 14.5). A product has 106 bits at most, a sum is
 * kept in 128 with the last one sticky: more than any rounding to 53 bits needs, since bits are lost only when the
 * exponents are so far apart that no more than one leading bit can cancel.
 */
public final class Fma {
    private static final int SINGLE_EXP = 0xFF << 23;
    private static final int SINGLE_LOW = 1 << 23;
    private static final int SINGLE_HIGH = 0xFC << 23;
    private static final long DOUBLE_EXP = 0x7FFL << 52;
    private static final long DOUBLE_LOW = 1L << 52;
    private static final long DOUBLE_HIGH = 0x7FCL << 52;

    private Fma() {
    }

    /**
     * In single precision.
     *
     * @param negateProduct for the forms that are called FNM
     * @param subtract      for those that are called SUB
     */
    public static int single(int a, int b, int c, boolean negateProduct, boolean subtract, FpEnv e) {
        if (e.fast && (e.sticky & PE) != 0 && normal(a) && normal(b) && normal(c)) {
            float x = Float.intBitsToFloat(negateProduct ? a ^ 1 << 31 : a);
            float z = Float.intBitsToFloat(subtract ? c ^ 1 << 31 : c);
            int r = Float.floatToRawIntBits(Math.fma(x, Float.intBitsToFloat(b), z));
            int exponent = r & SINGLE_EXP;
            if (exponent > SINGLE_LOW && exponent < SINGLE_HIGH) {
                return r;
            }
        }
        e.a.from32(a, e.daz);
        e.b.from32(b, e.daz);
        e.c.from32(c, e.daz);
        compute(e, negateProduct, subtract, 24, -126, 127);
        return e.r.to32();
    }

    /** In double precision. */
    public static long dbl(long a, long b, long c, boolean negateProduct, boolean subtract, FpEnv e) {
        if (e.fast && (e.sticky & PE) != 0 && normal(a) && normal(b) && normal(c)) {
            double x = Double.longBitsToDouble(negateProduct ? a ^ TOP : a);
            double z = Double.longBitsToDouble(subtract ? c ^ TOP : c);
            long r = Double.doubleToRawLongBits(Math.fma(x, Double.longBitsToDouble(b), z));
            long exponent = r & DOUBLE_EXP;
            if (exponent > DOUBLE_LOW && exponent < DOUBLE_HIGH) {
                return r;
            }
        }
        e.a.from64(a, e.daz);
        e.b.from64(b, e.daz);
        e.c.from64(c, e.daz);
        compute(e, negateProduct, subtract, 53, -1022, 1023);
        return e.r.to64();
    }

    /** A normal number or zero. */
    private static boolean normal(int v) {
        int x = v & SINGLE_EXP;
        return x != SINGLE_EXP && (x != 0 || v << 1 == 0);
    }

    private static boolean normal(long v) {
        long x = v & DOUBLE_EXP;
        return x != DOUBLE_EXP && (x != 0 || v << 1 == 0);
    }

    private static void compute(FpEnv e, boolean negateProduct, boolean subtract, int p, int emin, int emax) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        Unpacked c = e.c;
        Unpacked r = e.r;
        if (a.cls > INF || b.cls > INF || c.cls > INF) {
            if (a.cls == SNAN || b.cls == SNAN || c.cls == SNAN) {
                e.flags |= IE;
            }
            r.quiet(a.cls > INF ? a : b.cls > INF ? b : c);
            return;
        }
        boolean neg = a.neg ^ b.neg ^ negateProduct;
        boolean cneg = c.neg ^ subtract;
        boolean infinite = a.cls == INF || b.cls == INF;
        if (infinite && (a.cls == ZERO || b.cls == ZERO || c.cls == INF && cneg != neg)) {
            SoftFloat.invalid(e);
            return;
        }
        if (a.denormal || b.denormal || c.denormal) {
            e.flags |= DE;
        }
        if (infinite || c.cls == INF) {
            r.infinity(infinite ? neg : cneg);
            return;
        }
        boolean noProduct = a.cls == ZERO || b.cls == ZERO;
        if (noProduct && c.cls == ZERO) {
            r.zero(neg == cneg ? neg : e.rc == FpEnv.DOWN);
            return;
        }
        if (noProduct) {
            r.set(c);
            r.neg = cneg;
            e.lo = 0;
            SoftFloat.round(e, p, emin, emax);
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
        if (c.cls == ZERO) {
            finish(e, neg, exp, hi, lo, p, emin, emax);
        } else {
            sum(e, neg, exp, hi, lo, cneg, p, emin, emax);
        }
    }

    private static void finish(FpEnv e, boolean neg, int exp, long hi, long lo, int p, int emin, int emax) {
        e.r.cls = FINITE;
        e.r.neg = neg;
        e.r.exp = exp;
        e.r.sig = hi;
        e.lo = lo;
        SoftFloat.round(e, p, emin, emax);
    }

    /** The product (hi, lo) and {@code e.c}, neither of them zero. */
    private static void sum(FpEnv e, boolean neg, int exp, long hi, long lo, boolean cneg, int p, int emin,
            int emax) {
        Unpacked c = e.c;
        boolean productBig = exp > c.exp || exp == c.exp && Long.compareUnsigned(hi, c.sig) >= 0;
        long bh = productBig ? hi : c.sig;
        long bl = productBig ? lo : 0;
        long sh = productBig ? c.sig : hi;
        long sl = productBig ? 0 : lo;
        int d = Math.abs(exp - c.exp);
        int top = productBig ? exp : c.exp;
        boolean sign = productBig ? neg : cneg;
        long th = SoftFloat.jamHigh(sh, d);
        long tl = SoftFloat.jamLow(sh, sl, d);
        if (neg == cneg) {
            long rl = bl + tl;
            int carry = Long.compareUnsigned(rl, bl) < 0 ? 1 : 0;
            long rh = bh + th + carry;
            if (Long.compareUnsigned(rh, bh) < 0 || carry == 1 && rh == bh) {
                rl = rh << 63 | rl >>> 1 | rl & 1;
                rh = rh >>> 1 | TOP;
                top++;
            }
            finish(e, sign, top, rh, rl, p, emin, emax);
            return;
        }
        long rl = bl - tl;
        long rh = bh - th - (Long.compareUnsigned(bl, tl) < 0 ? 1 : 0);
        if ((rh | rl) == 0) {
            e.r.zero(e.rc == FpEnv.DOWN);
            return;
        }
        int n = rh != 0 ? Long.numberOfLeadingZeros(rh) : 64 + Long.numberOfLeadingZeros(rl);
        if (n >= 64) {
            rh = rl << n - 64;
            rl = 0;
        } else if (n > 0) {
            rh = rh << n | rl >>> 64 - n;
            rl <<= n;
        }
        finish(e, sign, top - n, rh, rl, p, emin, emax);
    }
}
