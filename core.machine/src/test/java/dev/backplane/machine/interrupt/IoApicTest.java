package dev.backplane.machine.interrupt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class IoApicTest {
    private static final int LEVEL = 1 << 15;
    private static final int MASKED = 1 << 16;
    private static final int REMOTE_IRR = 1 << 14;
    private static final int SERIAL_VECTOR = 0x44;

    private final ApicBench b = new ApicBench(2).enable();
    private final IoApic io = b.controllers.ioApic();
    private final IrqRouter router = b.controllers.router();

    private int read(int index) {
        io.write(0, 4, index);
        return (int) io.read(0x10, 4);
    }

    private void write(int index, int value) {
        io.write(0, 4, index);
        io.write(0x10, 4, value & 0xFFFFFFFFL);
    }

    private void entry(int pin, int low, int destination) {
        write(0x10 + 2 * pin, MASKED);
        write(0x11 + 2 * pin, destination << 24);
        write(0x10 + 2 * pin, low);
    }

    @Test
    void says_24_pins_and_version_20() {
        assertEquals(0x170020, read(1));
        write(0, 0x0F000000);
        assertEquals(0x0F000000, read(0));
        for (int pin = 0; pin < 24; pin++) {
            assertEquals(MASKED, read(0x10 + 2 * pin));
        }
        assertEquals(0, read(0x40));
    }

    @Test
    void an_edge_is_sent_once_and_lost_while_masked() {
        IrqSource line = router.isa(4, "serial");
        b.controllers.pic().master().write(1, 1, 0xFF);
        entry(4, SERIAL_VECTOR | MASKED, 1);
        line.pulse();
        entry(4, SERIAL_VECTOR, 1);
        assertFalse(b.apics[1].interruptPending());
        line.set(true);
        assertEquals(SERIAL_VECTOR, b.apics[1].acknowledge());
        b.write(1, ApicRegister.EOI, 0);
        assertFalse(b.apics[1].interruptPending());
        line.set(false);
        line.set(true);
        assertTrue(b.apics[1].interruptPending());
        assertFalse(b.apics[0].interruptPending());
    }

    @Test
    void a_level_is_sent_again_at_eoi_while_it_stands() {
        IrqSource line = router.gsi(16, "card");
        entry(16, SERIAL_VECTOR | LEVEL, 0);
        line.set(true);
        assertEquals(SERIAL_VECTOR | LEVEL | REMOTE_IRR, read(0x30));
        assertEquals(SERIAL_VECTOR, b.apics[0].acknowledge());
        assertTrue((b.read(0, ApicRegister.TMR + 2) & 1 << 4) != 0);
        b.write(0, ApicRegister.EOI, 0);
        assertEquals(SERIAL_VECTOR, b.apics[0].acknowledge());
        line.set(false);
        b.write(0, ApicRegister.EOI, 0);
        assertEquals(SERIAL_VECTOR | LEVEL, read(0x30));
        assertFalse(b.apics[0].interruptPending());
    }

    @Test
    void the_eoi_register_ends_what_a_suppressed_broadcast_did_not() {
        b.write(0, ApicRegister.SVR, 0x11FF);
        IrqSource line = router.gsi(16, "card");
        entry(16, SERIAL_VECTOR | LEVEL, 0);
        line.set(true);
        b.apics[0].acknowledge();
        line.set(false);
        b.write(0, ApicRegister.EOI, 0);
        assertTrue((read(0x30) & REMOTE_IRR) != 0);
        io.write(0x40, 4, SERIAL_VECTOR);
        assertFalse((read(0x30) & REMOTE_IRR) != 0);
    }

    @Test
    void switching_to_edge_clears_remote_irr() {
        IrqSource line = router.gsi(16, "card");
        entry(16, SERIAL_VECTOR | LEVEL, 0);
        line.set(true);
        line.set(false);
        write(0x30, SERIAL_VECTOR | MASKED);
        write(0x30, SERIAL_VECTOR | LEVEL);
        assertEquals(SERIAL_VECTOR | LEVEL, read(0x30));
    }

    @Test
    void a_level_that_stands_is_sent_when_it_is_unmasked() {
        IrqSource line = router.gsi(20, "card");
        line.set(true);
        entry(20, SERIAL_VECTOR | LEVEL, 0);
        assertEquals(SERIAL_VECTOR, b.apics[0].acknowledge());
    }

    @Test
    void logical_destinations_and_nmi_pass() {
        entry(5, 0x400 | 1 << 11, 0b11);
        router.isa(5, "x").pulse();
        assertEquals(1, b.signals[0].nmis);
        assertEquals(1, b.signals[1].nmis);
    }

    @Test
    void the_timer_is_on_pin_2_of_the_io_apic_and_pin_0_of_the_8259() {
        entry(2, 0x30, 0);
        router.isa(0, "timer").pulse();
        assertEquals(0x30, b.apics[0].acknowledge());
        assertEquals(1, b.controllers.pic().master().read(0, 1));
    }

    @Test
    void a_line_is_asserted_while_any_source_is() {
        IrqSource one = router.gsi(17, "one");
        IrqSource two = router.gsi(17, "two");
        entry(17, SERIAL_VECTOR | LEVEL, 0);
        one.set(true);
        two.set(true);
        b.apics[0].acknowledge();
        one.set(false);
        b.write(0, ApicRegister.EOI, 0);
        assertEquals(SERIAL_VECTOR, b.apics[0].acknowledge(), "two still asserts");
        two.close();
        b.write(0, ApicRegister.EOI, 0);
        assertEquals(-1, b.apics[0].acknowledge());
        two.set(true);
        assertEquals(-1, b.apics[0].acknowledge(), "a closed source drives nothing");
        router.gsi(17, "two");
    }

    @Test
    void pirqs_reach_the_8259_where_they_are_routed() {
        Pic pic = b.controllers.pic();
        pic.edgeLevelControl().write(1, 1, 0x0C);
        IrqSource line = router.gsi(18, "card");
        line.set(true);
        assertEquals(0, pic.slave().read(0, 1));
        router.routePirq(2, 10);
        assertEquals(4, pic.slave().read(0, 1));
        router.routePirq(2, 11);
        assertEquals(8, pic.slave().read(0, 1));
        line.set(false);
        assertEquals(0, pic.slave().read(0, 1));
    }

    @Test
    void the_8259_reaches_the_boot_processor_through_lint0() {
        Pic pic = b.controllers.pic();
        for (int[] w : new int[][] {{0, 0x11}, {1, 0x30}, {1, 4}, {1, 1}}) {
            pic.master().write(w[0], 1, w[1]);
        }
        router.isa(4, "serial").pulse();
        assertEquals(1, b.signals[0].requests);
        assertTrue(b.apics[0].interruptPending());
        assertFalse(b.apics[1].interruptPending());
        b.write(0, ApicRegister.LVT_LINT0, 0x10700);
        assertFalse(b.apics[0].interruptPending());
        b.write(0, ApicRegister.LVT_LINT0, 0x700);
        assertEquals(2, b.signals[0].requests, "unmasking tells of what waits");
        assertEquals(0x34, b.apics[0].acknowledge());
        assertFalse(b.apics[0].interruptPending());
    }

    @Test
    void a_disabled_apic_leaves_the_intr_pin_to_the_8259() {
        Pic pic = b.controllers.pic();
        for (int[] w : new int[][] {{0, 0x11}, {1, 0x30}, {1, 4}, {1, 1}}) {
            pic.master().write(w[0], 1, w[1]);
        }
        b.apics[0].writeMsr(LocalApic.MSR_APIC_BASE, 0xFEE00000L);
        router.isa(4, "serial").pulse();
        assertTrue(b.apics[0].interruptPending());
        assertEquals(0x34, b.apics[0].acknowledge());
    }

    @Test
    void messages_decode_destination_mode_and_trigger() {
        InterruptFabric f = b.controllers.fabric();
        f.send(0xFEE01000L, 0x51);
        assertTrue(b.apics[1].interruptPending());
        assertFalse(b.apics[0].interruptPending());
        f.send(0xFEE01004L, 0x52);
        assertEquals(0x52, b.apics[0].acknowledge(), "logical ID 1 is processor 0");
        f.send(0xFEE00000L, 0x8061);
        f.send(0xFED00000L, 0x62);
        f.send(0x1_FEE00000L, 0x63);
        f.send(0xFEE02000L, 0x64);
        f.send(0xFEE00020L, 0x65);
        assertEquals(-1, b.apics[0].acknowledge(), "de-asserted, elsewhere, or for nobody");
        f.send(0xFEE00000L, 0xC061);
        assertEquals(0x61, b.apics[0].acknowledge());
        assertTrue((b.read(0, ApicRegister.TMR + 3) & 2) != 0);
        f.send(0xFEEFF000L, 0x400);
        assertEquals(1, b.signals[0].nmis);
        assertEquals(1, b.signals[1].nmis);
        f.send(0xFEE00000L, 0x200);
        f.send(0xFEE00000L, 0x300);
    }
}
