package dev.backplane.cpu.x86.fp;

/** Conversions between half and single precision (Intel SDM Vol. 1, 14.4: F16C). */
public final class SseHalf {
    private SseHalf() {
    }

    /** VCVTPH2PS: exact; denormals are neither flushed nor reported. */
    public static int singleOf16(int v, FpEnv e) {
        int sign = (v & 0x8000) << 16;
        int exponent = v >> 10 & 31;
        int fraction = v & 0x3FF;
        if (exponent == 31) {
            if (fraction != 0 && (fraction & 0x200) == 0) {
                e.flags |= FpEnv.IE;
            }
            return sign | 0x7F800000 | fraction << 13 | (fraction != 0 ? 0x400000 : 0);
        }
        if (exponent != 0) {
            return sign | exponent + 112 << 23 | fraction << 13;
        }
        // Scaling by a power of two is exact.
        return sign | Float.floatToRawIntBits(fraction * 0x1p-24f);
    }

    /**
     * VCVTPS2PH, 16 bits; MXCSR.FTZ is ignored.
     *
     * @param rc rounding control, 0 to 3
     */
    public static int halfOf32(int a, int rc, FpEnv e) {
        e.a.from32(a, e.daz);
        if (!SseConvert.special(e)) {
            int oldRc = e.rc;
            boolean oldFtz = e.ftz;
            e.rc = rc;
            e.ftz = false;
            e.lo = 0;
            SoftFloat.round(e, 11, -14, 15);
            e.rc = oldRc;
            e.ftz = oldFtz;
        }
        return e.r.to16();
    }
}
