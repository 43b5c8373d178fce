package dev.backplane.machine.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AcpiPmTest {
    private static final int STATUS = 0;
    private static final int ENABLE = 2;
    private static final int CONTROL = 4;
    private static final int TIMER = 8;
    private static final int GPE = 0x20;

    private final ManualClock clock = new ManualClock();
    private boolean sci;
    private int offs;
    private int resets;
    private final BoardEvents events = new BoardEvents() {
        @Override
        public void powerOff() {
            offs++;
        }

        @Override
        public void reset() {
            resets++;
        }
    };
    private final AcpiPm pm = new AcpiPm(clock, clock, level -> sci = level, events);

    @Test
    void the_timer_runs_at_its_frequency_in_32_bits() {
        clock.advance(1_000_000_000);
        assertEquals(3_579_545, pm.read(TIMER, 4));
        assertEquals(3_579_545 >> 16, pm.read(TIMER + 2, 2) & 0xFFFF);
        clock.advance(2_000_000_000_000L);
        assertEquals(2001L * 3_579_545 & 0xFFFFFFFFL, pm.read(TIMER, 4));
    }

    @Test
    void the_power_button_raises_the_sci_until_it_is_acknowledged() {
        pm.pressPowerButton();
        assertFalse(sci, "not enabled");
        assertEquals(0x100, pm.read(STATUS, 2));
        pm.write(ENABLE, 2, 0x120);
        assertTrue(sci);
        pm.write(STATUS, 2, 0x100);
        assertFalse(sci);
        assertEquals(0, pm.read(STATUS, 2));
    }

    @Test
    void s5_turns_the_machine_off_and_nothing_else_does() {
        assertEquals(1, pm.read(CONTROL, 2), "always in ACPI mode");
        pm.write(CONTROL, 2, AcpiPm.SLP_TYP_S5 << 10);
        assertEquals(0, offs);
        assertEquals(AcpiPm.SLP_TYP_S5 << 10 | 1, pm.read(CONTROL, 2));
        pm.write(CONTROL, 2, 3 << 10 | 1 << 13);
        assertEquals(0, offs);
        pm.write(CONTROL, 2, AcpiPm.SLP_TYP_S5 << 10 | 1 << 13);
        assertEquals(1, offs);
        pm.write(CONTROL + 1, 1, AcpiPm.SLP_TYP_S5 << 2 | 1 << 5);
        assertEquals(2, offs);
    }

    @Test
    void the_timers_top_bit_raises_its_event() {
        pm.write(ENABLE, 2, 1);
        long half = (1L << 31) * 1_000_000_000L / AcpiPm.TIMER_HZ;
        clock.advance(half - 1);
        assertFalse(sci);
        clock.advance(2);
        assertTrue(sci);
        assertFalse(clock.anyArmed());
        pm.write(STATUS, 2, 1);
        assertFalse(sci);
        clock.advance(half + 2);
        assertTrue(sci);
    }

    @Test
    void general_purpose_events_need_their_enable_bit() {
        pm.raiseGpe(9);
        assertFalse(sci);
        assertEquals(2, pm.read(GPE + 1, 1));
        pm.write(GPE + 8, 2, 0x200);
        assertTrue(sci);
        pm.write(GPE, 4, 0x200);
        assertFalse(sci);
    }

    @Test
    void resets_come_from_cf9_port_92_and_the_keyboard_controller() {
        ResetControl control = new ResetControl(events);
        control.cf9().write(0, 1, 2);
        assertEquals(0, resets);
        control.cf9().write(0, 1, ResetControl.RESET_VALUE);
        assertEquals(1, resets);
        control.portA().write(0, 1, 3);
        control.portA().write(0, 1, 3);
        assertEquals(2, resets, "on the rising bit");
        KeyboardController keyboard = new KeyboardController(events);
        keyboard.command().write(0, 1, 0xFE);
        assertEquals(3, resets);
        keyboard.command().write(0, 1, 0xD1);
        keyboard.data().write(0, 1, 0xDD);
        assertEquals(3, resets);
        keyboard.command().write(0, 1, 0xD1);
        keyboard.data().write(0, 1, 0xDC);
        assertEquals(4, resets);
    }

    @Test
    void the_keyboard_controller_answers_sanely() {
        KeyboardController keyboard = new KeyboardController(events);
        assertEquals(0x14, keyboard.command().read(0, 1));
        keyboard.command().write(0, 1, 0xAA);
        assertEquals(1, keyboard.command().read(0, 1) & 1);
        assertEquals(0x55, keyboard.data().read(0, 1));
        assertEquals(0, keyboard.command().read(0, 1) & 1);
        keyboard.command().write(0, 1, 0x60);
        keyboard.data().write(0, 1, 0x74);
        keyboard.command().write(0, 1, 0x20);
        assertEquals(0x74, keyboard.data().read(0, 1));
        keyboard.data().write(0, 1, 0xF2);
        assertEquals(0x41, keyboard.command().read(0, 1) & 0x41, "nobody answers");
        assertEquals(0, resets);
    }
}
