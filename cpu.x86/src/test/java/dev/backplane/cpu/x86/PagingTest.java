package dev.backplane.cpu.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** 4-level, PAE and 32-bit walks (Intel SDM vol. 3, chapter 4) on hand-made tables. */
class PagingTest {
    private static final long LA = 0x40201000L;
    private static final long NX = 1L << 63;

    private final TestMemory m = new TestMemory(0x20000);
    private final Cpu c = TestMemory.cpu(m);

    @BeforeEach
    void fourLevels() {
        c.cr0 = Cpu.CR0_PE | Cpu.CR0_WP | Cpu.CR0_PG & 0xFFFFFFFFL;
        c.cr4 = Cpu.CR4_PAE;
        c.efer = Cpu.EFER_LMA | Cpu.EFER_LME | Cpu.EFER_NXE;
        c.cr3 = 0x1000;
        m.put64(0x1000, 0x2000 | 7);
        m.put64(0x2000 + 8, 0x3000 | 7);
        m.put64(0x3000 + 8, 0x4000 | 7);
        m.put64(0x4000 + 8, 0x5000 | 7);
        c.segments.updateMode();
    }

    private void pte(long v) {
        m.put64(0x4000 + 8, v);
        c.mem.slow().flush();
    }

    private long translate(boolean write, boolean exec, boolean user) {
        return c.mem.slow().paging().translate(LA + 0x123, write, exec, user, false);
    }

    private void faults(int error, boolean write, boolean exec, boolean user) {
        CpuFault f = assertThrows(CpuFault.class, () -> translate(write, exec, user));
        assertEquals(CpuFault.PF, f.vector);
        assertEquals(error, f.error);
        assertEquals(LA + 0x123, c.cr2);
    }

    @Test
    void aReadSetsAccessedEverywhereAndAWriteSetsDirtyInTheLeaf() {
        assertEquals(0x5123, translate(false, false, true));
        assertEquals(0x27, m.get64(0x1000) & 0xFF);
        assertEquals(0x27, m.get64(0x4008) & 0xFF);
        translate(true, false, true);
        assertEquals(0x67, m.get64(0x4008) & 0xFF);
        assertEquals(0x27, m.get64(0x3008) & 0xFF);
    }

    @Test
    void errorCodesTellPresenceWriteUserReservedAndFetch() {
        pte(0);
        faults(4, false, false, true);
        faults(2, true, false, false);
        faults(16, false, true, false);
        pte(0x5000 | 5);
        faults(7, true, false, true);
        faults(3, true, false, false);
        pte(0x5000 | 3);
        faults(5, false, false, true);
        pte(NX | 0x5000 | 7);
        faults(0x15, false, true, true);
        pte(1L << 45 | 0x5000 | 7);
        faults(0xD, false, false, true);
        c.efer &= ~Cpu.EFER_NXE;
        pte(NX | 0x5000 | 7);
        faults(9, false, false, false);
    }

    @Test
    void supervisorWritesIgnoreReadOnlyWithoutWp() {
        pte(0x5000 | 5);
        c.cr0 &= ~Cpu.CR0_WP;
        assertEquals(0x5123, translate(true, false, false));
    }

    @Test
    void smepAndSmapKeepTheSupervisorFromUserPages() {
        c.cr4 |= Cpu.CR4_SMEP | Cpu.CR4_SMAP;
        faults(0x11, false, true, false);
        faults(1, false, false, false);
        assertEquals(0x5123, c.mem.slow().paging().translate(LA + 0x123, false, false, false, true));
        assertEquals(0x5123, translate(false, true, true));
    }

    @Test
    void largePagesOfBothSizesTranslateAndCheckReservedBits() {
        m.put64(0x3008, 0x600000 | 0x87);
        assertEquals(0x600000 + (LA + 0x123 & 0x1FFFFF), translate(false, false, false));
        m.put64(0x3008, 0x602000 | 0x87);
        faults(9, false, false, false);
        m.put64(0x2008, 0x40000000L | 0x87);
        assertEquals(0x40000000L + (LA + 0x123 & 0x3FFFFFFF), translate(false, false, false));
    }

    @Test
    void paePagingUsesTheCachedPointerTable() {
        c.efer &= ~(Cpu.EFER_LMA | Cpu.EFER_LME);
        c.cr3 = 0x1000;
        m.put64(0x1008, 0x3000 | 1);
        m.put64(0x1000, 0);
        assertEquals(true, c.mem.slow().paging().loadPdptes(0x1000));
        assertEquals(0x5123, translate(false, false, true));
        m.put64(0x1008, 0);
        assertEquals(0x5123, translate(false, false, true));
    }

    @Test
    void thirtyTwoBitPagingHasSmallAndFourMegabytePages() {
        c.efer = 0;
        c.cr4 = Cpu.CR4_PSE;
        int directory = (int) (LA >>> 22);
        Raw.put32(m.host + 0x1000 + 4 * directory, 0x6000 | 7);
        Raw.put32(m.host + 0x6000 + 4 * (int) (LA >>> 12 & 0x3FF), 0x5000 | 7);
        assertEquals(0x5123, translate(true, false, true));
        Raw.put32(m.host + 0x1000 + 4 * directory, 0x00C00000 | 1 << 13 | 0x87);
        assertEquals(0x100C00000L + (LA + 0x123 & 0x3FFFFF), translate(true, false, true));
        Raw.put32(m.host + 0x1000 + 4 * directory, 1 << 21 | 0x87);
        faults(0xD, false, false, true);
    }

    @Test
    void theTlbKeepsATranslationUntilItIsFlushed() {
        m.put64(0x5000, 0x1122334455667788L);
        m.put64(0x6000, 0x99);
        assertEquals(0x1122334455667788L, c.mem.load64(LA));
        m.put64(0x4008, 0x6000 | 7);
        assertEquals(0x1122334455667788L, c.mem.load64(LA));
        c.mem.slow().flushPage(LA);
        assertEquals(0x99, c.mem.load64(LA));
    }

    @Test
    void aStoreAcrossPagesWritesNothingIfTheSecondPageFaults() {
        assertThrows(CpuFault.class, () -> c.mem.store64(LA + 0xFFC, -1));
        assertEquals(LA + 0x1000, c.cr2);
        assertEquals(0, m.get64(0x5FF8));
    }

    @Test
    void nonCanonicalAddressesAreAGeneralProtectionFault() {
        CpuFault f = assertThrows(CpuFault.class, () -> c.mem.load8(0x800000000000L));
        assertEquals(CpuFault.GP, f.vector);
        assertEquals(true, f.nonCanonical);
    }
}
