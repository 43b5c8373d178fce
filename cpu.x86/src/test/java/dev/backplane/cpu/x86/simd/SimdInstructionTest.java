package dev.backplane.cpu.x86.simd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.fp.FpEnv;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Faults, memory behaviour and state changes of MMX and SSE instructions. */
class SimdInstructionTest {
    private static final long A = 0x2000;

    private final Guest g = new Guest();
    private final Cpu c = g.c;

    @BeforeEach
    void pointRdiToMemory() {
        c.r[Cpu.RDI] = A;
        for (int n = 0; n < 32; n++) {
            c.fpu.xmm[n] = 0x0101010101010101L * n;
        }
    }

    @AfterEach
    void free() {
        g.close();
    }

    @Test
    void alignedFormsFaultOnOtherAddresses() {
        c.r[Cpu.RDI] = A + 8;
        String[] aligned = {"0f2807", "660f2807", "0f2907", "660f6f07", "660f7f07", "0f5807", "660ffe07", "660f3800 07",
            "0f2b07", "660fe707", "660f382a07", "0fc60700", "660f3a0f0701", "660f5a07", "f30f1207"};
        for (String code : aligned) {
            assertEquals(CpuFault.GP, g.run(code), code);
        }
    }

    @Test
    void otherFormsTakeAnyAddress() {
        c.r[Cpu.RDI] = A + 3;
        String[] any = {"0f1007", "0f1107", "f30f6f07", "f30f7f07", "f20ff007", "f20f5807", "f30f5807", "f20f1007",
            "660f3a630700", "660f382007", "f30fe607", "0f5a07", "f20f1207", "660f6e07", "660f7e07"};
        for (String code : any) {
            assertEquals(-1, g.run(code), code);
        }
    }

    @Test
    void aStoreThatIsMisalignedLeavesMemoryAlone() {
        c.r[Cpu.RDI] = A + 8;
        g.put64(A + 8, 42);
        g.run("0f2907");
        assertEquals(42, g.get64(A + 8));
    }

    @Test
    void unmaskedExceptionsKeepTheDestinationAndAreSticky() {
        c.fpu.mxcsr(0x1F80 & ~(FpEnv.ZE << 7));
        c.fpu.xmm[0] = Double.doubleToRawLongBits(1);
        c.fpu.xmm[2] = 0;
        assertEquals(CpuFault.XM, g.run("f20f5ec1"));
        assertEquals(Double.doubleToRawLongBits(1), c.fpu.xmm[0]);
        assertEquals(0x1F80 & ~(FpEnv.ZE << 7) | FpEnv.ZE, c.fpu.mxcsr());
        c.cr4 &= ~Cpu.CR4_OSXMMEXCPT;
        assertEquals(CpuFault.UD, g.run("f20f5ec1"));
    }

    @Test
    void aFaultOfTheMemoryOperandComesBeforeAnyChange() {
        c.r[Cpu.RDI] = 0x8000_0000_0000L;
        long[] before = c.fpu.xmm.clone();
        assertEquals(CpuFault.GP, g.run("f20f5807"));
        assertEquals(CpuFault.GP, g.run("0ffc07"));
        assertArrayEquals(before, c.fpu.xmm);
        assertEquals(0xFF, c.fpu.empty);
    }

    @Test
    void maskedMovesWriteTheSelectedBytesOnly() {
        g.put64(A, 0x1111111111111111L);
        g.put64(A + 8, 0x2222222222222222L);
        c.fpu.xmm[0] = 0x8877665544332211L;
        c.fpu.xmm[1] = 0xFFEEDDCCBBAA9900L;
        c.fpu.xmm[2] = 0x8000000000007F80L;
        c.fpu.xmm[3] = 0x00000000FF000000L;
        assertEquals(-1, g.run("660ff7c1"));
        assertEquals(0x8811111111111111L, g.get64(A));
        assertEquals(0x22222222BB222222L, g.get64(A + 8));
        c.fpu.mant[0] = 0x00000000000000AAL;
        c.fpu.mant[1] = 0x80;
        assertEquals(-1, g.run("0ff7c1"));
        assertEquals(0x88111111111111AAL, g.get64(A));
    }

