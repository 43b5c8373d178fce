package dev.backplane.machine.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.pci.BarType;
import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.pci.PciBench.Registers;

class PciHostTest {
    private static final int BAR0 = 0x10;
    private static final int BAR4 = 0x20;
    private static final long ALL_ONES = 0xFFFFFFFFL;
    /** What registers of the bench read as, and what a bridge's window does where no BAR is. */
    private static final long VALUE = 0x55667788L;
    private static final long NOBODY = 0;

    private final PciBench bench = new PciBench();
    private final Registers registers = new Registers();
    private final Registers wide = new Registers();

    private PciCard seated() {
        PciCard card = bench.card();
        card.bar(0, BarType.MEMORY_32, 0x1000, registers);
        card.bar(4, BarType.MEMORY_64_PREFETCHABLE, 0x4000, wide);
        bench.host.port("slot1").seatCold(card);
        bench.host.reset();
        return card;
    }

    private long bar0() {
        return bench.read(1, 0, 0, BAR0, 4) & ~15L;
    }

    @Test
    void bus0HasABridgeAnIsaBridgeAndSixteenRootPorts() {
        assertEquals(0x29C08086L, bench.read(0, 0, 0, 0, 4));
        assertEquals(0x060100L, bench.read(0, 0x1F, 0, 8, 4) >> 8);
        for (int i = 0; i < 16; i++) {
            assertEquals(0x060400L, bench.read(0, 1 + (i >> 3), i & 7, 8, 4) >> 8);
            assertEquals(1 + i, bench.read(0, 1 + (i >> 3), i & 7, RootPort.SECONDARY_BUS, 1));
        }
        assertEquals(ALL_ONES, bench.read(0, 3, 0, 0, 4));
        assertEquals(ALL_ONES, bench.read(1, 0, 0, 0, 4));
        assertEquals(-1L, bench.read(200, 0, 0, 0, 8));
    }

    @Test
    void configurationPortsTakeDwordAddressesAndGiveTheSameRegisters() {
        bench.ports.write(0xCF8, 4, 0x80000000L | 0x1F << 11 | 8);
        assertEquals(bench.read(0, 0x1F, 0, 8, 4), bench.ports.read(0xCFC, 4));
        assertEquals(bench.read(0, 0x1F, 0, 10, 2), bench.ports.read(0xCFE, 2));
        bench.ports.write(0xCF8, 2, 0);
        assertEquals(0x80000000L | 0x1F << 11 | 8, bench.ports.read(0xCF8, 4));
        bench.ports.write(0xCF8, 4, 0x1F << 11);
        assertEquals(ALL_ONES, bench.ports.read(0xCFC, 4));
    }

    @Test
    void byteAccessesInsideTheAddressPortReachTheResetControl() {
        bench.ports.write(0xCF9, 1, 6);
        assertEquals("w0/1=6", bench.resetControl.last());
        bench.ports.write(0xCF8, 4, 0x80000600L);
        assertEquals("w0/1=6", bench.resetControl.last());
    }

    @Test
    void firmwareLeavesEveryBarPlacedAndDecoding() {
        seated();
        assertEquals(3, bench.read(1, 0, 0, 4, 2) | 1);
        assertTrue(bar0() >= MemoryMap.PCI32_BASE);
        bench.memory.write(bar0() + 0x10, 4, 0xABCDL);
        assertEquals("w10/4=abcd", registers.last());
        long bar4 = bench.read(1, 0, 0, BAR4, 8) & ~15L;
        assertEquals(0x55667788L, bench.memory.read(bar4, 4));
        assertEquals("r0/4", wide.last());
    }

    @Test
    void sizingGivesTheSizeAndKeepsTheKindBits() {
        seated();
        bench.write(1, 0, 0, 4, 2, 0);
        bench.write(1, 0, 0, BAR0, 4, ALL_ONES);
        assertEquals(0xFFFFF000L, bench.read(1, 0, 0, BAR0, 4));
        bench.write(1, 0, 0, BAR4, 4, ALL_ONES);
        bench.write(1, 0, 0, BAR4 + 4, 4, ALL_ONES);
        assertEquals(0xFFFFC00CL, bench.read(1, 0, 0, BAR4, 4));
        assertEquals(ALL_ONES, bench.read(1, 0, 0, BAR4 + 4, 4));
        bench.write(1, 0, 0, 0x14, 4, ALL_ONES);
        assertEquals(0, bench.read(1, 0, 0, 0x14, 4));
        assertEquals(0, bench.read(1, 0, 0, 0x30, 4));
    }

    @Test
    void aBarAnswersOnlyWhereItIsAndOnlyWhileMemoryIsEnabled() {
        seated();
        long old = bar0();
        bench.write(1, 0, 0, BAR0, 4, old + 0x8000);
        assertEquals(NOBODY, bench.memory.read(old, 4));
        assertEquals(VALUE, bench.memory.read(old + 0x8000, 4));
        bench.write(1, 0, 0, 4, 2, 0);
        assertEquals(NOBODY, bench.memory.read(old + 0x8000, 4));
        bench.write(1, 0, 0, 4, 2, 2);
        assertEquals(VALUE, bench.memory.read(old + 0x8000, 4));
        bench.write(1, 0, 0, BAR0, 4, 0x80000000L);
        assertEquals(ALL_ONES, bench.memory.read(0x80000000L, 4));
        bench.write(1, 0, 0, BAR0, 4, MemoryMap.LAPIC_BASE);
        assertEquals(ALL_ONES, bench.memory.read(MemoryMap.LAPIC_BASE, 4));
    }

