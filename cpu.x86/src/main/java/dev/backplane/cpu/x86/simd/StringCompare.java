package dev.backplane.cpu.x86.simd;

/**
 * PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM (Intel SDM Vol. 1, 10.5 / Vol. 2, 4.1). The first operand is (al,
 * ah), the second (bl, bh).
 */
final class StringCompare {
    private StringCompare() {
    }

    /** How many elements an operand has. */
    static int elements(int imm) {
        return (imm & 1) != 0 ? 8 : 16;
    }

    /** Length of an operand that ends at its first zero element. */
    static int implicitLength(long lo, long hi, int imm) {
        long h = (imm & 1) != 0 ? Swar.W : Swar.B;
        int n = (imm & 1) != 0 ? 16 : 8;
        long z = Swar.equal(lo, 0, h, n);
        if (z != 0) {
            return Long.numberOfTrailingZeros(z) / n;
        }
        z = Swar.equal(hi, 0, h, n);
        return z != 0 ? (64 + Long.numberOfTrailingZeros(z)) / n : 128 / n;
    }

    /** Length of an operand as EAX, RAX, EDX or RDX says. */
    static int explicitLength(long register, int imm) {
        long n = Math.abs(register);
        int max = elements(imm);
        return n < 0 || n > max ? max : (int) n;
    }

    /** The result bits (IntRes2). */
    static int compare(long al, long ah, int la, long bl, long bh, int lb, int imm) {
        int n = elements(imm);
        int bits = switch (imm >> 2 & 3) {
            case 0 -> any(al, ah, la, bl, bh, lb, imm);
            case 1 -> ranges(al, ah, la, bl, bh, lb, imm);
            case 2 -> each(al, ah, la, bl, bh, lb, imm);
            default -> ordered(al, ah, la, bl, bh, lb, imm);
        };
        int all = (1 << n) - 1;
        return switch (imm >> 4 & 3) {
            case 1 -> bits ^ all;
            case 3 -> bits ^ (1 << lb) - 1;
            default -> bits;
        };
    }

    private static int element(long lo, long hi, int k, int imm) {
        return switch (imm & 3) {
            case 0 -> (int) ((k < 8 ? lo : hi) >>> (k << 3)) & 0xFF;
            case 1 -> (int) ((k < 4 ? lo : hi) >>> (k << 4)) & 0xFFFF;
            case 2 -> (byte) ((k < 8 ? lo : hi) >>> (k << 3));
            default -> (short) ((k < 4 ? lo : hi) >>> (k << 4));
        };
    }

    private static int any(long al, long ah, int la, long bl, long bh, int lb, int imm) {
        int bits = 0;
        for (int j = 0; j < lb; j++) {
            int b = element(bl, bh, j, imm);
            for (int i = 0; i < la; i++) {
                if (element(al, ah, i, imm) == b) {
                    bits |= 1 << j;
                    break;
                }
            }
        }
        return bits;
    }

    private static int ranges(long al, long ah, int la, long bl, long bh, int lb, int imm) {
        int bits = 0;
        for (int j = 0; j < lb; j++) {
            int b = element(bl, bh, j, imm);
            for (int i = 0; i + 1 < la; i += 2) {
                if (element(al, ah, i, imm) <= b && b <= element(al, ah, i + 1, imm)) {
                    bits |= 1 << j;
                    break;
                }
            }
        }
        return bits;
    }

    private static int each(long al, long ah, int la, long bl, long bh, int lb, int imm) {
        int bits = 0;
        for (int i = 0; i < elements(imm); i++) {
            boolean equal = i < la && i < lb
                ? element(al, ah, i, imm) == element(bl, bh, i, imm)
                : i >= la && i >= lb;
            if (equal) {
                bits |= 1 << i;
            }
        }
        return bits;
    }

    private static int ordered(long al, long ah, int la, long bl, long bh, int lb, int imm) {
        int n = elements(imm);
        int bits = 0;
        for (int j = 0; j < n; j++) {
            boolean all = true;
            for (int i = 0; i < la && i + j < n && all; i++) {
                all = i + j < lb && element(al, ah, i, imm) == element(bl, bh, i + j, imm);
            }
            if (all) {
                bits |= 1 << j;
            }
        }
        return bits;
    }

    /** The index that ECX gets. */
    static int index(int bits, int imm) {
        if (bits == 0) {
            return elements(imm);
        }
        return (imm & 0x40) != 0 ? 31 - Integer.numberOfLeadingZeros(bits) : Integer.numberOfTrailingZeros(bits);
    }

    /** One half of the mask that XMM0 gets. */
    static long mask(int bits, int imm, int half) {
        if ((imm & 0x40) == 0) {
            return half == 0 ? bits : 0;
        }
        int n = elements(imm) / 2;
        int width = 64 / n;
        long unit = -1L >>> 64 - width;
        long r = 0;
        for (int i = 0; i < n; i++) {
            if ((bits >> half * n + i & 1) != 0) {
                r |= unit << i * width;
            }
        }
        return r;
    }

    /** The arithmetic flags of EFLAGS. */
    static int flags(int bits, int la, int lb, int imm) {
        int n = elements(imm);
        return (bits != 0 ? 1 : 0) | (lb < n ? 0x40 : 0) | (la < n ? 0x80 : 0) | (bits & 1) << 11;
    }
}
