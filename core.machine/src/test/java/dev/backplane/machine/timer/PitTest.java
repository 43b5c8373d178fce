package dev.backplane.machine.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

class PitTest {
    /** Long enough for a number of input clocks to have passed. */
    private static long ticks(long n) {
        return (n * 1_000_000_000L + Pit.HZ - 1) / Pit.HZ;
    }

    private final ManualClock clock = new ManualClock();
    private int edges;
    private boolean line;
    private final Pit pit = new Pit(clock, clock, level -> {
        if (level && !line) {
            edges++;
        }
        line = level;
    });

    private void out(int port, int value) {
        if (port == 0x61) {
            pit.controlPort().write(0, 1, value);
        } else {
            pit.registers().write(port - 0x40, 1, value);
        }
    }

    private int in(int port) {
        return (int) (port == 0x61 ? pit.controlPort() : pit.registers()).read(port == 0x61 ? 0 : port - 0x40, 1);
    }

    private void load(int channel, int mode, int count) {
        out(0x43, channel << 6 | 0x30 | mode << 1);
        out(0x40 + channel, count & 0xFF);
        out(0x40 + channel, count >> 8 & 0xFF);
    }

    private int count(int channel) {
        out(0x43, channel << 6);
        return in(0x40 + channel) | in(0x40 + channel) << 8;
    }

    @Test
    void mode_0_interrupts_once_at_terminal_count() {
        load(0, 0, 1000);
        assertFalse(line);
        clock.advance(ticks(400));
        assertEquals(600, count(0));
        clock.advance(ticks(600));
        assertTrue(line);
        assertEquals(1, edges);
        assertFalse(clock.anyArmed());
        clock.advance(ticks(100));
        assertEquals(0x10000 - 100, count(0), 1, "it goes on counting below zero");
    }

    @Test
    void mode_2_interrupts_every_period_without_drift() {
        load(0, 2, 1193);
        edges = 0;
        clock.advance(10_000_000_000L);
        assertEquals(Pit.HZ * 10 / 1193, edges, 1);
        int value = count(0);
        assertTrue(value >= 1 && value <= 1193, "count " + value);
    }

    @Test
    void mode_3_counts_by_two_and_shows_a_square_wave_on_out() {
        out(0x61, 1);
        load(2, 3, 1000);
        assertTrue((in(0x61) & 0x20) != 0);
        clock.advance(ticks(250));
        assertEquals(500, count(2));
        clock.advance(ticks(300));
        assertFalse((in(0x61) & 0x20) != 0);
        clock.advance(ticks(460));
        assertTrue((in(0x61) & 0x20) != 0);
    }

    @Test
    void late_ticks_come_as_one() {
        load(0, 2, 1193);
        edges = 0;
        clock.leap(50_000_000);
        assertEquals(1, edges);
        clock.advance(1_000_000);
        assertEquals(2, edges);
    }

    @Test
    void the_smallest_period_does_not_storm_the_host() {
        load(0, 2, 1);
        long before = clock.callbacks();
        clock.advance(1_000_000_000);
        assertTrue(clock.callbacks() - before <= 20_001, "wake-ups: " + (clock.callbacks() - before));
        assertTrue(edges > 0);
    }

    @Test
    void linux_calibrates_with_counter_2_through_port_61() {
        out(0x61, in(0x61) & ~2 | 1);
        out(0x43, 0xB0);
        out(0x42, 0xFF);
        out(0x42, 0xFF);
        clock.advance(ticks(0x100));
        assertEquals(0xFE, count(2) >> 8 & 0xFF);
        assertEquals(0, in(0x61) & 0x20);
        clock.advance(ticks(0xFF00));
        assertEquals(0x20, in(0x61) & 0x20);
    }

