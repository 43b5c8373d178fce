package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;

/** Shifts and rotates with their flags. Counts come masked to 5 bits (6 for 64-bit operands). */
public final class Shift {
    private Shift() {
    }

    /** Any of the group by its number in ModRM.reg; {@code bits} is 8, 16, 32 or 64, {@code v} zero-extended. */
    public static long apply(Cpu c, int kind, int bits, long v, int n) {
        if (n == 0) {
            return v;
        }
        return switch (kind) {
            case 0 -> rol(c, bits, v, n);
            case 1 -> ror(c, bits, v, n);
            case 2 -> rcl(c, bits, v, n);
            case 3 -> rcr(c, bits, v, n);
            case 5 -> shr(c, bits, v, n);
            case 7 -> sar(c, bits, v, n);
            default -> shl(c, bits, v, n);
        };
    }

    static long mask(int bits) {
        return bits == 64 ? -1 : (1L << bits) - 1;
    }

    private static void flags(Cpu c, int bits, long result, long cf, long of) {
        int up = 64 - bits;
        c.flagResult = result << up >> up;
        c.flagCarry = cf << 63 | (cf ^ of) << 62;
    }

    /** Changes CF and OF only. */
    private static void carryAndOverflow(Cpu c, long cf, long of) {
        c.flagCarry = c.flagCarry & ~(3L << 62) | cf << 63 | (cf ^ of) << 62;
    }

    public static long shl(Cpu c, int bits, long v, int n) {
        long s = v << n & mask(bits);
        long cf = n <= bits ? v >>> bits - n & 1 : 0;
        flags(c, bits, s, cf, s >>> bits - 1 ^ cf);
        return s;
    }

    public static long shr(Cpu c, int bits, long v, int n) {
        long s = v >>> n;
        flags(c, bits, s, v >>> n - 1 & 1, n == 1 ? v >>> bits - 1 : 0);
        return s;
    }

    public static long sar(Cpu c, int bits, long v, int n) {
        int up = 64 - bits;
        long x = v << up >> up;
        long s = x >> n;
        flags(c, bits, s, x >> n - 1 & 1, 0);
        return s & mask(bits);
    }

    static long rol(Cpu c, int bits, long v, int n) {
        int k = n & bits - 1;
        long s = k == 0 ? v : (v << k | v >>> bits - k) & mask(bits);
        long cf = s & 1;
        carryAndOverflow(c, cf, s >>> bits - 1 ^ cf);
        return s;
    }

    static long ror(Cpu c, int bits, long v, int n) {
        int k = n & bits - 1;
        long s = k == 0 ? v : (v >>> k | v << bits - k) & mask(bits);
        long top = s >>> bits - 1;
        carryAndOverflow(c, top, top ^ s >>> bits - 2 & 1);
        return s;
    }

    static long rcl(Cpu c, int bits, long v, int n) {
        long cf = c.flagCarry >>> 63;
        int k = bits >= 32 ? n : n % (bits + 1);
        for (int i = 0; i < k; i++) {
            long out = v >>> bits - 1;
            v = (v << 1 | cf) & mask(bits);
            cf = out;
        }
        carryAndOverflow(c, cf, v >>> bits - 1 ^ cf);
        return v;
    }

    static long rcr(Cpu c, int bits, long v, int n) {
        long cf = c.flagCarry >>> 63;
        int k = bits >= 32 ? n : n % (bits + 1);
        for (int i = 0; i < k; i++) {
            long out = v & 1;
            v = v >>> 1 | cf << bits - 1;
            cf = out;
        }
        carryAndOverflow(c, cf, (v >>> bits - 1 ^ v >>> bits - 2) & 1);
        return v;
    }

    /** SHLD: {@code n} is not 0; for 16 bits, counts above 16 take from the destination again, as processors do. */
    static long shld(Cpu c, int bits, long v, long from, int n) {
        long s;
        long cf;
        if (n <= bits) {
            s = (v << n | (n == 0 ? 0 : from >>> bits - n)) & mask(bits);
            if (n == 64) {
                s = from;
            }
            cf = v >>> bits - n & 1;
        } else {
            int k = n - bits;
            s = (from << k | v >>> bits - k) & mask(bits);
            cf = from >>> bits - k & 1;
        }
        flags(c, bits, s, cf, (s ^ v) >>> bits - 1 & 1);
        return s;
    }

    /** SHRD: as {@link #shld}. */
    static long shrd(Cpu c, int bits, long v, long from, int n) {
        long s;
        long cf;
        if (n <= bits) {
            s = (v >>> n | from << bits - n) & mask(bits);
            cf = v >>> n - 1 & 1;
        } else {
            int k = n - bits;
            s = (from >>> k | v << bits - k) & mask(bits);
            cf = from >>> k - 1 & 1;
        }
        flags(c, bits, s, cf, (s ^ v) >>> bits - 1 & 1);
        return s;
    }
}
