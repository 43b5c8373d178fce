package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;

/**
 * Addition, subtraction and logic with their flags (Intel SDM vol. 1, appendix A). The carry vector is put into the
 * form of {@link dev.backplane.cpu.x86.Flags}: top bits up, bit 3 in place.
 */
public final class Alu {
    private static final long TOP = 1L << 63;

    private Alu() {
    }

    public static int add8(Cpu c, int a, int b) {
        int s = a + b;
        int v = a & b | (a | b) & ~s;
        c.flagResult = (byte) (s);
        c.flagCarry = (long) v << 56 | v & 8;
        return s;
    }

    public static int adc8(Cpu c, int a, int b) {
        int s = a + b + (int) (c.flagCarry >>> 63);
        int v = a & b | (a | b) & ~s;
        c.flagResult = (byte) (s);
        c.flagCarry = (long) v << 56 | v & 8;
        return s;
    }

    public static int sub8(Cpu c, int a, int b) {
        int s = a - b;
        int v = ~a & b | (~a | b) & s;
        c.flagResult = (byte) (s);
        c.flagCarry = (long) v << 56 | v & 8;
        return s;
    }

    public static int sbb8(Cpu c, int a, int b) {
        int s = a - b - (int) (c.flagCarry >>> 63);
        int v = ~a & b | (~a | b) & s;
        c.flagResult = (byte) (s);
        c.flagCarry = (long) v << 56 | v & 8;
        return s;
    }

    public static int and8(Cpu c, int a, int b) {
        int s = a & b;
        c.flagResult = (byte) s;
        c.flagCarry = 0;
        return s;
    }

    public static int or8(Cpu c, int a, int b) {
        int s = a | b;
        c.flagResult = (byte) s;
        c.flagCarry = 0;
        return s;
    }

    public static int xor8(Cpu c, int a, int b) {
        int s = a ^ b;
        c.flagResult = (byte) s;
        c.flagCarry = 0;
        return s;
    }

    public static int inc8(Cpu c, int a) {
        int s = a + 1;
        int v = a & ~s;
        c.flagResult = (byte) s;
        c.flagCarry = keepCarry(c.flagCarry, (long) v << 56 | v & 8);
        return s;
    }

    public static int dec8(Cpu c, int a) {
        int s = a - 1;
        int v = ~a & s;
        c.flagResult = (byte) s;
        c.flagCarry = keepCarry(c.flagCarry, (long) v << 56 | v & 8);
        return s;
    }

    public static int neg8(Cpu c, int a) {
        return sub8(c, 0, a);
    }

    public static int add16(Cpu c, int a, int b) {
        int s = a + b;
        int v = a & b | (a | b) & ~s;
        c.flagResult = (short) (s);
        c.flagCarry = (long) v << 48 | v & 8;
        return s;
    }

    public static int adc16(Cpu c, int a, int b) {
        int s = a + b + (int) (c.flagCarry >>> 63);
        int v = a & b | (a | b) & ~s;
        c.flagResult = (short) (s);
        c.flagCarry = (long) v << 48 | v & 8;
        return s;
    }

    public static int sub16(Cpu c, int a, int b) {
        int s = a - b;
        int v = ~a & b | (~a | b) & s;
        c.flagResult = (short) (s);
        c.flagCarry = (long) v << 48 | v & 8;
        return s;
    }

    public static int sbb16(Cpu c, int a, int b) {
        int s = a - b - (int) (c.flagCarry >>> 63);
        int v = ~a & b | (~a | b) & s;
        c.flagResult = (short) (s);
        c.flagCarry = (long) v << 48 | v & 8;
        return s;
    }

    public static int and16(Cpu c, int a, int b) {
        int s = a & b;
        c.flagResult = (short) s;
        c.flagCarry = 0;
        return s;
    }

    public static int or16(Cpu c, int a, int b) {
        int s = a | b;
        c.flagResult = (short) s;
        c.flagCarry = 0;
        return s;
    }

    public static int xor16(Cpu c, int a, int b) {
        int s = a ^ b;
        c.flagResult = (short) s;
        c.flagCarry = 0;
        return s;
    }

    public static int inc16(Cpu c, int a) {
        int s = a + 1;
        int v = a & ~s;
        c.flagResult = (short) s;
        c.flagCarry = keepCarry(c.flagCarry, (long) v << 48 | v & 8);
        return s;
    }

    public static int dec16(Cpu c, int a) {
        int s = a - 1;
        int v = ~a & s;
        c.flagResult = (short) s;
        c.flagCarry = keepCarry(c.flagCarry, (long) v << 48 | v & 8);
        return s;
    }

    public static int neg16(Cpu c, int a) {
        return sub16(c, 0, a);
    }

    public static int add32(Cpu c, int a, int b) {
        int s = a + b;
        int v = a & b | (a | b) & ~s;
        c.flagResult = s;
        c.flagCarry = (long) v << 32 | v & 8;
        return s;
    }

    public static int adc32(Cpu c, int a, int b) {
        int s = a + b + (int) (c.flagCarry >>> 63);
        int v = a & b | (a | b) & ~s;
        c.flagResult = s;
        c.flagCarry = (long) v << 32 | v & 8;
        return s;
    }

    public static int sub32(Cpu c, int a, int b) {
        int s = a - b;
        int v = ~a & b | (~a | b) & s;
        c.flagResult = s;
        c.flagCarry = (long) v << 32 | v & 8;
        return s;
    }

