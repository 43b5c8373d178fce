package dev.backplane.test.oracle;

import java.util.SplittableRandom;

/** Random values with a liking for the edges. */
final class Values {
    private static final long[] DOUBLES = {
        0L, 0x8000000000000000L, 0x3FF0000000000000L, 0xBFF0000000000000L, 0x7FF0000000000000L, 0xFFF0000000000000L,
        0x7FF8000000000000L, 0xFFF8000000000000L, 0x7FF0000000000001L, 0xFFF4000000000123L, 1L, 0x8000000000000001L,
        0x000FFFFFFFFFFFFFL, 0x0010000000000000L, 0x7FEFFFFFFFFFFFFFL, 0x3FE0000000000000L, 0x4330000000000000L,
        0x43E0000000000000L, 0xC3E0000000000000L, 0x41E0000000000000L, 0x41DFFFFFFFC00000L, 0xC1E0000000200000L,
        0x3FF8000000000000L, 0x36A0000000000000L, 0x380FFFFFE0000000L, 0x47EFFFFFE0000000L, 0x47EFFFFFF0000000L,
    };
    private static final int[] FLOATS = {
        0, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFA00123,
        1, 0x80000001, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0x3F000000, 0x4B000000, 0x5F000000, 0xDF000000, 0x4F000000,
        0xCF000000, 0x3FC00000, 0x4B7FFFFF,
    };
    private final SplittableRandom random;

    Values(SplittableRandom random) {
        this.random = random;
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    long integer() {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextInt(4) - 2;
            case 1 -> 1L << random.nextInt(64);
            case 2 -> (1L << random.nextInt(64)) - 1;
            case 3 -> -(1L << random.nextInt(64));
            case 4 -> random.nextInt(256) - 128;
            case 5 -> random.nextInt();
            default -> random.nextLong();
        };
    }

    long doubleBits() {
        return switch (random.nextInt(6)) {
            case 0, 1 -> DOUBLES[random.nextInt(DOUBLES.length)];
            case 2 -> random.nextLong();
            case 3 -> Double.doubleToRawLongBits(random.nextInt(2000) - 1000);
            case 4 -> random.nextLong() & 0x800FFFFFFFFFFFFFL | (1023L - 4 + random.nextInt(70)) << 52;
            default -> random.nextLong() & 0xFFFFFFFF00000000L;
        };
    }

    int floatBits() {
        return switch (random.nextInt(6)) {
            case 0, 1 -> FLOATS[random.nextInt(FLOATS.length)];
            case 2 -> random.nextInt();
            case 3 -> Float.floatToRawIntBits(random.nextInt(2000) - 1000);
            case 4 -> random.nextInt() & 0x807FFFFF | (127 - 4 + random.nextInt(40)) << 23;
            default -> random.nextInt() & 0xFFFF0000;
        };
    }

    /** 64 bits that may be two floats, a double, or integers. */
    long vectorHalf() {
        return switch (random.nextInt(5)) {
            case 0, 1 -> doubleBits();
            case 2, 3 -> floatBits() & 0xFFFFFFFFL | (long) floatBits() << 32;
            default -> integer();
        };
    }

    /** Sign and exponent of an 80-bit value that goes well with {@link #extendedMantissa}. */
    int extendedExponent() {
        int sign = random.nextInt(2) << 15;
        return sign | switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> 0x7FFF;
            case 2 -> random.nextInt(0x8000);
            case 3 -> 0x3FFF;
            case 4 -> 1 + random.nextInt(70);
            case 5 -> 0x7FFE - random.nextInt(70);
            default -> 0x3FFF - 20 + random.nextInt(90);
        };
    }

    long extendedMantissa(int exponent) {
        long m = switch (random.nextInt(5)) {
            case 0 -> 0x8000000000000000L;
            case 1 -> -1L;
            case 2 -> random.nextLong() & 0xFFFFFFFF00000000L;
            default -> random.nextLong();
        };
        return switch (exponent & 0x7FFF) {
            case 0 -> random.nextInt(3) == 0 ? 0 : m & Long.MAX_VALUE;
            default -> random.nextInt(64) == 0 ? m : m | 0x8000000000000000L;
        };
    }
}
