package dev.backplane.test.oracle;

/**
 * Compares FXSAVE images. Not compared: FOP, FIP and FDP, which processors of one vendor keep only with a pending
 * exception.
 */
final class FxCompare {
    private FxCompare() {
    }

    static void compare(TestCase c, byte[] host, byte[] guest, StringBuilder text) {
        field("fcw", 0, 2, 0xFFFF, c, host, guest, text);
        field("fsw", 2, 2, c.definedFsw, c, host, guest, text);
        field("ftw", 4, 1, 0xFF, c, host, guest, text);
        field("mxcsr", 24, 4, 0xFFFF, c, host, guest, text);
        for (int i = 0; i < 8; i++) {
            extended(i, c, host, guest, text);
        }
        for (int i = 0; i < 16; i++) {
            for (int half = 0; half < 2; half++) {
                int at = 160 + 16 * i + 8 * half;
                long h = number(host, at, 8);
                long g = number(guest, at, 8);
                if (h != g) {
                    text.append(" xmm%d[%d] %016x->%016x, guest %016x;".formatted(i, half, number(c.fx, at, 8), h, g));
                }
            }
        }
    }

    /** Compares bits 255:128 of the YMM registers. */
    static void compareUpper(TestCase c, byte[] host, byte[] guest, StringBuilder text) {
        for (int i = 0; i < 32; i++) {
            long h = number(host, 8 * i, 8);
            long g = number(guest, 8 * i, 8);
            if (h != g) {
                text.append(" ymm%d[%d] %016x->%016x, guest %016x;".formatted(i / 2, 2 + i % 2,
                    number(c.ymm, 8 * i, 8), h, g));
            }
        }
    }

    private static void field(String name, int at, int size, int mask, TestCase c, byte[] host, byte[] guest,
            StringBuilder text) {
        long h = number(host, at, size) & mask;
        long g = number(guest, at, size) & mask;
        if (h != g) {
            text.append(" %s %x->%x, guest %x;".formatted(name, number(c.fx, at, size), h, g));
        }
    }

    private static void extended(int i, TestCase c, byte[] host, byte[] guest, StringBuilder text) {
        int at = 32 + 16 * i;
        long hm = number(host, at, 8);
        long gm = number(guest, at, 8);
        long he = number(host, at + 8, 2);
        long ge = number(guest, at + 8, 2);
        if (hm == gm && he == ge) {
            return;
        }
        // A last-place difference may carry into the exponent: then the mantissas are far apart but the values adjacent.
        boolean near = he == ge && Math.abs(hm - gm) <= c.x87Ulps
            || c.x87Ulps > 0 && Math.abs(he - ge) == 1 && Math.abs((hm << 1) - (gm << 1)) <= 2L * c.x87Ulps + 2;
        if (!near) {
            text.append(" st%d %04x.%016x->%04x.%016x, guest %04x.%016x;".formatted(i, number(c.fx, at + 8, 2),
                number(c.fx, at, 8), he, hm, ge, gm));
        }
    }

    static long number(byte[] image, int at, int size) {
        long v = 0;
        for (int i = size - 1; i >= 0; i--) {
            v = v << 8 | image[at + i] & 0xFF;
        }
        return v;
    }
}
