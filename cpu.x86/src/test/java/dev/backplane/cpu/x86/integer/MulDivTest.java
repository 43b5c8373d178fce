package dev.backplane.cpu.x86.integer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigInteger;
import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.TestMemory;

class MulDivTest {
    private static final BigInteger TWO64 = BigInteger.ONE.shiftLeft(64);

    private final Cpu c = TestMemory.cpu(0x1000);

    private static BigInteger unsigned(long v) {
        BigInteger b = BigInteger.valueOf(v);
        return b.signum() < 0 ? b.add(TWO64) : b;
    }

    @Test
    void unsigned128By64DivisionIsThatOfBigInteger() {
        Random r = new Random(3);
        for (int n = 0; n < 100_000; n++) {
            long d = r.nextLong() >>> r.nextInt(64);
            long high = d == 0 ? 0 : Long.remainderUnsigned(r.nextLong(), d);
            long low = r.nextLong();
            if (d == 0) {
                continue;
            }
            c.r[Cpu.RDX] = high;
            c.r[Cpu.RAX] = low;
            MulDiv.divide(c, 8, d, false);
            BigInteger[] q = unsigned(high).shiftLeft(64).add(unsigned(low)).divideAndRemainder(unsigned(d));
            assertEquals(q[0].longValue(), c.r[Cpu.RAX]);
            assertEquals(q[1].longValue(), c.r[Cpu.RDX]);
        }
    }

    @Test
    void signed128By64DivisionFaultsExactlyWhenTheQuotientDoesNotFit() {
        Random r = new Random(4);
        for (int n = 0; n < 100_000; n++) {
            long d = r.nextLong() >> r.nextInt(64);
            long high = r.nextLong() >> r.nextInt(64);
            long low = r.nextInt(4) == 0 ? Long.MIN_VALUE : r.nextLong();
            if (d == 0) {
                continue;
            }
            c.r[Cpu.RDX] = high;
            c.r[Cpu.RAX] = low;
            BigInteger[] q = BigInteger.valueOf(high).shiftLeft(64).add(unsigned(low))
                .divideAndRemainder(BigInteger.valueOf(d));
            if (q[0].bitLength() > 63) {
                assertEquals(CpuFault.DE, assertThrows(CpuFault.class, () -> MulDiv.divide(c, 8, d, true)).vector);
            } else {
                MulDiv.divide(c, 8, d, true);
                assertEquals(q[0].longValue(), c.r[Cpu.RAX]);
                assertEquals(q[1].longValue(), c.r[Cpu.RDX]);
            }
        }
    }

    @Test
    void aFaultingDivisionLeavesTheRegisters() {
        c.r[Cpu.RAX] = 0x1234;
        c.r[Cpu.RDX] = 0x10;
        assertThrows(CpuFault.class, () -> MulDiv.divide(c, 4, 0x10, false));
        assertEquals(0x1234, c.r[Cpu.RAX]);
        assertEquals(0x10, c.r[Cpu.RDX]);
    }

    @Test
    void multiplicationGivesBothHalvesAndTellsWhetherTheUpperOneMatters() {
        Random r = new Random(5);
        for (int n = 0; n < 100_000; n++) {
            long a = r.nextLong() >> r.nextInt(64);
            long b = r.nextLong() >> r.nextInt(64);
            boolean signed = r.nextBoolean();
            c.r[Cpu.RAX] = a;
            MulDiv.multiply(c, 8, b, signed);
            BigInteger p = signed ? BigInteger.valueOf(a).multiply(BigInteger.valueOf(b))
                : unsigned(a).multiply(unsigned(b));
            assertEquals(p.longValue(), c.r[Cpu.RAX]);
            assertEquals(p.shiftRight(64).longValue(), c.r[Cpu.RDX]);
            boolean matters = signed ? p.bitLength() > 63 : p.bitLength() > 64;
            assertEquals(matters ? 0x801 : 0, c.flags() & 0x801);
        }
    }
}
