package dev.backplane.cpu.x86.simd;

/** Packed multiplications, on 64-bit lanes. */
final class Multiply {
    private static final long LOW = 0xFFFFL;
    private static final long EVEN = 0x0000FFFF0000FFFFL;

    private Multiply() {
    }

    static long lowWords(long a, long b) {
        return a * b & LOW | ((a >>> 16) * (b >>> 16) & LOW) << 16
            | ((a >>> 32) * (b >>> 32) & LOW) << 32 | (a >>> 48) * (b >>> 48) << 48;
    }

    private static long product(long a, long b, int at) {
        return (short) (a >> at) * (short) (b >> at);
    }

    static long highWords(long a, long b) {
        return product(a, b, 0) >>> 16 & LOW | (product(a, b, 16) >>> 16 & LOW) << 16
            | (product(a, b, 32) >>> 16 & LOW) << 32 | product(a, b, 48) >>> 16 << 48;
    }

    private static long productU(long a, long b, int at) {
        return (a >>> at & LOW) * (b >>> at & LOW);
    }

    static long highWordsU(long a, long b) {
        return productU(a, b, 0) >>> 16 | productU(a, b, 16) & ~LOW & 0xFFFFFFFFL
            | (productU(a, b, 32) >>> 16) << 32 | productU(a, b, 48) >>> 16 << 48;
    }

    /** PMADDWD. */
    static long addWords(long a, long b) {
        long lo = product(a, b, 0) + product(a, b, 16);
        long hi = product(a, b, 32) + product(a, b, 48);
        return lo & 0xFFFFFFFFL | hi << 32;
    }

    /** PMULHRSW. */
    static long roundedWords(long a, long b) {
        return rounded(a, b, 0) | rounded(a, b, 16) << 16 | rounded(a, b, 32) << 32 | rounded(a, b, 48) << 48;
    }

    private static long rounded(long a, long b, int at) {
        return (product(a, b, at) >> 14) + 1 >> 1 & LOW;
    }

    /** PMADDUBSW: unsigned bytes of a by signed bytes of b. */
    static long addBytes(long a, long b) {
        return pair(a, b, 0) | pair(a, b, 16) << 16 | pair(a, b, 32) << 32 | pair(a, b, 48) << 48;
    }

    private static long pair(long a, long b, int at) {
        int s = (int) (a >>> at & 0xFF) * (byte) (b >> at) + (int) (a >>> at + 8 & 0xFF) * (byte) (b >> at + 8);
        return Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, s)) & LOW;
    }

    static long lowDoublewords(long a, long b) {
        return a * b & 0xFFFFFFFFL | (a >>> 32) * (b >>> 32) << 32;
    }

    static long evenU(long a, long b) {
        return (a & 0xFFFFFFFFL) * (b & 0xFFFFFFFFL);
    }

    static long evenS(long a, long b) {
        return (long) (int) a * (int) b;
    }

    /** PSADBW: the sum of the absolute differences of eight bytes. */
    static long sumOfDifferences(long a, long b) {
        long d = Swar.subSatU(a, b, Swar.B, 8) | Swar.subSatU(b, a, Swar.B, 8);
        long w = (d & 0x00FF00FF00FF00FFL) + (d >>> 8 & 0x00FF00FF00FF00FFL);
        long q = (w & EVEN) + (w >>> 16 & EVEN);
        return q + (q >>> 32) & LOW;
    }
}