    @Test
    void aBarOutsideItsBridgesWindowsDoesNotAnswer() {
        seated();
        long outside = 0xE0000000L;
        bench.write(1, 0, 0, BAR0, 4, outside);
        assertEquals(ALL_ONES, bench.memory.read(outside, 4));
        bench.write(0, 1, 0, RootPort.MEMORY_BASE + 2, 2, outside >> 16);
        assertEquals(VALUE, bench.memory.read(outside, 4));
        bench.write(0, 1, 0, 4, 2, 0);
        assertEquals(ALL_ONES, bench.memory.read(outside, 4));
    }

    @Test
    void a64BitBarWorksAbove4GiB() {
        seated();
        long base = bench.map.pci64Base() + 0x200000;
        bench.write(0, 1, 0, RootPort.PREFETCH_BASE, 2, base >> 16);
        bench.write(0, 1, 0, RootPort.PREFETCH_BASE + 2, 2, base >> 16);
        bench.write(0, 1, 0, RootPort.PREFETCH_BASE_HIGH, 4, base >> 32);
        bench.write(0, 1, 0, RootPort.PREFETCH_LIMIT_HIGH, 4, base >> 32);
        bench.write(1, 0, 0, BAR4, 8, base);
        bench.memory.write(base + 0x3FF8, 8, 5);
        assertEquals("w3ff8/8=5", wide.last());
    }

    @Test
    void ofOverlappingBarsTheFirstSlotsWinsAndTheRestOfTheOtherStillAnswers() {
        seated();
        Registers second = new Registers();
        PciCard other = bench.card();
        other.bar(0, BarType.MEMORY_32, 0x2000, second);
        bench.host.port("slot2").seatCold(other);
        bench.host.reset();
        long at = bar0();
        bench.write(0, 1, 1, RootPort.MEMORY_BASE, 4, bench.read(0, 1, 0, RootPort.MEMORY_BASE, 4));
        bench.write(2, 0, 0, BAR0, 4, at);
        registers.log.clear();
        bench.memory.write(at, 4, 1);
        assertEquals("w0/4=1", registers.last());
        bench.memory.write(at + 0x1000, 4, 2);
        assertEquals("w1000/4=2", second.last());
    }

    @Test
    void aPoweredDownFunctionDoesNotDecode() {
        seated();
        int pm = bench.capability(1, 0, 0, ConfigFunction.CAP_POWER);
        long at = bar0();
        bench.write(1, 0, 0, pm + 4, 2, 3);
        assertEquals(NOBODY, bench.memory.read(at, 4));
        bench.write(1, 0, 0, pm + 4, 2, 1);
        assertEquals(3, bench.read(1, 0, 0, pm + 4, 2) & 3);
        bench.write(1, 0, 0, pm + 4, 2, 0);
        assertEquals(VALUE, bench.memory.read(at, 4));
    }

    @Test
    void portBarsDecodeInTheirBridgesWindow() {
        PciCard card = bench.card();
        card.bar(0, BarType.IO, 0x40, registers);
        bench.host.port("slot1").seatCold(card);
        bench.host.reset();
        int at = (int) bench.read(1, 0, 0, BAR0, 4) & ~3;
        assertTrue(at >= 0x1000);
        bench.ports.write(at + 4, 2, 9);
        assertEquals("w4/2=9", registers.last());
        PciCard another = bench.card();
        another.bar(0, BarType.IO, 0x40, registers);
        assertTrue(bench.host.port("slot15").unfit(another).orElseThrow().contains("slot14"));
        assertTrue(bench.host.port("slot1").unfit(another).orElseThrow().contains("card0"));
        assertTrue(bench.host.port("slot2").unfit(another).isEmpty());
    }

    @Test
    void servedCapabilitiesGetWhatLiesInThemAndTheListIsWhole() {
        PciCard card = bench.card();
        int plain = card.capability(9, new byte[] {1, 2, 3, 4, 5, 6}, null);
        int served = card.capability(9, new byte[14], new RegisterHandler() {
            @Override
            public long read(long offset, int size) {
                return registers.read(offset, size);
            }

            @Override
            public void write(long offset, int size, long value) {
                registers.write(offset, size, value);
            }
        });
        card.msix(3, 1);
        bench.host.port("slot1").seatCold(card);
        bench.host.reset();
        assertEquals(0x0403, bench.read(1, 0, 0, plain + 4, 2));
        assertEquals(plain, bench.capability(1, 0, 0, 9));
        assertNotEquals(0, bench.capability(1, 0, 0, ConfigFunction.CAP_MSIX));
        bench.write(1, 0, 0, served + 8, 4, 0xDEADBEEFL);
        assertEquals("w8/4=deadbeef", registers.last());
        assertEquals(0x7788_0009L, bench.read(1, 0, 0, served, 4) & 0xFFFF00FFL);
        assertEquals("r2/2", registers.last());
        bench.write(1, 0, 0, served, 4, 0x12345678);
        assertEquals("w2/2=1234", registers.last());
    }

