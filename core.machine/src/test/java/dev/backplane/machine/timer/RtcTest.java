package dev.backplane.machine.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;

import org.junit.jupiter.api.Test;

class RtcTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MIB = 1 << 20;

    private final ManualClock clock = new ManualClock();
    private boolean line;
    private int edges;
    private final Rtc rtc = new Rtc(clock, clock, level -> {
        edges += level && !line ? 1 : 0;
        line = level;
    }, new MemorySize(512 * MIB, 6L << 30, 4));

    private int in(int register) {
        rtc.registers().write(0, 1, register);
        return (int) rtc.registers().read(1, 1);
    }

    private void out(int register, int value) {
        rtc.registers().write(0, 1, register);
        rtc.registers().write(1, 1, value);
    }

    @Test
    void shows_the_wall_clock_in_bcd() {
        clock.wallClock(Instant.parse("2026-11-22T23:45:17.5Z"));
        assertEquals(0x17, in(0));
        assertEquals(0x45, in(2));
        assertEquals(0x23, in(4));
        assertEquals(1, in(6), "a Sunday");
        assertEquals(0x22, in(7));
        assertEquals(0x11, in(8));
        assertEquals(0x26, in(9));
        assertEquals(0x20, in(0x32));
        assertEquals(0x80, in(0xD));
        assertEquals(0x26, in(0xA));
        assertEquals(2, in(0xB));
    }

    @Test
    void speaks_binary_and_twelve_hours() {
        clock.wallClock(Instant.parse("2026-11-22T23:45:17.1Z"));
        out(0xB, 4);
        assertEquals(45, in(2));
        assertEquals(0x80 | 11, in(4));
        clock.wallClock(Instant.parse("2026-11-22T00:45:17.1Z"));
        assertEquals(12, in(4));
    }

    @Test
    void keeps_the_time_that_linux_sets() {
        int control = in(0xB);
        out(0xB, control | 0x80);
        int select = in(0xA);
        out(0xA, select | 0x70);
        out(9, 0x30);
        out(8, 0x12);
        out(7, 0x31);
        out(4, 0x23);
        out(2, 0x59);
        out(0, 0x58);
        clock.advance(3 * SECOND);
        assertEquals(0x58, in(0), "it stands while it is set");
        out(0xB, control);
        out(0xA, select);
        assertEquals(0x58, in(0));
        clock.advance(SECOND / 2);
        assertEquals(0x59, in(0), "the first update comes half a second after the divider starts");
        clock.advance(SECOND);
        assertEquals(0x00, in(0));
        assertEquals(0x31, in(9));
        assertEquals(0x01, in(8));
        clock.jumpWallClock(3600);
        assertEquals(0x01, in(4), "it follows the wall clock from there");
    }

    @Test
    void warns_of_an_update() {
        clock.wallClock(Instant.parse("2026-11-22T23:45:17Z"));
        assertEquals(0, in(0xA) & 0x80);
        clock.advance(SECOND - 200_000);
        assertEquals(0x80, in(0xA) & 0x80);
        clock.advance(200_000);
        assertEquals(0, in(0xA) & 0x80);
    }

    @Test
    void update_interrupts_come_each_second_to_a_guest_that_answers() {
        in(0xC);
        out(0xB, 0x12);
        clock.advance(SECOND);
        assertTrue(line);
        assertEquals(0x90, in(0xC) & 0x90);
        assertFalse(line);
        clock.advance(SECOND);
        assertEquals(2, edges);
        clock.advance(10 * SECOND);
        assertEquals(2, edges, "not answered: no further edge");
        assertFalse(clock.anyArmed());
    }

    @Test
    void periodic_interrupts_have_the_rate_of_register_a() {
        out(0xA, 0x26);
        in(0xC);
        out(0xB, 0x42);
        int n = 0;
        for (int i = 0; i < 20_000; i++) {
            clock.advance(50_000);
            if (line) {
                assertEquals(0xC0, in(0xC) & 0xC0);
                n++;
            }
        }
        assertEquals(1024, n, 2);
    }

    @Test
    void the_alarm_rings_at_its_time_and_with_wildcards() {
        clock.wallClock(Instant.parse("2026-11-22T23:45:17Z"));
        in(0xC);
        out(5, 0x00);
        out(3, 0x10);
        out(1, 0x05);
        out(0xB, 0x22);
        clock.advance(1487 * SECOND);
        assertFalse(line);
        clock.advance(SECOND);
        assertTrue(line);
        assertEquals(0xA0, in(0xC) & 0xA0);
        out(5, 0xC0);
        out(3, 0xFF);
        clock.advance(60 * SECOND);
        assertTrue(line, "every minute");
        in(0xC);
        out(1, 0x75);
        clock.advance(7200 * SECOND);
        assertFalse(line, "no such second");
    }

    @Test
    void an_alarm_that_a_pause_ran_over_rings_soon_after() {
        clock.wallClock(Instant.parse("2026-11-22T23:45:17Z"));
        in(0xC);
        out(5, 0x00);
        out(3, 0x10);
        out(1, 0x05);
        out(0xB, 0x22);
        clock.jumpWallClock(7200);
        clock.advance(61 * SECOND);
        assertTrue(line);
    }

    @Test
    void polled_flags_are_there_without_a_timer() {
        in(0xC);
        clock.advance(2 * SECOND);
        assertFalse(clock.anyArmed());
        assertEquals(0x50, in(0xC));
        assertEquals(0, in(0xC));
    }

    @Test
    void memory_sizes_stand_where_firmware_looks() {
        assertEquals(640, in(0x15) | in(0x16) << 8);
        assertEquals(0xFFFF, in(0x17) | in(0x18) << 8);
        assertEquals((512 - 16) * 16, in(0x34) | in(0x35) << 8);
        assertEquals(6L << 30 >> 16, in(0x5B) | in(0x5C) << 8 | in(0x5D) << 16);
        assertEquals(3, in(0x5F));
        int sum = 0;
        for (int i = 0x10; i <= 0x2D; i++) {
            sum += in(i);
        }
        assertEquals(sum, in(0x2E) << 8 | in(0x2F));
    }

    @Test
    void reset_keeps_time_and_memory_and_drops_interrupts() {
        out(0x40, 0x5A);
        out(4, 0x05);
        out(0xB, 0x72);
        clock.advance(SECOND);
        assertTrue(line);
        rtc.reset();
        assertFalse(line);
        assertEquals(0x5A, in(0x40));
        assertEquals(0x05, in(4));
        assertEquals(0, in(0xB) & 0x70);
    }

    @Test
    void the_top_bit_of_the_index_masks_nmi() {
        rtc.registers().write(0, 1, 0x8F);
        assertTrue(rtc.nmiMasked());
        rtc.registers().write(0, 1, 0x0F);
        assertFalse(rtc.nmiMasked());
    }
}
