package dev.backplane.cpu.x86.system;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;

import org.junit.jupiter.api.Test;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.fp.FpEnv;
import dev.backplane.cpu.x86.simd.Guest;

/** Vector registers in the neutral state and in XSAVE areas. */
class StateImageTest {
    private static final long AREA = 0x2040;
    private static final String XSAVE = "0f ae 23";
    private static final String XRSTOR = "0f ae 2b";
    private static final String XSAVEOPT = "0f ae 33";
    private static final String XSAVEC = "0f c7 23";

    private static void fill(Guest g) {
        for (int n = 0; n < 32; n++) {
            g.c.fpu.xmm[n] = 0x1111111111111111L * (n & 7) + n;
            g.c.fpu.ymmHigh[n] = ~(0x0101010101010101L * n);
        }
        g.c.fpu.mxcsr(FpEnv.MXCSR_RESET | 0x6000);
    }

    private static void avx(Guest g) {
        g.c.cr4 |= Cpu.CR4_OSXSAVE;
        g.c.xcr0 = 7;
        g.c.segments.updateMode();
    }

    @Test
    void aStateHoldsTheWholeYmmRegisters() {
        try (Guest a = new Guest(); Guest b = new Guest()) {
            fill(a);
            CpuState s = StateImage.save(a.c);
            assertEquals(832, s.xsave().length);
            StateImage.load(b.c, s);
            assertArrayEquals(a.c.fpu.xmm, b.c.fpu.xmm);
            assertArrayEquals(a.c.fpu.ymmHigh, b.c.fpu.ymmHigh);
            assertEquals(a.c.fpu.mxcsr(), b.c.fpu.mxcsr());
        }
    }

    @Test
    void aStateWithoutYmmComponentClearsTheUpperHalves() {
        try (Guest a = new Guest(); Guest b = new Guest()) {
            CpuState s = StateImage.save(a.c);
            assertEquals(576, s.xsave().length);
            fill(b);
            StateImage.load(b.c, s);
            assertArrayEquals(new long[32], b.c.fpu.ymmHigh);
        }
    }

    @Test
    void everyFormOfXsaveIsRestored() {
        for (String save : new String[] {XSAVE, XSAVEOPT, XSAVEC}) {
            try (Guest a = new Guest()) {
                avx(a);
                fill(a);
                long[] xmm = a.c.fpu.xmm.clone();
                long[] high = a.c.fpu.ymmHigh.clone();
                run(a, save);
                Arrays.fill(a.c.fpu.xmm, -1);
                Arrays.fill(a.c.fpu.ymmHigh, -1);
                a.c.fpu.mxcsr(FpEnv.MXCSR_RESET);
                run(a, XRSTOR);
                assertArrayEquals(xmm, a.c.fpu.xmm, save);
                assertArrayEquals(high, a.c.fpu.ymmHigh, save);
                assertEquals(FpEnv.MXCSR_RESET | 0x6000, a.c.fpu.mxcsr(), save);
            }
        }
    }

    @Test
    void upperHalvesThatAreZeroNeedNoSpaceInTheOptimizedForms() {
        for (String save : new String[] {XSAVEOPT, XSAVEC}) {
            try (Guest a = new Guest()) {
                avx(a);
                a.put64(AREA + 576, -1);
                run(a, save);
                assertEquals(3, a.get64(AREA + 512), save);
                assertEquals(-1, a.get64(AREA + 576), save);
                Arrays.fill(a.c.fpu.ymmHigh, -1);
                run(a, XRSTOR);
                assertArrayEquals(new long[32], a.c.fpu.ymmHigh, save);
            }
        }
    }

    /** The operand is [RBX]; EDX:EAX asks for everything. */
    private static void run(Guest g, String hex) {
        g.c.r[Cpu.RAX] = -1;
        g.c.r[Cpu.RDX] = -1;
        g.c.r[Cpu.RBX] = AREA;
        assertEquals(-1, g.run(hex));
    }
}