    @Test
    void declarationsEndWithTheCreationAndAreChecked() {
        PciCard card = bench.card();
        assertThrows(IllegalArgumentException.class, () -> card.bar(0, BarType.MEMORY_32, 0x3000, registers));
        assertThrows(IllegalArgumentException.class, () -> card.bar(5, BarType.MEMORY_64, 0x1000, registers));
        card.bar(0, BarType.MEMORY_64, 0x1000, registers);
        assertThrows(IllegalArgumentException.class, () -> card.bar(1, BarType.MEMORY_32, 0x1000, registers));
        assertThrows(IllegalArgumentException.class, () -> card.capability(5, new byte[4], null));
        card.seal();
        assertThrows(IllegalStateException.class, card::intx);
    }

    @Test
    void theInterruptPinFollowsLevelDisableBitAndMessages() {
        PciCard card = bench.card();
        var line = card.intx();
        var msix = card.msix(2, 1);
        bench.host.port("slot1").seatCold(card);
        bench.host.reset();
        int gsi = PciRouting.gsi(1, 1);
        line.set(true);
        assertTrue(bench.lines.get(gsi));
        assertEquals(8, bench.read(1, 0, 0, 6, 2) & 8);
        bench.write(1, 0, 0, 4, 2, 0x400);
        assertFalse(bench.lines.get(gsi));
        assertEquals(8, bench.read(1, 0, 0, 6, 2) & 8);
        bench.write(1, 0, 0, 4, 2, 0);
        assertTrue(bench.lines.get(gsi));
        int cap = bench.capability(1, 0, 0, ConfigFunction.CAP_MSIX);
        bench.write(1, 0, 0, cap + 2, 2, 0x8000);
        assertTrue(msix.enabled());
        assertFalse(bench.lines.get(gsi));
        bench.write(1, 0, 0, cap + 2, 2, 0);
        assertTrue(bench.lines.get(gsi));
        bench.host.port("slot1").surpriseRemove();
        assertFalse(bench.lines.get(gsi));
    }

    @Test
    void writesOfTheCommandRegisterAreToldAndShowBusMastering() {
        PciCard card = bench.card();
        List<Boolean> told = new ArrayList<>();
        card.onCommandChange(() -> told.add(card.busMaster()));
        bench.host.port("slot3").seatCold(card);
        bench.host.reset();
        bench.write(3, 0, 0, 4, 1, 4);
        bench.write(3, 0, 0, 4, 1, 0);
        bench.write(3, 0, 0, 6, 2, 0xFFFF);
        assertEquals(List.of(true, false), told);
    }

    @Test
    void windowsOfTheBridgeHaveNoPortsWhereThereAreNone() {
        bench.write(0, 2, 7, RootPort.IO_BASE, 2, 0xE0F0);
        assertEquals(0, bench.read(0, 2, 7, RootPort.IO_BASE, 2));
        bench.write(0, 1, 0, RootPort.IO_BASE, 2, 0xE0F0);
        assertEquals(0xE0F0, bench.read(0, 1, 0, RootPort.IO_BASE, 2));
    }

    @Test
    void everySlotHasRoomForTheUsualBars() {
        for (RootPort p : bench.host.ports()) {
            int device = p.device();
            int function = p.function();
            long base = bench.read(0, device, function, RootPort.MEMORY_BASE, 2) << 16;
            long limit = (bench.read(0, device, function, RootPort.MEMORY_BASE + 2, 2) << 16) + 0x100000;
            assertEquals(0x200000, limit - base);
            long prefetch = (bench.read(0, device, function, RootPort.PREFETCH_BASE, 2) & ~15L) << 16;
            long prefetchEnd = ((bench.read(0, device, function, RootPort.PREFETCH_BASE + 2, 2) & ~15L) << 16)
                + 0x100000;
            assertEquals(0x200000, prefetchEnd - prefetch);
        }
    }

    @Test
    void aCardWithLargeBarsGetsWindowsForThem() {
        PciCard card = bench.card();
        card.bar(0, BarType.MEMORY_32, 16 << 20, registers);
        card.bar(2, BarType.MEMORY_64_PREFETCHABLE, 256L << 20, wide);
        bench.host.port("slot5").seatCold(card);
        bench.host.reset();
        long at = bench.read(5, 0, 0, 0x18, 8) & ~15L;
        assertTrue(at >= bench.map.pci64Base());
        bench.memory.write(at + (255L << 20), 4, 3);
        assertEquals("wff00000/4=3", wide.last());
        bench.memory.write((bench.read(5, 0, 0, BAR0, 4) & ~15L) + 0xFFFFFC, 4, 4);
        assertEquals("wfffffc/4=4", registers.last());
    }
}
