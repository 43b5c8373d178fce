package dev.backplane.cpu.x86.fp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.simd.Guest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Control instructions, memory formats and faults of the x87 unit. */
class X87InstructionTest {
    private static final long A = 0x2000;

    private final Guest g = new Guest();
    private final Cpu c = g.c;
    private final FpuState f = c.fpu;

    @BeforeEach
    void pointRdiToMemory() {
        c.r[Cpu.RDI] = A;
    }

    @AfterEach
    void free() {
        g.close();
    }

    private void run(String... codes) {
        for (String code : codes) {
            assertEquals(-1, g.run(code), code);
        }
    }

    @Test
    void theEnvironmentInMemoryHasTheProtectedFormat() {
        run("d9e8", "d9ee", "d8c1");
        run("d937");
        assertEquals(0xFFFF037FL | 0xFFFF3000L << 32, g.get64(A));
        // Physical registers 6 and 7 are in use, with one and one: valid.
        assertEquals(0xFFFF0FFFL, g.get64(A + 8) & 0xFFFFFFFFL);
        assertEquals(0x1000, g.get64(A + 12) & 0xFFFFFFFFL);
        assertEquals(8 | 0xC1 << 16, g.get64(A + 16) & 0xFFFFFFFFL);
        assertEquals(0x37F, f.control);
    }

    @Test
    void theSixteenBitEnvironmentHasFourteenBytes() {
        g.put64(A + 14, -1L);
        run("d9e8", "66d937");
        assertEquals(0x1000_3FFF_3800_037FL, g.get64(A));
        assertEquals(-1L, g.get64(A + 14));
    }

    @Test
    void storingTheEnvironmentMasksAllExceptions() {
        f.control = 0x340;
        f.status = 0x8081;
        run("d937");
        assertEquals(0x37F, f.control);
        assertEquals(1, f.status);
    }

    @Test
    void savedStateComesBack() {
        run("d9eb", "d9e8", "d9ee");
        long[] mant = f.mant.clone();
        int[] exp = f.exp.clone();
        int empty = f.empty;
        run("dd37");
        assertEquals(0xFF, f.empty);
        assertEquals(0, f.top);
        run("dd27");
        assertEquals(empty, f.empty);
        assertEquals(5, f.top);
        assertArrayEquals(mant, f.mant);
        assertArrayEquals(exp, f.exp);
    }

    @Test
    void loadingAnEnvironmentWithAnUnmaskedExceptionMakesTheNextInstructionFault() {
        run("d937");
        g.put64(A, 0x37EL | 1L << 32);
        run("d927");
        assertEquals(0x8081, f.status);
        assertEquals(CpuFault.MF, g.run("d9e8"));
        assertEquals(CpuFault.MF, g.run("9b"));
        run("dbe2", "d9e8");
    }

    @Test
    void pendingExceptionsAreReportedByTheNextWaitingInstruction() {
        g.put64(A, 0x37B);
        run("d92f", "d9e8", "d9ee", "def9");
        assertEquals(0x8084, f.status & 0x80FF);
        assertEquals(CpuFault.MF, g.run("d9e8"));
        run("dfe0");
        assertEquals(f.statusWord(), c.r[Cpu.RAX] & 0xFFFF);
        run("dbe3");
        assertEquals(0, f.status);
    }

    @Test
    void theControlWordKeepsItsReservedBits() {
        g.put64(A, 0xFFFF);
        run("d92f", "d97f02");
        assertEquals(0x1F7F, g.get64(A) >>> 16 & 0xFFFF);
    }

    @Test
    void packedDecimalsAreReadAndWritten() {
        g.put64(A, 0x1234567890123456L);
        g.put64(A + 8, 0x8098L);
        run("df27", "df7710");
        assertEquals(0x1234567890123456L, g.get64(A + 16));
        assertEquals(0x8098L, g.get64(A + 24));
        run("d9ee", "d9e0", "df7720");
        assertEquals(0x8000L, g.get64(A + 40));
        run("d9e8", "d9ee", "def9", "df7730");
        assertEquals(0xC000L << 48, g.get64(A + 48));
        assertEquals(0xFFFFL, g.get64(A + 56) & 0xFFFF);
    }

    @Test
    void aStoreThatFaultsLeavesTheStack() {
        run("d9e8");
        c.r[Cpu.RDI] = 0x8000_0000_0000L;
        assertEquals(CpuFault.GP, g.run("dd1f"));
        assertEquals(CpuFault.GP, g.run("db3f"));
        assertEquals(CpuFault.GP, g.run("dd37"));
        assertEquals(7, f.top);
        assertEquals(0x7F, f.empty);
    }

    @Test
    void conditionalMovesFollowTheFlags() {
        run("d9e8", "d9ee");
        c.setArithmeticFlags(0x40);
        run("dbc9");
        assertEquals(0, f.exp[f.top]);
        run("dac9");
        assertEquals(0x3FFF, f.exp[f.top]);
    }

    @Test
    void fxsaveAndFxrstorKeepEverything() {
        run("d9eb", "d9e8");
        f.mxcsr(0x1FA0);
        for (int n = 0; n < 32; n++) {
            f.xmm[n] = n * 0x1111L;
        }
        long[] mant = f.mant.clone();
        long[] xmm = f.xmm.clone();
        int status = f.statusWord();
        run("480fae07");
        assertEquals(0x00C0_3000_037FL, g.get64(A) & 0xFFFFFFFFFFFFL);
        assertEquals(0x1FA0, g.get64(A + 24) & 0xFFFFFFFFL);
        assertEquals(0x3FFFL, g.get64(A + 40));
        assertEquals(0x1111L, g.get64(A + 168));
        f.initX87();
        f.mxcsr(0x1F80);
        java.util.Arrays.fill(f.xmm, 0);
        java.util.Arrays.fill(f.mant, 0);
        run("480fae0f");
        assertArrayEquals(mant, f.mant);
        assertArrayEquals(xmm, f.xmm);
        assertEquals(0x1FA0, f.mxcsr());
        assertEquals(status, f.statusWord());
        assertEquals(0x3F, f.empty);
    }

    @Test
    void undefinedEncodingsAreRefused() {
        for (String code : new String[] {"d90f", "db27", "db37", "dd2f", "d9d1", "d9e2", "d9e6", "d9ef", "dae8", "daf0",
            "dbe5", "dbf8", "ddf0", "ded8", "dfe1", "dff8"}) {
            assertEquals(CpuFault.UD, g.run(code), code);
        }
    }
}
