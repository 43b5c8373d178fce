package dev.backplane.machine.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.backplane.api.device.IrqLine;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.api.state.StateException;
import dev.backplane.machine.pci.PciBench.Registers;
import dev.backplane.machine.state.StateTree;

class PciStateTest {
    private static final long APIC = 0xFEE00000L;

    /** A machine with one card. */
    private static final class Rig {
        final PciBench bench = new PciBench();
        final Registers registers = new Registers();
        final PciCard card = bench.card();
        final MessageInterrupts msix;
        final IrqLine pin;

        Rig(long barSize) {
            card.bar(0, BarType.MEMORY_32, barSize, registers);
            msix = card.msix(4, 1);
            pin = card.intx();
            bench.host.port("slot1").seatCold(card);
            bench.host.reset();
        }

        long table() {
            return bench.read(1, 0, 0, 0x14, 4) & ~15L;
        }

        StateTree saved() {
            StateTree tree = new StateTree("test");
            card.save(tree.section("card"));
            bench.host.save(tree.section("pci"));
            return tree;
        }

        void restore(StateTree tree) throws StateException {
            card.restore(tree.reader(1).section("card"));
            bench.host.restore(tree.reader(1).section("pci"));
        }
    }

    @Test
    void aRestoredMachineGoesOnWhereTheSavedOneWas() throws Exception {
        Rig a = new Rig(0x1000);
        int cap = a.bench.capability(1, 0, 0, ConfigFunction.CAP_MSIX);
        int express = a.bench.capability(0, 1, 0, ConfigFunction.CAP_EXPRESS);
        a.bench.write(1, 0, 0, 0x10, 4, a.bench.read(1, 0, 0, 0x10, 4) + 0x10000);
        a.bench.write(1, 0, 0, 4, 2, 6);
        a.bench.write(1, 0, 0, cap + 2, 2, 0xC000);
        a.bench.memory.write(a.table() + 16, 8, APIC);
        a.bench.memory.write(a.table() + 24, 8, 0x41);
        a.bench.write(0, 1, 0, express + ExpressCapability.SLOT_CONTROL, 2, 0x1121);
        a.bench.ports.write(0xCF8, 4, 0x80000810L);
        a.msix.raise(1);

        Rig b = new Rig(0x1000);
        b.restore(a.saved());
        assertEquals(0x80000810L, b.bench.ports.read(0xCF8, 4));
        assertEquals(0x1121, b.bench.read(0, 1, 0, express + ExpressCapability.SLOT_CONTROL, 2));
        long bar = b.bench.read(1, 0, 0, 0x10, 4);
        assertEquals(a.bench.read(1, 0, 0, 0x10, 4), bar);
        b.bench.memory.write(bar + 4, 4, 7);
        assertEquals("w4/4=7", b.registers.last());
        assertTrue(b.bench.messages.isEmpty());
        b.bench.write(1, 0, 0, cap + 2, 2, 0x8000);
        assertEquals(List.of(APIC << 16 | 0x41), b.bench.messages);
    }

    @Test
    void anAssertedPinIsAssertedAgain() throws Exception {
        Rig a = new Rig(0x1000);
        a.pin.set(true);
        Rig b = new Rig(0x1000);
        b.restore(a.saved());
        assertTrue(b.bench.lines.get(PciRouting.gsi(1, 1)));
    }

    @Test
    void stateOfACardThatLooksDifferentIsRefused() {
        Rig a = new Rig(0x1000);
        Rig b = new Rig(0x2000);
        String message = assertThrows(StateException.class, () -> b.restore(a.saved())).getMessage();
        assertTrue(message.contains("BAR 0") && message.contains("card0"), message);
    }

    @Test
    void damagedStateIsRefused() {
        Rig a = new Rig(0x1000);
        StateTree tree = new StateTree("test");
        tree.section("card").putBytes("shape", new byte[5]);
        assertThrows(StateException.class, () -> a.restore(tree));
    }

    @Test
    void readOnlyBitsOfASavedSpaceAreNotTakenOver() throws Exception {
        Rig a = new Rig(0x1000);
        StateTree tree = a.saved();
        StateTree forged = new StateTree("test");
        StateTree card = forged.section("card");
        var saved = tree.reader(1).section("card");
        byte[] config = saved.getBytes("config");
        Arrays.fill(config, (byte) 0xFF);
        card.putBytes("shape", saved.getBytes("shape")).putBytes("config", config).putBoolean("pin", false)
            .putBytes("msix-table", saved.getBytes("msix-table")).putLongs("msix-pending", new long[] {-1L});
        a.card.restore(forged.reader(1).section("card"));
        assertEquals(0x10421AF4L, a.bench.read(1, 0, 0, 0, 4));
        assertEquals(0xFFFFF000L, a.bench.read(1, 0, 0, 0x10, 4));
    }
}