    @Test
    void mmxInstructionsTakeOverTheX87RegistersAndEmmsGivesThemBack() {
        c.fpu.top = 5;
        c.fpu.mant[1] = 0x0102030405060708L;
        assertEquals(-1, g.run("0f6fc1"));
        assertEquals(0, c.fpu.top);
        assertEquals(0, c.fpu.empty);
        assertEquals(0x0102030405060708L, c.fpu.mant[0]);
        assertEquals(0xFFFF, c.fpu.exp[0]);
        assertEquals(-1, g.run("0f77"));
        assertEquals(0xFF, c.fpu.empty);
    }

    @Test
    void mmxInstructionsReportAPendingX87Exception() {
        c.fpu.status = 0x8081;
        assertEquals(CpuFault.MF, g.run("0ffcc1"));
        assertEquals(CpuFault.MF, g.run("0f77"));
        assertEquals(CpuFault.MF, g.run("f30fd6c1"));
        assertEquals(-1, g.run("660ffcc1"));
    }

    @Test
    void undefinedEncodingsAreRefused() {
        String[] bad = {"0f2bc1", "660fe7c1", "0f13c1", "660f12c1", "f20ff0c1", "660f382ac1", "0f5007", "660fd707",
            "0f71c101", "660f73c101", "0fc507", "660ff707"};
        for (String code : bad) {
            assertEquals(CpuFault.UD, g.run(code), code);
        }
    }

    @Test
    void thirtyTwoBitCodeUsesTheSameTables() {
        g.mode(false);
        assertEquals(-1, g.run("660fefc0"));
        assertEquals(0, c.fpu.xmm[0]);
        c.r[Cpu.RAX] = 0x1234567890L;
        assertEquals(-1, g.run("660f6ec0"));
        assertEquals(0x34567890L, c.fpu.xmm[0]);
    }

    @Test
    void reciprocalsAreWithinTheirErrorAndKeepTheirSpecialCases() {
        for (float v : new float[] {1, 3, 0.7f, 1e20f, 2.5e-30f, -9}) {
            c.fpu.xmm[2] = Float.floatToRawIntBits(v) & 0xFFFFFFFFL;
            g.run("f30f53c1");
            double got = Float.intBitsToFloat((int) c.fpu.xmm[0]);
            assertEquals(1, got * v, 1.5 / 4096);
        }
        c.fpu.xmm[2] = 0x80000001L;
        g.run("f30f52c1");
        assertEquals(0xFF800000, (int) c.fpu.xmm[0]);
        c.fpu.xmm[2] = 0xBF800000L;
        g.run("f30f52c1");
        assertEquals(0xFFC00000, (int) c.fpu.xmm[0]);
        assertEquals(0x1F80, c.fpu.mxcsr());
    }

    @Test
    void aesMatchesTheExampleOfTheStandard() {
        // FIPS 197 appendix B: state after the first AddRoundKey, key of round 1, state after round 1.
        long[] state = bytes("193de3bea0f4e22b9ac68d2ae9f84808");
        long[] key = bytes("a0fafe1788542cb123a339392a6c7605");
        long[] after = bytes("a49c7ff2689f352b6b5bea43026a5049");
        c.fpu.xmm[0] = state[0];
        c.fpu.xmm[1] = state[1];
        c.fpu.xmm[2] = key[0];
        c.fpu.xmm[3] = key[1];
        g.run("660f38dcc1");
        assertEquals(after[0], c.fpu.xmm[0]);
        assertEquals(after[1], c.fpu.xmm[1]);
    }

    private static long[] bytes(String hex) {
        return new long[] {Long.reverseBytes(Long.parseUnsignedLong(hex.substring(0, 16), 16)),
            Long.reverseBytes(Long.parseUnsignedLong(hex.substring(16), 16))};
    }

    @Test
    void crc32cOfTheCheckStringIsTheKnownValue() {
        byte[] check = "123456789".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        int bytewise = -1;
        for (byte b : check) {
            bytewise = Polynomial.crc32(bytewise, b & 0xFF, 1);
        }
        assertEquals(0xE3069283, ~bytewise);
        int wide = Polynomial.crc32(-1, 0x3837363534333231L, 8);
        assertEquals(bytewise, Polynomial.crc32(wide, '9', 1));
        int narrow = Polynomial.crc32(Polynomial.crc32(-1, 0x34333231, 4), 0x3635, 2);
        assertEquals(bytewise, Polynomial.crc32(Polynomial.crc32(narrow, 0x3837, 2), '9', 1));
    }
}
