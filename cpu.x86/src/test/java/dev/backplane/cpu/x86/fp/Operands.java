package dev.backplane.cpu.x86.fp;

import java.util.SplittableRandom;

/** Random operands in which the hard cases are frequent. */
public final class Operands {
    private final SplittableRandom random;

    /** A repeatable sequence. */
    public Operands(long seed) {
        random = new SplittableRandom(seed);
    }

    /** Any value. */
    public long any() {
        return random.nextLong();
    }

    /** From 0 to bound - 1. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** A fraction of {@code bits} bits: random, or with long runs of equal bits. */
    private long fraction(int bits) {
        long f = switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> -1L;
            case 2 -> 1L << random.nextInt(64);
            case 3 -> -1L << random.nextInt(64);
            case 4 -> random.nextLong() << random.nextInt(64);
            case 5 -> 1L << random.nextInt(64) | 1L << random.nextInt(64);
            default -> random.nextLong();
        };
        return bits == 64 ? f : f & (1L << bits) - 1;
    }

    private int exponent(int bias) {
        int max = 2 * bias + 1;
        int e = switch (random.nextInt(10)) {
            case 0 -> random.nextInt(4);
            case 1 -> max - random.nextInt(4);
            case 2 -> random.nextInt(70);
            case 3 -> max - random.nextInt(70);
            case 4, 5, 6, 7 -> bias + random.nextInt(-70, 71);
            default -> random.nextInt(max + 1);
        };
        return Math.min(Math.max(e, 0), max);
    }

    /** A double. */
    public long f64() {
        return random.nextLong() & 1L << 63 | (long) exponent(1023) << 52 | fraction(52);
    }

    /** A single. */
    public int f32() {
        return random.nextInt() & 1 << 31 | exponent(127) << 23 | (int) fraction(23);
    }

    /** Exponent and sign of an extended number. */
    public int se() {
        return random.nextInt() & 0x8000 | exponent(16383);
    }

    /** Significand of an extended number; with the right leading bit most of the time. */
    public long significand(int se) {
        long f = fraction(64);
        if (random.nextInt(16) == 0) {
            return f;
        }
        return (se & 0x7FFF) == 0 ? f & Long.MAX_VALUE : f | 1L << 63;
    }

    /** An integer with edges. */
    public long integer() {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextInt(-3, 4);
            case 1 -> (1L << random.nextInt(64)) + random.nextInt(-2, 3);
            case 2 -> random.nextInt();
            default -> random.nextLong() >> random.nextInt(64);
        };
    }
}
