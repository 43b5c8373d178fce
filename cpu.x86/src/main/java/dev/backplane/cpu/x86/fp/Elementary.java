package dev.backplane.cpu.x86.fp;

/**
 * The elementary functions behind the transcendental x87 instructions, by power series in {@link Wide} arithmetic:
 * more than 100 good bits, so that the rounded result is nearly always the nearest one. Processors promise an error
 * below one unit in the last place and differ from each other in that place.
 *
 * <p>Trigonometric arguments are reduced with a pi of 66 bits, as the processors do it (Intel SDM Vol. 1, 8.3.8).
 *
 * <p>Holds scratch values: one per x87 unit.
 */
final class Elementary {
    private static final Wide PI = new Wide(1, 0xC90FDAA22168C234L, 0xC4C6628B80DC1CD1L);
    private static final Wide HALF_PI = new Wide(0, 0xC90FDAA22168C234L, 0xC4C6628B80DC1CD1L);
    private static final Wide LN2 = new Wide(-1, 0xB17217F7D1CF79ABL, 0xC9E3B39803F2F6AFL);
    private static final Wide TWO_LOG2E = new Wide(1, 0xB8AA3B295C17F0BBL, 0xBE87FED0691D3E88L);
    /** Pi / 2 = PI66 * 2^-65, whose upper two bits and lower 64 bits these are. */
    private static final long PI66_HIGH = 3;
    private static final long PI66_LOW = 0x243F6A8885A308D3L;
    private static final long SQRT2 = 0xB504F333F9DE6484L;

    private static final int SIN_TERMS = 15;
    private static final int EXP_TERMS = 29;
    private static final int LOG_TERMS = 22;
    private static final int ATAN_TERMS = 13;
    private static final int ATAN_STEPS = 16;
    /** Arc tangents of n / 16. */
    private static final Wide[] ATAN = arcTangents();

    final Wide x = new Wide();
    final Wide y = new Wide();
    final Wide sine = new Wide();
    final Wide cosine = new Wide();
    private final Wide z = new Wide();
    private final Wide s = new Wide();
    private final Wide t = new Wide();
    private final Wide one = new Wide(0, 1L << 63, 0);

    private static Wide[] arcTangents() {
        Elementary e = new Elementary();
        Wide[] table = new Wide[ATAN_STEPS + 1];
        table[0] = new Wide();
        for (int n = 1; n <= ATAN_STEPS; n++) {
            // atan(n/16) - atan((n-1)/16) = atan(16 / (256 + n(n-1)))
            Wide step = new Wide();
            step.set(16);
            e.y.set(256 + (long) n * (n - 1));
            step.div(copy(step), e.y);
            e.atanSeries(step);
            table[n] = new Wide();
            table[n].add(table[n - 1], step);
        }
        return table;
    }

    private static Wide copy(Wide a) {
        Wide c = new Wide();
        c.set(a);
        return c;
    }

    /**
     * Reduces {@link #x}, of magnitude below 2^63, to at most pi/4.
     *
     * @return the quadrant: how many times pi/2 has been subtracted, modulo 4
     */
    int reduce() {
        if (x.exp < -1) {
            return 0;
        }
        long rh = 0;
        long rl = x.hi;
        int q = 0;
        for (int i = x.exp + 2; i > 0; i--) {
            rh = rh << 1 | rl >>> 63;
            rl <<= 1;
            q <<= 1;
            if (rh > PI66_HIGH || rh == PI66_HIGH && Long.compareUnsigned(rl, PI66_LOW) >= 0) {
                rh = rh - PI66_HIGH - (Long.compareUnsigned(rl, PI66_LOW) < 0 ? 1 : 0);
                rl -= PI66_LOW;
                q++;
            }
        }
        boolean negative = x.neg;
        // Above pi/4: one more, and the rest is what is missing.
        long dh = rh << 1 | rl >>> 63;
        long dl = rl << 1;
        if (dh > PI66_HIGH || dh == PI66_HIGH && Long.compareUnsigned(dl, PI66_LOW) > 0) {
            long low = PI66_LOW - rl;
            rh = PI66_HIGH - rh - (Long.compareUnsigned(PI66_LOW, rl) < 0 ? 1 : 0);
            rl = low;
            q++;
            x.neg = !negative;
        }
        x.exp = -65 + 127;
        x.hi = rh;
        x.lo = rl;
        if ((rh | rl) != 0) {
            int n = rh != 0 ? Long.numberOfLeadingZeros(rh) : 64 + Long.numberOfLeadingZeros(rl);
            x.exp -= n;
            if (n >= 64) {
                x.hi = rl << n - 64;
                x.lo = 0;
            } else if (n > 0) {
                x.hi = rh << n | rl >>> 64 - n;
                x.lo = rl << n;
            }
        }
        return (negative ? -q : q) & 3;
    }

