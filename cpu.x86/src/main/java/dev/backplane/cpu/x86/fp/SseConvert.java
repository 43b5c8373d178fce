package dev.backplane.cpu.x86.fp;

import static dev.backplane.cpu.x86.fp.FpEnv.IE;
import static dev.backplane.cpu.x86.fp.FpEnv.PE;

/** Conversions of SSE among integers, single and double precision (Intel SDM Vol. 1, 4.8.4 and appendix E). */
public final class SseConvert {
    private static final double TWO63 = 0x1p63;
    private static final int SINGLE_HIGH = 0x47D;
    private static final int SINGLE_LOW = 0x382;

    private SseConvert() {
    }

    /** CVTSI2SD of 32 bits, CVTDQ2PD, CVTPI2PD: always exact. */
    public static long doubleOf(int v) {
        return Double.doubleToRawLongBits(v);
    }

    /** CVTSI2SD of 64 bits. */
    public static long doubleOf(long v, FpEnv e) {
        if (e.fast) {
            double d = v;
            if ((e.sticky & PE) == 0 && (d == TWO63 || (long) d != v)) {
                e.flags |= PE;
            }
            return Double.doubleToRawLongBits(d);
        }
        integer(v, e);
        if (e.r.cls != Unpacked.ZERO) {
            SoftFloat.round(e, 53, -1022, 1023);
        }
        return e.r.to64();
    }

    /** CVTSI2SS of 64 and 32 bits, CVTDQ2PS, CVTPI2PS. */
    public static int singleOf(long v, FpEnv e) {
        if (e.fast) {
            float f = v;
            if ((e.sticky & PE) == 0 && (f == (float) TWO63 || (long) f != v)) {
                e.flags |= PE;
            }
            return Float.floatToRawIntBits(f);
        }
        integer(v, e);
        if (e.r.cls != Unpacked.ZERO) {
            SoftFloat.round(e, 24, -126, 127);
        }
        return e.r.to32();
    }

    /** CVTSD2SS. */
    public static int singleOf64(long a, FpEnv e) {
        if (e.fast) {
            int x = (int) (a >>> 52) & 0x7FF;
            if (x < SINGLE_HIGH && x > SINGLE_LOW) {
                double d = Double.longBitsToDouble(a);
                float f = (float) d;
                if ((e.sticky & PE) == 0 && f != d) {
                    e.flags |= PE;
                }
                return Float.floatToRawIntBits(f);
            }
        }
        if (a << 1 == 0) {
            return (int) (a >>> 32);
        }
        e.a.from64(a, e.daz);
        if (!special(e)) {
            e.lo = 0;
            SoftFloat.round(e, 24, -126, 127);
        }
        return e.r.to32();
    }

    /** CVTSS2SD: always exact. */
    public static long doubleOf32(int a, FpEnv e) {
        int x = a >>> 23 & 0xFF;
        if (x != 0 && x != 0xFF || a << 1 == 0) {
            return Double.doubleToRawLongBits(Float.intBitsToFloat(a));
        }
        e.a.from32(a, e.daz);
        special(e);
        return e.r.to64();
    }

    /**
     * CVTSD2SI, CVTTSD2SI, CVTPD2DQ and their kin to 32 bits.
     *
     * @param rc rounding control, {@link FpEnv#CHOP} for the truncating forms
     */
    public static int int32Of64(long a, int rc, FpEnv e) {
        double r = integral(a, rc, e);
        int v = (int) r;
        if (v != r) {
            e.flags |= IE;
            return Integer.MIN_VALUE;
        }
        inexact(a, r, e);
        return v;
    }

    /** CVTSD2SI and CVTTSD2SI to 64 bits. */
    public static long int64Of64(long a, int rc, FpEnv e) {
        double r = integral(a, rc, e);
        if (!(r < TWO63 && r >= -TWO63)) {
            e.flags |= IE;
            return Long.MIN_VALUE;
        }
        inexact(a, r, e);
        return (long) r;
    }

    /** CVTSS2SI, CVTTSS2SI, CVTPS2DQ, CVTPS2PI and their kin to 32 bits. */
    public static int int32Of32(int a, int rc, FpEnv e) {
        return int32Of64(widened(a, e), rc, e);
    }

    /** CVTSS2SI and CVTTSS2SI to 64 bits. */
    public static long int64Of32(int a, int rc, FpEnv e) {
        return int64Of64(widened(a, e), rc, e);
    }

    private static long widened(int a, FpEnv e) {
        return e.daz && (a & 0x7F800000) == 0 ? 0 : Double.doubleToRawLongBits(Float.intBitsToFloat(a));
    }

    private static double integral(long a, int rc, FpEnv e) {
        double x = Double.longBitsToDouble(a);
        return switch (rc) {
            case FpEnv.NEAREST -> Math.rint(x);
            case FpEnv.DOWN -> e.daz && tiny(a) ? 0 : Math.floor(x);
            case FpEnv.UP -> e.daz && tiny(a) ? 0 : Math.ceil(x);
            default -> x < TWO63 && x >= -TWO63 ? (double) (long) x : x;
        };
    }

    private static boolean tiny(long a) {
        return (a & 0x7FFL << 52) == 0;
    }

    private static void inexact(long a, double r, FpEnv e) {
        if (Double.longBitsToDouble(a) != r && !(e.daz && tiny(a))) {
            e.flags |= PE;
        }
    }

    /** Sets {@code e.r} to an integer, not rounded yet. */
    static void integer(long v, FpEnv e) {
        Unpacked r = e.r;
        r.neg = v < 0;
        e.lo = 0;
        if (v == 0) {
            r.cls = Unpacked.ZERO;
            r.sig = 0;
            return;
        }
        long m = Math.abs(v);
        int n = Long.numberOfLeadingZeros(m);
        r.cls = Unpacked.FINITE;
        r.sig = m << n;
        r.exp = 63 - n;
    }

    /**
     * Copies {@code e.a} to {@code e.r} with the exceptions of its class.
     *
     * @return whether it needs no rounding
     */
    static boolean special(FpEnv e) {
        Unpacked a = e.a;
        if (a.cls >= Unpacked.QNAN) {
            if (a.cls != Unpacked.QNAN) {
                e.flags |= IE;
            }
            if (a.cls == Unpacked.UNSUPPORTED) {
                e.r.indefinite();
            } else {
                e.r.quiet(a);
            }
            return true;
        }
        if (a.denormal) {
            e.flags |= FpEnv.DE;
        }
        e.r.set(a);
        return a.cls != Unpacked.FINITE;
    }
}
