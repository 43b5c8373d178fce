package dev.backplane.cpu.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.backplane.cpu.x86.integer.Alu;

class FlagsTest {
    private final Cpu c = TestMemory.cpu(0x1000);

    @Test
    void everyCombinationOfArithmeticFlagsHasALazyForm() {
        for (int bits = 0; bits < 64; bits++) {
            int image = (bits & 1) * Flags.CF | (bits >> 1 & 1) * Flags.PF | (bits >> 2 & 1) * Flags.AF
                | (bits >> 3 & 1) * Flags.ZF | (bits >> 4 & 1) * Flags.SF | (bits >> 5 & 1) * Flags.OF;
            c.setArithmeticFlags(image);
            assertEquals(image, c.flags() & Flags.ARITHMETIC);
            for (int code = 0; code < 16; code++) {
                assertEquals(condition(image, code), Flags.condition(c, code), "condition " + code + " of " + image);
            }
        }
    }

    private static boolean condition(int f, int code) {
        boolean cf = (f & Flags.CF) != 0;
        boolean zf = (f & Flags.ZF) != 0;
        boolean sf = (f & Flags.SF) != 0;
        boolean of = (f & Flags.OF) != 0;
        boolean v = switch (code >> 1) {
            case 0 -> of;
            case 1 -> cf;
            case 2 -> zf;
            case 3 -> cf | zf;
            case 4 -> sf;
            case 5 -> (f & Flags.PF) != 0;
            case 6 -> sf != of;
            default -> zf | sf != of;
        };
        return v != ((code & 1) != 0);
    }

    @Test
    void additionAndSubtractionSetFlagsAsWideArithmeticSays() {
        Random random = new Random(7);
        for (int n = 0; n < 200_000; n++) {
            int size = 1 << random.nextInt(4);
            int op = new int[] {0, 2, 3, 5}[random.nextInt(4)];
            long a = interesting(random);
            long b = interesting(random);
            int carry = random.nextInt(2);
            c.setArithmeticFlags(carry);
            long result = Alu.binary(c, op, size, a, b);
            check(op, size, a, b, carry, result);
        }
    }

    private static long interesting(Random r) {
        return switch (r.nextInt(4)) {
            case 0 -> r.nextLong();
            case 1 -> (1L << r.nextInt(64)) - r.nextInt(2);
            case 2 -> -(1L << r.nextInt(64));
            default -> r.nextInt(20) - 10;
        };
    }

    private void check(int op, int size, long a, long b, int carry, long result) {
        int bits = 8 * size;
        var mask = java.math.BigInteger.ONE.shiftLeft(bits).subtract(java.math.BigInteger.ONE);
        var x = java.math.BigInteger.valueOf(a).and(mask);
        var y = java.math.BigInteger.valueOf(b).and(mask);
        var in = java.math.BigInteger.valueOf(op == 2 || op == 3 ? carry : 0);
        boolean subtract = op == 3 || op == 5;
        var wide = subtract ? x.subtract(y).subtract(in) : x.add(y).add(in);
        var s = wide.and(mask);
        assertEquals(s.longValue(), Registers.zeroExtend(result, size));
        int f = c.flags();
        assertEquals(!wide.equals(s), (f & Flags.CF) != 0, "CF");
        assertEquals(s.signum() == 0, (f & Flags.ZF) != 0, "ZF");
        assertEquals(s.testBit(bits - 1), (f & Flags.SF) != 0, "SF");
        assertEquals(Integer.bitCount(s.intValue() & 0xFF) % 2 == 0, (f & Flags.PF) != 0, "PF");
        boolean sx = x.testBit(bits - 1);
        boolean sy = y.testBit(bits - 1) != subtract;
        assertEquals(sx == sy && s.testBit(bits - 1) != sx, (f & Flags.OF) != 0, "OF");
        assertEquals(((a ^ b ^ s.longValue()) & 16) != 0, (f & Flags.AF) != 0, "AF");
    }
}