    /** Sine and cosine of {@link #x}, which is at most pi/4, to {@link #sine} and {@link #cosine}. */
    void sineAndCosine() {
        z.mul(x, x);
        s.one();
        t.one();
        for (int k = SIN_TERMS; k > 0; k--) {
            alternate(s, 2 * k * (2 * k + 1));
            alternate(t, 2 * k * (2 * k - 1));
        }
        sine.mul(s, x);
        cosine.set(t);
    }

    /** p = 1 - z p / n. */
    private void alternate(Wide p, int n) {
        cosine.mul(p, z);
        cosine.div(n);
        cosine.neg = !cosine.neg;
        p.add(one, cosine);
    }

    /** x = 2^x - 1, for x from -1 to 1. */
    void exponential() {
        t.mul(x, LN2);
        s.one();
        for (int k = EXP_TERMS; k > 1; k--) {
            z.mul(s, t);
            z.div(k);
            s.add(one, z);
        }
        x.mul(s, t);
    }

    /** x = log2(x), for x above 0. */
    void logarithm() {
        int n = x.exp;
        x.exp = 0;
        if (Long.compareUnsigned(x.hi, SQRT2) > 0) {
            x.exp = -1;
            n++;
        }
        t.add(x, one);
        one.neg = true;
        s.add(x, one);
        one.neg = false;
        if (s.hi == 0) {
            x.set(Math.abs(n));
            x.neg = n < 0;
            return;
        }
        fromRatio();
        if (n != 0) {
            y.set(Math.abs(n));
            y.neg = n < 0;
            t.set(x);
            x.add(t, y);
        }
    }

    /** x = log2(1 + x), for x above -1 and not 0. */
    void logarithmPlusOne() {
        if (x.exp >= -1) {
            t.set(x);
            x.add(t, one);
            logarithm();
            return;
        }
        s.set(x);
        t.set(1);
        t.exp = 1;
        z.add(t, x);
        t.set(z);
        fromRatio();
    }

    /** x = log2((1 + r) / (1 - r)) for r = s / t: twice the series of the inverse hyperbolic tangent. */
    private void fromRatio() {
        y.div(s, t);
        z.mul(y, y);
        s.one();
        s.div(2 * LOG_TERMS + 1);
        for (int k = LOG_TERMS - 1; k >= 0; k--) {
            t.mul(s, z);
            x.one();
            if (k > 0) {
                x.div(2 * k + 1);
            }
            s.add(x, t);
        }
        t.mul(s, y);
        x.mul(t, TWO_LOG2E);
    }

    /** x = atan2(|y|, |x|) with the sign of x respected: from 0 to pi. Neither is zero. */
    void arcTangent() {
        boolean left = x.neg;
        x.neg = false;
        y.neg = false;
        boolean steep = y.exp != x.exp ? y.exp > x.exp : Long.compareUnsigned(y.hi, x.hi) > 0;
        if (steep) {
            z.div(x, y);
        } else {
            z.div(y, x);
        }
        int n = z.exp < -5 ? 0 : (int) ((z.hi >>> 63 - 5 - z.exp) + 1 >> 1);
        if (n > 0) {
            // (z - c) / (1 + z c) for c = n / 16
            s.set(n);
            s.exp -= 4;
            t.mul(z, s);
            y.add(one, t);
            s.neg = true;
            t.add(z, s);
            s.neg = false;
            z.div(t, y);
        }
        sine.set(z);
        if (sine.hi != 0) {
            atanSeries(sine);
        }
        x.add(sine, ATAN[n]);
        if (steep) {
            // pi/2 - a on the right, pi/2 + a on the left
            x.neg = !left;
            t.set(x);
            x.add(HALF_PI, t);
        } else if (left) {
            x.neg = true;
            t.set(x);
            x.add(PI, t);
        }
    }

    /** a = atan(a), for small a. */
    private void atanSeries(Wide a) {
        z.mul(a, a);
        s.one();
        s.div(2 * ATAN_TERMS + 1);
        for (int k = ATAN_TERMS - 1; k >= 0; k--) {
            t.mul(s, z);
            t.neg = !t.neg;
            cosine.one();
            if (k > 0) {
                cosine.div(2 * k + 1);
            }
            s.add(cosine, t);
        }
        t.mul(a, s);
        a.set(t);
    }

    /** x = n/4 pi. */
    void quarterPi(int n) {
        t.set(n);
        t.exp -= 2;
        x.mul(t, PI);
    }
}