    public static int sbb32(Cpu c, int a, int b) {
        int s = a - b - (int) (c.flagCarry >>> 63);
        int v = ~a & b | (~a | b) & s;
        c.flagResult = s;
        c.flagCarry = (long) v << 32 | v & 8;
        return s;
    }

    public static int and32(Cpu c, int a, int b) {
        int s = a & b;
        c.flagResult = s;
        c.flagCarry = 0;
        return s;
    }

    public static int or32(Cpu c, int a, int b) {
        int s = a | b;
        c.flagResult = s;
        c.flagCarry = 0;
        return s;
    }

    public static int xor32(Cpu c, int a, int b) {
        int s = a ^ b;
        c.flagResult = s;
        c.flagCarry = 0;
        return s;
    }

    public static int inc32(Cpu c, int a) {
        int s = a + 1;
        int v = a & ~s;
        c.flagResult = s;
        c.flagCarry = keepCarry(c.flagCarry, (long) v << 32 | v & 8);
        return s;
    }

    public static int dec32(Cpu c, int a) {
        int s = a - 1;
        int v = ~a & s;
        c.flagResult = s;
        c.flagCarry = keepCarry(c.flagCarry, (long) v << 32 | v & 8);
        return s;
    }

    public static int neg32(Cpu c, int a) {
        return sub32(c, 0, a);
    }

    public static long add64(Cpu c, long a, long b) {
        long s = a + b;
        long v = a & b | (a | b) & ~s;
        c.flagResult = s;
        c.flagCarry = v & ~7L;
        return s;
    }

    public static long adc64(Cpu c, long a, long b) {
        long s = a + b + (int) (c.flagCarry >>> 63);
        long v = a & b | (a | b) & ~s;
        c.flagResult = s;
        c.flagCarry = v & ~7L;
        return s;
    }

    public static long sub64(Cpu c, long a, long b) {
        long s = a - b;
        long v = ~a & b | (~a | b) & s;
        c.flagResult = s;
        c.flagCarry = v & ~7L;
        return s;
    }

    public static long sbb64(Cpu c, long a, long b) {
        long s = a - b - (int) (c.flagCarry >>> 63);
        long v = ~a & b | (~a | b) & s;
        c.flagResult = s;
        c.flagCarry = v & ~7L;
        return s;
    }

    public static long and64(Cpu c, long a, long b) {
        long s = a & b;
        c.flagResult = s;
        c.flagCarry = 0;
        return s;
    }

    public static long or64(Cpu c, long a, long b) {
        long s = a | b;
        c.flagResult = s;
        c.flagCarry = 0;
        return s;
    }

    public static long xor64(Cpu c, long a, long b) {
        long s = a ^ b;
        c.flagResult = s;
        c.flagCarry = 0;
        return s;
    }

    public static long inc64(Cpu c, long a) {
        long s = a + 1;
        long v = a & ~s;
        c.flagResult = s;
        c.flagCarry = keepCarry(c.flagCarry, v & ~7L);
        return s;
    }

    public static long dec64(Cpu c, long a) {
        long s = a - 1;
        long v = ~a & s;
        c.flagResult = s;
        c.flagCarry = keepCarry(c.flagCarry, v & ~7L);
        return s;
    }

    public static long neg64(Cpu c, long a) {
        return sub64(c, 0, a);
    }

    /** A carry vector with the CF of an older one and its own OF. */
    private static long keepCarry(long old, long v) {
        long change = (v ^ old) & TOP;
        return v ^ (change | change >>> 1);
    }

    /** Any of the eight by the number in encodings (ADD, OR, ADC, SBB, AND, SUB, XOR, CMP) and size in bytes. */
    public static long binary(Cpu c, int op, int size, long a, long b) {
        return switch (size) {
            case 1 -> binary8(c, op, (int) a, (int) b);
            case 2 -> binary16(c, op, (int) a, (int) b);
            case 4 -> binary32(c, op, (int) a, (int) b);
            default -> binary64(c, op, a, b);
        };
    }

    private static int binary8(Cpu c, int op, int a, int b) {
        return switch (op) {
            case 0 -> add8(c, a, b);
            case 1 -> or8(c, a, b);
            case 2 -> adc8(c, a, b);
            case 3 -> sbb8(c, a, b);
            case 4 -> and8(c, a, b);
            case 5, 7 -> sub8(c, a, b);
            default -> xor8(c, a, b);
        };
    }

    private static int binary16(Cpu c, int op, int a, int b) {
        return switch (op) {
            case 0 -> add16(c, a, b);
            case 1 -> or16(c, a, b);
            case 2 -> adc16(c, a, b);
            case 3 -> sbb16(c, a, b);
            case 4 -> and16(c, a, b);
            case 5, 7 -> sub16(c, a, b);
            default -> xor16(c, a, b);
        };
    }

    private static int binary32(Cpu c, int op, int a, int b) {
        return switch (op) {
            case 0 -> add32(c, a, b);
            case 1 -> or32(c, a, b);
            case 2 -> adc32(c, a, b);
            case 3 -> sbb32(c, a, b);
            case 4 -> and32(c, a, b);
            case 5, 7 -> sub32(c, a, b);
            default -> xor32(c, a, b);
        };
    }

    private static long binary64(Cpu c, int op, long a, long b) {
        return switch (op) {
            case 0 -> add64(c, a, b);
            case 1 -> or64(c, a, b);
            case 2 -> adc64(c, a, b);
            case 3 -> sbb64(c, a, b);
            case 4 -> and64(c, a, b);
            case 5, 7 -> sub64(c, a, b);
            default -> xor64(c, a, b);
        };
    }
}