    @Test
    void the_gate_of_counter_2_stops_and_restarts_counting() {
        out(0x61, 1);
        load(2, 0, 1000);
        clock.advance(ticks(100));
        out(0x61, 0);
        clock.advance(ticks(5000));
        assertEquals(900, count(2), 1);
        out(0x61, 1);
        clock.advance(ticks(100));
        assertEquals(800, count(2), 1);
        out(0x61, 0);
        load(2, 2, 500);
        out(0x61, 1);
        clock.advance(ticks(100));
        assertEquals(400, count(2), 1);
        out(0x61, 0);
        out(0x61, 1);
        assertEquals(500, count(2), 1, "a rising gate reloads");
    }

    @Test
    void mode_1_waits_for_its_trigger_and_can_be_retriggered() {
        out(0x61, 0);
        load(2, 1, 1000);
        assertTrue((in(0x61) & 0x20) != 0);
        out(0x61, 1);
        assertFalse((in(0x61) & 0x20) != 0);
        clock.advance(ticks(600));
        out(0x61, 0);
        out(0x61, 1);
        clock.advance(ticks(600));
        assertFalse((in(0x61) & 0x20) != 0);
        clock.advance(ticks(401));
        assertTrue((in(0x61) & 0x20) != 0);
    }

    @Test
    void strobes_are_low_for_one_clock() {
        load(0, 4, 100);
        edges = 0;
        clock.advance(ticks(102));
        assertEquals(1, edges);
        clock.advance(ticks(100_000));
        assertEquals(1, edges);
    }

    @Test
    void a_new_count_in_mode_2_waits_for_the_end_of_the_cycle() {
        load(0, 2, 10_000);
        clock.advance(ticks(4000));
        out(0x40, 1000 & 0xFF);
        out(0x40, 1000 >> 8);
        out(0x43, 0xE2);
        assertEquals(0x40, in(0x40) & 0x40, "null count");
        assertEquals(6000, count(0), 1);
        edges = 0;
        clock.advance(ticks(6000));
        assertEquals(1, edges);
        clock.advance(ticks(5000));
        assertEquals(6, edges, 1);
        out(0x43, 0xE2);
        assertEquals(0, in(0x40) & 0x40);
    }

    @Test
    void read_back_latches_status_and_count_of_several_counters() {
        load(0, 2, 1000);
        load(1, 3, 2000);
        out(0x43, 0xC6);
        assertEquals(0x34 | 0x80, in(0x40));
        assertEquals(1000, in(0x40) | in(0x40) << 8);
        assertEquals(0x36 | 0x80, in(0x41));
        assertEquals(2000, in(0x41) | in(0x41) << 8);
    }

    @Test
    void bcd_counts_in_decimal() {
        out(0x43, 0x31);
        out(0x40, 0x00);
        out(0x40, 0x20);
        clock.advance(ticks(1));
        out(0x43, 0);
        assertEquals(0x1999, in(0x40) | in(0x40) << 8);
    }

    @Test
    void refresh_toggles() {
        int changes = 0;
        int last = in(0x61) & 0x10;
        for (int i = 0; i < 100; i++) {
            clock.advance(10_000);
            int now = in(0x61) & 0x10;
            changes += now != last ? 1 : 0;
            last = now;
        }
        assertTrue(changes > 30, "changes " + changes);
    }

    @Test
    void the_speaker_hears_of_gate_data_and_count() {
        List<String> heard = new ArrayList<>();
        pit.onSpeaker((time, data, gate, mode, count) -> heard.add(data + " " + gate + " " + mode + " " + count));
        load(2, 3, 1193);
        out(0x61, 3);
        assertEquals("true true 3 1193", heard.getLast());
        out(0x61, 0);
        assertEquals("false false 3 1193", heard.getLast());
    }

    @Test
    void disconnected_by_the_hpet_it_wakes_nobody() {
        load(0, 2, 1193);
        pit.connected(false);
        assertFalse(clock.anyArmed());
        pit.connected(true);
        assertTrue(clock.anyArmed());
    }
}
