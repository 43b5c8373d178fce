package dev.backplane.cpu.x86;

/** General registers by size, for the generic forms of instructions; the hot ones have classes of their own. */
public final class Registers {
    private Registers() {
    }

    /** Reads a register, zero-extended; byte registers 4 to 7 are AH to BH if {@code legacyBytes}. */
    public static long get(Cpu c, int n, int size, boolean legacyBytes) {
        return switch (size) {
            case 1 -> legacyBytes && n >= 4 && n < 8 ? c.r[n - 4] >>> 8 & 0xFF : c.r[n] & 0xFF;
            case 2 -> c.r[n] & 0xFFFF;
            case 4 -> c.r[n] & 0xFFFFFFFFL;
            default -> c.r[n];
        };
    }

    /** Writes a register: 32 bits clear the upper half, 8 and 16 bits leave the rest. */
    public static void set(Cpu c, int n, int size, boolean legacyBytes, long v) {
        long[] r = c.r;
        switch (size) {
            case 1 -> {
                if (legacyBytes && n >= 4 && n < 8) {
                    r[n - 4] = r[n - 4] & ~0xFF00L | (v & 0xFF) << 8;
                } else {
                    r[n] = r[n] & ~0xFFL | v & 0xFF;
                }
            }
            case 2 -> r[n] = r[n] & ~0xFFFFL | v & 0xFFFF;
            case 4 -> r[n] = v & 0xFFFFFFFFL;
            default -> r[n] = v;
        }
    }

    /** As {@link #set} for 2, 4 and 8 bytes. */
    public static void set(Cpu c, int n, int size, long v) {
        set(c, n, size, false, v);
    }

    /** Sign-extends the low {@code size} bytes. */
    public static long signExtend(long v, int size) {
        int shift = 64 - 8 * size;
        return v << shift >> shift;
    }

    /** The low {@code size} bytes. */
    public static long zeroExtend(long v, int size) {
        return size == 8 ? v : v & (1L << 8 * size) - 1;
    }
}
