package dev.backplane.cpu.x86.fp;

/** A floating-point number of any format, taken apart: (-1)^neg * sig * 2^(exp - 63). */
final class Unpacked {
    static final int ZERO = 0;
    /** Finite and not zero. */
    static final int FINITE = 1;
    static final int INF = 2;
    static final int QNAN = 3;
    static final int SNAN = 4;
    /** An encoding of the 80-bit format that no processor since the 80387 accepts. */
    static final int UNSUPPORTED = 5;

    static final long TOP = 1L << 63;
    static final long QUIET = 1L << 62;

    int cls;
    boolean neg;
    /** Exponent of the leading bit. */
    int exp;
    /**
     * Bit 63 is the leading bit; for a NaN bit 62 is the quiet bit. Results below the normal range lack the leading
     * bit.
     */
    long sig;
    boolean denormal;

    boolean isNan() {
        return cls == QNAN || cls == SNAN;
    }

    void zero(boolean negative) {
        cls = ZERO;
        neg = negative;
        sig = 0;
    }

    void infinity(boolean negative) {
        cls = INF;
        neg = negative;
        sig = TOP;
    }

    /** The default NaN ("real indefinite"): negative, quiet, no payload. */
    void indefinite() {
        cls = QNAN;
        neg = true;
        sig = TOP | QUIET;
    }

    void quiet(Unpacked nan) {
        cls = QNAN;
        neg = nan.neg;
        sig = nan.sig | TOP | QUIET;
    }

    void set(Unpacked o) {
        cls = o.cls;
        neg = o.neg;
        exp = o.exp;
        sig = o.sig;
        denormal = o.denormal;
    }

    void from32(int bits, boolean daz) {
        neg = bits < 0;
        int e = bits >>> 23 & 0xFF;
        long f = bits & 0x7FFFFF;
        denormal = false;
        if (e == 0) {
            small(f, -149, daz);
        } else if (e == 0xFF) {
            special(f << 40);
        } else {
            cls = FINITE;
            exp = e - 127;
            sig = f << 40 | TOP;
        }
    }

    void from64(long bits, boolean daz) {
        neg = bits < 0;
        int e = (int) (bits >>> 52) & 0x7FF;
        long f = bits & 0xFFFFFFFFFFFFFL;
        denormal = false;
        if (e == 0) {
            small(f, -1074, daz);
        } else if (e == 0x7FF) {
            special(f << 11);
        } else {
            cls = FINITE;
            exp = e - 1023;
            sig = f << 11 | TOP;
        }
    }

    void from80(int se, long m) {
        neg = (se & 0x8000) != 0;
        int e = se & 0x7FFF;
        denormal = false;
        if (e == 0) {
            small(m, -16445, false);
        } else if (m >= 0) {
            cls = UNSUPPORTED;
        } else if (e == 0x7FFF) {
            special(m & ~TOP);
        } else {
            cls = FINITE;
            exp = e - 16383;
            sig = m;
        }
    }

    private void small(long f, int unit, boolean daz) {
        if (f == 0 || daz) {
            cls = ZERO;
            sig = 0;
            return;
        }
        int n = Long.numberOfLeadingZeros(f);
        cls = FINITE;
        sig = f << n;
        exp = unit + 63 - n;
        denormal = true;
    }

    private void special(long payload) {
        sig = payload | TOP;
        if (payload == 0) {
            cls = INF;
        } else {
            cls = (payload & QUIET) != 0 ? QNAN : SNAN;
        }
    }

    int to16() {
        int s = neg ? 0x8000 : 0;
        return switch (cls) {
            case ZERO -> s;
            case INF -> s | 0x7C00;
            case FINITE -> s | (sig < 0 ? exp + 15 << 10 : 0) | (int) (sig >>> 53) & 0x3FF;
            default -> s | 0x7C00 | (int) (sig >>> 53) & 0x3FF;
        };
    }

    int to32() {
        int s = neg ? 0x80000000 : 0;
        return switch (cls) {
            case ZERO -> s;
            case INF -> s | 0x7F800000;
            case FINITE -> s | (sig < 0 ? exp + 127 << 23 : 0) | (int) (sig >>> 40) & 0x7FFFFF;
            default -> s | 0x7F800000 | (int) (sig >>> 40) & 0x7FFFFF;
        };
    }

    long to64() {
        long s = neg ? TOP : 0;
        return switch (cls) {
            case ZERO -> s;
            case INF -> s | 0x7FFL << 52;
            case FINITE -> s | (sig < 0 ? exp + 1023L << 52 : 0) | sig >>> 11 & 0xFFFFFFFFFFFFFL;
            default -> s | 0x7FFL << 52 | sig >>> 11 & 0xFFFFFFFFFFFFFL;
        };
    }

    /** Sign and exponent half of the 80-bit form; {@link #sig} is the other. */
    int se80() {
        int s = neg ? 0x8000 : 0;
        return switch (cls) {
            case ZERO -> s;
            case FINITE -> s | (sig < 0 ? exp + 16383 & 0x7FFF : 0);
            default -> s | 0x7FFF;
        };
    }
}
