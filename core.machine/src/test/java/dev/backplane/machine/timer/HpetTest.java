package dev.backplane.machine.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import dev.backplane.api.device.IrqLine;

class HpetTest {
    private static final int CONFIG = 0x10;
    private static final int STATUS = 0x20;
    private static final int COUNTER = 0xF0;

    /** Counts rising edges. */
    private static final class Line implements IrqLine {
        private int edges;
        private boolean level;

        @Override
        public void set(boolean asserted) {
            if (asserted && !level) {
                edges++;
            }
            level = asserted;
        }
    }

    private final ManualClock clock = new ManualClock();
    private final Line irq0 = new Line();
    private final Line irq8 = new Line();
    private final Line[] gsis = new Line[32];
    private Boolean legacy;
    private String message;
    private final Hpet hpet = new Hpet(clock, clock, irq0, irq8, gsi -> gsis[gsi] = new Line(),
        (address, data) -> message = Long.toHexString(address) + " " + Integer.toHexString(data), on -> legacy = on);

    private void write(int offset, long value) {
        hpet.write(offset, 4, value & 0xFFFFFFFFL);
    }

    private long read(int offset) {
        return hpet.read(offset, 4) & 0xFFFFFFFFL;
    }

    private static int config(int timer) {
        return 0x100 + 0x20 * timer;
    }

    private static int comparator(int timer) {
        return 0x108 + 0x20 * timer;
    }

    @Test
    void capabilities_name_period_and_three_comparators() {
        assertEquals(0x8086A201L, read(0));
        assertEquals(10_000_000, read(4));
        assertEquals(10_000_000L << 32 | 0x8086A201L, hpet.read(0, 8));
        assertEquals(0x30, read(config(0)) & 0x30);
        assertEquals(0xFF0104, read(config(0) + 4));
    }

    @Test
    void the_counter_runs_while_enabled_and_can_be_set_while_it_stands() {
        write(COUNTER, 0xFFFFFFF0L);
        write(COUNTER + 4, 1);
        clock.advance(1000);
        assertEquals(0x1FFFFFFF0L, hpet.read(COUNTER, 8));
        write(CONFIG, 1);
        clock.advance(1000);
        assertEquals(0x1FFFFFFF0L + 100, hpet.read(COUNTER, 8));
        assertEquals(2, read(COUNTER + 4));
        write(CONFIG, 0);
        clock.advance(1000);
        assertEquals(0x1FFFFFFF0L + 100, hpet.read(COUNTER, 8));
    }

    @Test
    void legacy_replacement_takes_the_place_of_8254_and_rtc() {
        IrqLine pit = hpet.legacyInput(0);
        pit.pulse();
        assertEquals(1, irq0.edges);
        write(CONFIG, 3);
        assertEquals(true, legacy);
        pit.pulse();
        hpet.legacyInput(1).pulse();
        assertEquals(1, irq0.edges);
        assertEquals(0, irq8.edges);
        write(config(0), 0x104);
        write(comparator(0), read(COUNTER) + 1000);
        clock.advance(9_999);
        assertEquals(1, irq0.edges);
        clock.advance(1);
        assertEquals(2, irq0.edges);
        pit.set(true);
        write(CONFIG, 1);
        assertEquals(false, legacy);
        assertEquals(3, irq0.edges, "the line comes back at the level it has");
    }

    @Test
    void periodic_as_linux_sets_it_up() {
        write(CONFIG, 3);
        clock.advance(123_456);
        long now = read(COUNTER);
        write(config(0), 0x14C);
        write(comparator(0), now + 400_000);
        clock.advance(1000);
        write(comparator(0), 400_000);
        assertEquals(0, read(config(0)) & 0x40, "set-value is used up");
        clock.advance(40_000_000);
        assertEquals(10, irq0.edges);
        clock.leap(22_000_000);
        assertEquals(11, irq0.edges, "late ones come as one");
        clock.advance(2_000_000);
        assertEquals(12, irq0.edges, "in phase");
    }

    @Test
    void a_period_of_nothing_does_not_storm_the_host() {
        write(CONFIG, 3);
        for (int period : new int[] {0, 1, 7}) {
            write(config(0), 0x14C);
            write(comparator(0), read(COUNTER) + 10);
            write(comparator(0), period);
            long before = clock.callbacks();
            clock.advance(1_000_000_000);
            assertTrue(clock.callbacks() - before <= 20_001, "wake-ups: " + (clock.callbacks() - before));
        }
    }

    @Test
    void a_comparator_already_passed_fires_at_once_and_only_once() {
        write(CONFIG, 3);
        write(config(0), 0x104);
        clock.advance(1_000_000);
        irq0.edges = 0;
        write(comparator(0), read(COUNTER) - 5);
        clock.advance(0);
        assertEquals(1, irq0.edges);
        clock.advance(1_000_000_000);
        assertEquals(1, irq0.edges);
        clock.advance((1L << 32) * 10);
        assertEquals(2, irq0.edges, "32 bits have gone round");
    }

    @Test
    void level_triggered_lines_stand_until_the_status_bit_is_cleared() {
        write(CONFIG, 1);
        write(config(2), 0x100 | 20 << 9 | 4 | 2);
        write(comparator(2), 1000);
        clock.advance(10_000);
        assertEquals(4, read(STATUS));
        assertTrue(gsis[20].level);
        write(STATUS, 4);
        assertEquals(0, read(STATUS));
        assertFalse(gsis[20].level);
        write(config(2), 0x100 | 11 << 9 | 4);
        assertEquals(20, read(config(2)) >> 9 & 0x1F, "a route that is not offered is not taken");
    }

    @Test
    void messages_go_where_the_comparator_says() {
        write(CONFIG, 1);
        write(config(1), 0x100 | 1 << 14 | 4);
        hpet.write(0x130, 8, 0xFEE01000L << 32 | 0x61);
        write(comparator(1), 1000);
        clock.advance(10_000);
        assertEquals("fee01000 61", message);
    }

    @Test
    void disabled_interrupts_wake_nobody() {
        write(CONFIG, 1);
        write(comparator(0), 1000);
        assertFalse(clock.anyArmed());
    }
}
