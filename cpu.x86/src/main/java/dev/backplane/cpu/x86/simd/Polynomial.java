package dev.backplane.cpu.x86.simd;

/** Arithmetic of binary polynomials: PCLMULQDQ and CRC32 (Intel SDM Vol. 2). */
public final class Polynomial {
    private static final long M0 = 0x1111111111111111L;
    private static final long M1 = M0 << 1;
    private static final long M2 = M0 << 2;
    private static final long M3 = M0 << 3;

    /** CRC32C (reflected 11EDC6F41) of a byte that is followed by n zero bytes, at [n * 256 + byte]. */
    private static final int[] CRC = new int[8 * 256];

    static {
        for (int i = 0; i < 256; i++) {
            int c = i;
            for (int k = 0; k < 8; k++) {
                c = c >>> 1 ^ ((c & 1) != 0 ? 0x82F63B78 : 0);
            }
            CRC[i] = c;
        }
        for (int i = 256; i < CRC.length; i++) {
            int c = CRC[i - 256];
            CRC[i] = c >>> 8 ^ CRC[c & 0xFF];
        }
    }

    private Polynomial() {
    }

    /**
     * The low 64 bits of the carry-less product. Ordinary products of every fourth bit: sums of up to 15 stay in their
     * four bits, and 16 can only be reached at the top.
     */
    static long low(long x, long y) {
        long x0 = x & M0;
        long x1 = x & M1;
        long x2 = x & M2;
        long x3 = x & M3;
        long y0 = y & M0;
        long y1 = y & M1;
        long y2 = y & M2;
        long y3 = y & M3;
        return (x0 * y0 ^ x1 * y3 ^ x2 * y2 ^ x3 * y1) & M0 | (x0 * y1 ^ x1 * y0 ^ x2 * y3 ^ x3 * y2) & M1
            | (x0 * y2 ^ x1 * y1 ^ x2 * y0 ^ x3 * y3) & M2 | (x0 * y3 ^ x1 * y2 ^ x2 * y1 ^ x3 * y0) & M3;
    }

    /** The high 64 bits of the carry-less product: the low ones of the mirrored factors. */
    static long high(long x, long y) {
        return Long.reverse(low(Long.reverse(x), Long.reverse(y))) >>> 1;
    }

    /**
     * The CRC32 instruction.
     *
     * @param crc  the accumulator
     * @param v    the operand, its first byte lowest
     * @param size of the operand in bytes: 1, 2, 4 or 8
     */
    public static int crc32(int crc, long v, int size) {
        return switch (size) {
            case 8 -> {
                long x = v ^ crc & 0xFFFFFFFFL;
                int lo = (int) x;
                int hi = (int) (x >>> 32);
                yield CRC[0x700 + (lo & 0xFF)] ^ CRC[0x600 + (lo >>> 8 & 0xFF)] ^ CRC[0x500 + (lo >>> 16 & 0xFF)]
                    ^ CRC[0x400 + (lo >>> 24)] ^ CRC[0x300 + (hi & 0xFF)] ^ CRC[0x200 + (hi >>> 8 & 0xFF)]
                    ^ CRC[0x100 + (hi >>> 16 & 0xFF)] ^ CRC[hi >>> 24];
            }
            case 4 -> {
                int x = crc ^ (int) v;
                yield CRC[0x300 + (x & 0xFF)] ^ CRC[0x200 + (x >>> 8 & 0xFF)] ^ CRC[0x100 + (x >>> 16 & 0xFF)]
                    ^ CRC[x >>> 24];
            }
            case 2 -> crc >>> 16 ^ CRC[0x100 + ((crc ^ (int) v) & 0xFF)] ^ CRC[(crc ^ (int) v) >>> 8 & 0xFF];
            default -> crc >>> 8 ^ CRC[(crc ^ (int) v) & 0xFF];
        };
    }
}
