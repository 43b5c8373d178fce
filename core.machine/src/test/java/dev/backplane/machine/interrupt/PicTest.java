package dev.backplane.machine.interrupt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PicTest {
    private boolean intr;
    private final Pic pic = new Pic(level -> intr = level);

    @BeforeEach
    void program_as_linux_does() {
        out(0x20, 0x11);
        out(0x21, 0x30);
        out(0x21, 4);
        out(0x21, 1);
        out(0xA0, 0x11);
        out(0xA1, 0x38);
        out(0xA1, 2);
        out(0xA1, 1);
    }

    private void out(int port, int value) {
        switch (port & 0xF0) {
            case 0x20 -> pic.master().write(port & 1, 1, value);
            case 0xA0 -> pic.slave().write(port & 1, 1, value);
            default -> pic.edgeLevelControl().write(port & 1, 1, value);
        }
    }

    private int in(int port) {
        return (int) (port < 0xA0 ? pic.master() : pic.slave()).read(port & 1, 1);
    }

    private void pulse(int pin) {
        pic.set(pin, true);
        pic.set(pin, false);
    }

    @Test
    void an_edge_is_latched_delivered_once_and_ended() {
        pulse(4);
        assertTrue(intr);
        assertEquals(0x10, in(0x20));
        assertEquals(0x34, pic.acknowledge());
        assertFalse(intr);
        out(0x20, 0x0B);
        assertEquals(0x10, in(0x20));
        pulse(4);
        assertFalse(intr, "in service");
        out(0x20, 0x20);
        assertTrue(intr);
        assertEquals(0x34, pic.acknowledge());
    }

    @Test
    void the_slave_comes_through_the_cascade_with_its_own_priority() {
        pulse(14);
        pulse(8);
        assertEquals(0x38, pic.acknowledge());
        assertFalse(intr);
        pulse(1);
        assertTrue(intr, "IRQ1 is above the cascade");
        assertEquals(0x31, pic.acknowledge());
        out(0x20, 0x61);
        out(0xA0, 0x20);
        assertFalse(intr, "the cascade is still in service in the master");
        out(0x20, 0x62);
        assertTrue(intr);
        assertEquals(0x3E, pic.acknowledge());
    }

    @Test
    void masks_hold_requests_back_without_losing_them() {
        out(0x21, 0xFF);
        pulse(3);
        assertFalse(intr);
        out(0x21, 0xF7);
        assertTrue(intr);
        assertEquals(0xF7, in(0x21));
    }

    @Test
    void a_request_that_goes_away_is_irq_7_or_15() {
        assertEquals(0x37, pic.acknowledge());
        out(0x20, 0x0B);
        assertEquals(0, in(0x20), "a spurious interrupt is not in service");
        out(0x4D1, 0x04);
        pic.set(10, true);
        pic.set(10, false);
        assertFalse(intr, "a level that falls takes its request along");
    }

    @Test
    void level_triggered_lines_ask_until_they_fall() {
        out(0x4D0, 0xFF);
        assertEquals(0xF8, pic.edgeLevelControl().read(0, 1), "IRQ 0 to 2 are edges for ever");
        pic.set(5, true);
        assertEquals(0x35, pic.acknowledge());
        out(0x20, 0x20);
        assertTrue(intr);
        pic.set(5, false);
        assertFalse(intr);
    }

    @Test
    void auto_eoi_leaves_nothing_in_service() {
        out(0x20, 0x11);
        out(0x21, 0x30);
        out(0x21, 4);
        out(0x21, 3);
        pulse(0);
        assertEquals(0x30, pic.acknowledge());
        pulse(0);
        assertEquals(0x30, pic.acknowledge());
    }

    @Test
    void rotation_makes_the_one_served_last_in_line() {
        pulse(3);
        pic.acknowledge();
        out(0x20, 0xA0);
        pulse(3);
        pulse(7);
        assertEquals(0x37, pic.acknowledge());
        out(0x20, 0x20);
        out(0x20, 0xC7);
        pulse(0);
        assertEquals(0x30, pic.acknowledge(), "set priority: 7 lowest, 0 highest");
    }

    @Test
    void special_mask_mode_lets_lower_ones_in() {
        pulse(3);
        pic.acknowledge();
        pulse(6);
        assertFalse(intr);
        out(0x20, 0x68);
        out(0x21, 0x08);
        assertTrue(intr);
        assertEquals(0x36, pic.acknowledge());
    }

    @Test
    void poll_mode_acknowledges_by_reading() {
        pulse(6);
        out(0x20, 0x0C);
        assertEquals(0x86, in(0x20));
        assertFalse(intr);
        out(0x20, 0x0C);
        assertEquals(0, in(0x20));
    }

    @Test
    void initialization_forgets_edges_but_not_levels() {
        out(0x4D1, 0x02);
        pic.set(9, true);
        pulse(4);
        program_as_linux_does();
        assertTrue(intr);
        assertEquals(0x39, pic.acknowledge());
        out(0xA0, 0x20);
        out(0x20, 0x20);
        pic.set(9, false);
        assertFalse(intr);
    }
}
