package dev.backplane.cpu.x86.fp;

/**
 * A floating-point number with a significand of 128 bits and an unbounded exponent, for the elementary functions: their
 * results need some 70 good bits before they are rounded to 64. Operations truncate; one that loses bits of a smaller
 * operand leaves the last bit set, so that the direction of the error is right.
 */
final class Wide {
    boolean neg;
    /** Exponent of the leading bit, which is bit 63 of {@link #hi}. */
    int exp;
    /** Upper half of the significand; 0 means that the number is zero. */
    long hi;
    long lo;

    Wide() {
    }

    Wide(int exp, long hi, long lo) {
        this.exp = exp;
        this.hi = hi;
        this.lo = lo;
    }

    void set(Wide a) {
        neg = a.neg;
        exp = a.exp;
        hi = a.hi;
        lo = a.lo;
    }

    void set(Unpacked u) {
        neg = u.neg;
        exp = u.exp;
        hi = u.cls == Unpacked.ZERO ? 0 : u.sig;
        lo = 0;
    }

    /** An integer, not negative. */
    void set(long v) {
        neg = false;
        lo = 0;
        hi = v;
        exp = 63;
        normalize();
    }

    void one() {
        neg = false;
        exp = 0;
        hi = 1L << 63;
        lo = 0;
    }

    private void normalize() {
        if (hi == 0) {
            if (lo == 0) {
                return;
            }
            hi = lo;
            lo = 0;
            exp -= 64;
        }
        int n = Long.numberOfLeadingZeros(hi);
        if (n > 0) {
            hi = hi << n | lo >>> 64 - n;
            lo <<= n;
            exp -= n;
        }
    }

    /** this = a * b. */
    void mul(Wide a, Wide b) {
        neg = a.neg ^ b.neg;
        exp = a.exp + b.exp + 1;
        if (a.hi == 0 || b.hi == 0) {
            hi = 0;
            lo = 0;
            return;
        }
        long h = Math.unsignedMultiplyHigh(a.hi, b.hi);
        long l = a.hi * b.hi;
        long c1 = Math.unsignedMultiplyHigh(a.hi, b.lo);
        long c2 = Math.unsignedMultiplyHigh(a.lo, b.hi);
        l += c1;
        if (Long.compareUnsigned(l, c1) < 0) {
            h++;
        }
        l += c2;
        if (Long.compareUnsigned(l, c2) < 0) {
            h++;
        }
        hi = h;
        lo = l;
        if (h >= 0) {
            hi = h << 1 | l >>> 63;
            lo = l << 1;
            exp--;
        }
    }

    /** this = a + b. */
    void add(Wide a, Wide b) {
        if (a.hi == 0 || b.hi == 0) {
            set(a.hi == 0 ? b : a);
            return;
        }
        boolean aBig = a.exp != b.exp ? a.exp > b.exp
            : a.hi != b.hi ? Long.compareUnsigned(a.hi, b.hi) > 0 : Long.compareUnsigned(a.lo, b.lo) >= 0;
        Wide big = aBig ? a : b;
        Wide small = aBig ? b : a;
        boolean subtract = a.neg != b.neg;
        int d = big.exp - small.exp;
        long sh = shiftedHigh(small, d);
        long sl = shiftedLow(small, d);
        long bl = big.lo;
        neg = big.neg;
        exp = big.exp;
        if (subtract) {
            lo = bl - sl;
            hi = big.hi - sh - (Long.compareUnsigned(bl, sl) < 0 ? 1 : 0);
            normalize();
            return;
        }
        lo = bl + sl;
        boolean carry = Long.compareUnsigned(lo, sl) < 0;
        long h = big.hi + sh;
        boolean out = Long.compareUnsigned(h, sh) < 0;
        if (carry) {
            h++;
            out |= h == 0;
        }
        hi = h;
        if (out) {
            lo = lo >>> 1 | h << 63;
            hi = h >>> 1 | 1L << 63;
            exp++;
        }
    }

    private static long shiftedHigh(Wide a, int d) {
        return d < 64 ? a.hi >>> d : 0;
    }

    private static long shiftedLow(Wide a, int d) {
        return SoftFloat.jamLow(a.hi, a.lo, d);
    }

    /** this = this / n, for 0 < n < 2^31. */
    void div(int n) {
        long q = Long.divideUnsigned(hi, n);
        long rest = hi - q * n;
        long t = rest << 32 | lo >>> 32;
        long q1 = Long.divideUnsigned(t, n);
        rest = t - q1 * n;
        t = rest << 32 | lo & 0xFFFFFFFFL;
        long q0 = Long.divideUnsigned(t, n);
        rest = t - q0 * n;
        hi = q;
        lo = q1 << 32 | q0;
        // What normalization will shift in, so that no bits are lost.
        long more = Long.divideUnsigned(rest << 32, n);
        int z = hi == 0 ? 0 : Long.numberOfLeadingZeros(hi);
        normalize();
        if (z > 0 && z <= 32) {
            lo |= more >>> 32 - z;
        }
    }

    /** this = a / b. */
    void div(Wide a, Wide b) {
        neg = a.neg ^ b.neg;
        exp = a.exp - b.exp;
        if (a.hi == 0) {
            hi = 0;
            lo = 0;
            return;
        }
        long bh = b.hi;
        long bl = b.lo;
        long rh = a.hi;
        long rl = a.lo;
        long qh = 0;
        long ql = 0;
        boolean carry = false;
        for (int i = 0; i < 128; i++) {
            boolean ge = carry || (rh != bh ? Long.compareUnsigned(rh, bh) > 0 : Long.compareUnsigned(rl, bl) >= 0);
            qh = qh << 1 | ql >>> 63;
            ql <<= 1;
            if (ge) {
                rh = rh - bh - (Long.compareUnsigned(rl, bl) < 0 ? 1 : 0);
                rl -= bl;
                ql |= 1;
            }
            carry = rh < 0;
            rh = rh << 1 | rl >>> 63;
            rl <<= 1;
        }
        hi = qh;
        lo = ql;
        normalize();
    }
}
