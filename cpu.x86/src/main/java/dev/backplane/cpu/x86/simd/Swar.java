package dev.backplane.cpu.x86.simd;

/**
 * Packed integers of one width in a 64-bit lane, computed all at once. {@code h} holds the top bit of every element
 * ({@link #B}, {@link #W}, {@link #D}); where a width is needed it is {@code n}, in bits.
 */
final class Swar {
    /** Top bits of bytes. */
    static final long B = 0x8080808080808080L;
    /** Top bits of words. */
    static final long W = 0x8000800080008000L;
    /** Top bits of doublewords. */
    static final long D = 0x8000000080000000L;

    private Swar() {
    }

    static long add(long a, long b, long h) {
        return (a & ~h) + (b & ~h) ^ (a ^ b) & h;
    }

    static long sub(long a, long b, long h) {
        return (a | h) - (b & ~h) ^ (a ^ ~b) & h;
    }

    /** Fills every element whose top bit is set in t; other bits of t are ignored. */
    static long spread(long t, long h, int n) {
        long top = t & h;
        return top | top - (top >>> n - 1);
    }

    static long equal(long a, long b, long h, int n) {
        long x = a ^ b;
        return spread(~((x & ~h) + ~h | x), h, n);
    }

    /** All ones where a is greater, unsigned. */
    static long aboveU(long a, long b, long h, int n) {
        return spread(borrow(b, a, h), h, n);
    }

    /** All ones where a is greater, signed. */
    static long aboveS(long a, long b, long h, int n) {
        return aboveU(a ^ h, b ^ h, h, n);
    }

    /** Top bits: a - b borrows. */
    private static long borrow(long a, long b, long h) {
        return ~a & b | ~(a ^ b) & sub(a, b, h);
    }

    static long select(long mask, long yes, long no) {
        return yes & mask | no & ~mask;
    }

    static long minU(long a, long b, long h, int n) {
        return select(aboveU(a, b, h, n), b, a);
    }

    static long maxU(long a, long b, long h, int n) {
        return select(aboveU(a, b, h, n), a, b);
    }

    static long minS(long a, long b, long h, int n) {
        return select(aboveS(a, b, h, n), b, a);
    }

    static long maxS(long a, long b, long h, int n) {
        return select(aboveS(a, b, h, n), a, b);
    }

    static long addSatU(long a, long b, long h, int n) {
        long s = add(a, b, h);
        return s | spread(a & b | (a | b) & ~s, h, n);
    }

    static long subSatU(long a, long b, long h, int n) {
        return sub(a, b, h) & ~spread(borrow(a, b, h), h, n);
    }

    static long addSatS(long a, long b, long h, int n) {
        long s = add(a, b, h);
        return select(spread(~(a ^ b) & (a ^ s), h, n), limit(a, h, n), s);
    }

    static long subSatS(long a, long b, long h, int n) {
        long s = sub(a, b, h);
        return select(spread((a ^ b) & (a ^ s), h, n), limit(a, h, n), s);
    }

    /** The most negative value where a is negative, the most positive elsewhere. */
    private static long limit(long a, long h, int n) {
        return ((a & h) >>> n - 1) + ~h;
    }

    /** Average, rounded up. */
    static long average(long a, long b, long h) {
        return (a | b) - ((a ^ b) >>> 1 & ~h);
    }

    static long absolute(long a, long h, int n) {
        long m = spread(a, h, n);
        return sub(a ^ m, m, h);
    }

    /** PSIGN: a, 0 or -a by the sign of b. */
    static long sign(long a, long b, long h, int n) {
        long m = spread(b, h, n);
        return sub(a ^ m, m, h) & ~equal(b, 0, h, n);
    }

    static long shiftLeft(long a, int count, long h, int n) {
        return count >= n ? 0 : a << count & ~((h >>> n - 1) * ((1L << count) - 1));
    }

    static long shiftRight(long a, int count, long h, int n) {
        return count >= n ? 0 : a >>> count & (h >>> n - 1) * ((1L << n - count) - 1);
    }

    static long shiftRightS(long a, int count, long h, int n) {
        int k = Math.min(count, n - 1);
        long m = spread(a, h, n);
        return shiftRight(a ^ m, k, h, n) ^ m;
    }
}
