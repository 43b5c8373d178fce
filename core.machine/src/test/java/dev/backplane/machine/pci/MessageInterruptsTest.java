package dev.backplane.machine.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.machine.pci.PciBench.Guard;

class MessageInterruptsTest {
    private static final long APIC = 0xFEE00000L;

    private final PciBench bench = new PciBench();
    private final Guard guard = new Guard();
    private final PciCard card = bench.card(guard);

    private int seat(int capability) {
        bench.host.port("slot1").seatCold(card);
        bench.host.reset();
        bench.write(1, 0, 0, 4, 2, 6);
        return bench.capability(1, 0, 0, capability);
    }

    private static long message(long address, int data) {
        return address << 16 | data;
    }

    private long table() {
        return bench.read(1, 0, 0, 0x14, 4) & ~15L;
    }

    private long entry(int vector) {
        return table() + vector * 16L;
    }

    private void program(int vector, int data) {
        bench.memory.write(entry(vector), 8, APIC);
        bench.memory.write(entry(vector) + 8, 4, data);
        bench.memory.write(entry(vector) + 12, 4, 0);
    }

    private long pendingBits() {
        return bench.memory.read(table() + MsiX.barSize(4) / 2, 8);
    }

    @Test
    void msixSendsWhatTheTableSays() {
        MessageInterrupts msix = card.msix(4, 1);
        int cap = seat(ConfigFunction.CAP_MSIX);
        assertEquals(3, bench.read(1, 0, 0, cap + 2, 2));
        program(2, 0x4051);
        msix.raise(2);
        assertTrue(bench.messages.isEmpty());
        bench.write(1, 0, 0, cap + 2, 2, 0x8000);
        msix.raise(2);
        assertEquals(List.of(message(APIC, 0x4051)), bench.messages);
    }

    @Test
    void aMaskedVectorPendsAndIsSentOnceWhenUnmasked() {
        MessageInterrupts msix = card.msix(4, 1);
        int cap = seat(ConfigFunction.CAP_MSIX);
        program(1, 0x41);
        bench.memory.write(entry(1) + 12, 4, 1);
        bench.write(1, 0, 0, cap + 2, 2, 0x8000);
        assertTrue(msix.masked(1));
        msix.raise(1);
        msix.raise(1);
        assertEquals(2, pendingBits());
        assertTrue(bench.messages.isEmpty());
        bench.memory.write(entry(1) + 12, 4, 0);
        assertEquals(List.of(message(APIC, 0x41)), bench.messages);
        assertEquals(0, pendingBits());
        assertFalse(msix.masked(1));
    }

    @Test
    void theFunctionMaskHoldsAllBackUntilItIsTakenAway() {
        MessageInterrupts msix = card.msix(4, 1);
        int cap = seat(ConfigFunction.CAP_MSIX);
        program(0, 0x40);
        program(3, 0x43);
        bench.write(1, 0, 0, cap + 2, 2, 0xC000);
        msix.raise(3);
        msix.raise(0);
        assertEquals(9, pendingBits());
        bench.write(1, 0, 0, cap + 2, 2, 0x8000);
        assertEquals(List.of(message(APIC, 0x40), message(APIC, 0x43)), bench.messages);
    }

    @Test
    void entriesAreMaskedAfterResetAndReservedBitsStayZero() {
        card.msix(4, 1);
        seat(ConfigFunction.CAP_MSIX);
        assertEquals(1, bench.memory.read(entry(3) + 12, 4));
        bench.memory.write(entry(3) + 12, 4, 0xFFFFFFFFL);
        assertEquals(1, bench.memory.read(entry(3) + 12, 4));
        bench.memory.write(table() + 64, 8, -1);
        assertEquals(0, bench.memory.read(table() + 64, 8));
        bench.memory.write(table() + MsiX.barSize(4) / 2, 8, -1);
        assertEquals(0, pendingBits());
    }

    @Test
    void nothingIsSentWithoutBusMastering() {
        MessageInterrupts msix = card.msix(4, 1);
        int cap = seat(ConfigFunction.CAP_MSIX);
        program(0, 0x40);
        bench.write(1, 0, 0, cap + 2, 2, 0x8000);
        bench.write(1, 0, 0, 4, 2, 2);
        msix.raise(0);
        assertTrue(bench.messages.isEmpty());
    }

    @Test
    void aVectorThatIsNotThereIsCounted() {
        MessageInterrupts msix = card.msix(4, 1);
        seat(ConfigFunction.CAP_MSIX);
        msix.raise(4);
        msix.raise(-1);
        msix.raise(0xFFFF);
        assertEquals(3, guard.counters.get("msix-vector-out-of-range"));
    }

    @Test
    void theLargestTableFitsItsBar() {
        MessageInterrupts msix = card.msix(2048, 1);
        int cap = seat(ConfigFunction.CAP_MSIX);
        program(2047, 0x77);
        bench.write(1, 0, 0, cap + 2, 2, 0xC000);
        msix.raise(2047);
        long pending = bench.read(1, 0, 0, cap + 8, 4) & ~7L;
        assertEquals(Long.MIN_VALUE, bench.memory.read(table() + pending + 2048 / 8 - 8, 8));
        bench.write(1, 0, 0, cap + 2, 2, 0x8000);
        assertEquals(List.of(message(APIC, 0x77)), bench.messages);
    }

    @Test
    void msiFoldsVectorsIntoThoseThatWereGranted() {
        MessageInterrupts msi = card.msi(8);
        int cap = seat(ConfigFunction.CAP_MSI);
        bench.write(1, 0, 0, cap + 4, 4, APIC);
        bench.write(1, 0, 0, cap + 12, 2, 0x4040);
        bench.write(1, 0, 0, cap + 2, 2, 2 << 4 | 1);
        msi.raise(6);
        assertEquals(List.of(message(APIC, 0x4042)), bench.messages);
        bench.write(1, 0, 0, cap + 2, 2, 7 << 4 | 1);
        msi.raise(6);
        assertEquals(message(APIC, 0x4046), bench.messages.getLast());
    }

    @Test
    void msiMasksPendAndShow() {
        MessageInterrupts msi = card.msi(4);
        int cap = seat(ConfigFunction.CAP_MSI);
        bench.write(1, 0, 0, cap + 4, 4, APIC);
        bench.write(1, 0, 0, cap + 12, 2, 0x50);
        bench.write(1, 0, 0, cap + 2, 2, 2 << 4 | 1);
        bench.write(1, 0, 0, cap + 16, 4, 0xFFFFFFFFL);
        assertEquals(15, bench.read(1, 0, 0, cap + 16, 4));
        msi.raise(3);
        assertEquals(8, bench.read(1, 0, 0, cap + 20, 4));
        assertTrue(bench.messages.isEmpty());
        bench.write(1, 0, 0, cap + 16, 4, 0);
        assertEquals(List.of(message(APIC, 0x53)), bench.messages);
        assertEquals(0, bench.read(1, 0, 0, cap + 20, 4));
    }
}
