package dev.backplane.machine.interrupt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ApicTimerTest {
    private static final int VECTOR = 0xEC;
    private static final int PERIODIC = 1 << 17;
    private static final int DEADLINE = 1 << 18;
    private static final int MASKED = 1 << 16;
    private static final int BY_16 = 0b11;
    private static final int BY_1 = 0b1011;

    private final ApicBench b = new ApicBench(1).enable();
    private final LocalApic apic = b.apics[0];

    private int interrupts() {
        int n = 0;
        while (apic.acknowledge() == VECTOR) {
            b.write(0, ApicRegister.EOI, 0);
            n++;
        }
        return n;
    }

    @Test
    void one_shot_counts_down_with_the_divider_and_fires_once() {
        b.write(0, ApicRegister.DIVIDE, BY_16);
        b.write(0, ApicRegister.LVT_TIMER, VECTOR);
        b.write(0, ApicRegister.INITIAL_COUNT, 1000);
        b.clock.advance(8_000);
        assertEquals(500, b.read(0, ApicRegister.CURRENT_COUNT));
        b.clock.advance(7_999);
        assertEquals(0, interrupts());
        b.clock.advance(1);
        assertEquals(1, interrupts());
        assertEquals(0, b.read(0, ApicRegister.CURRENT_COUNT));
        assertEquals(1000, b.read(0, ApicRegister.INITIAL_COUNT));
        assertFalse(b.clock.anyArmed(), "nothing wakes the host for a timer that has run out");
        b.clock.advance(1_000_000_000);
        assertEquals(0, interrupts());
    }

    @Test
    void periodic_fires_every_period_and_once_for_all_that_were_missed() {
        b.write(0, ApicRegister.DIVIDE, BY_1);
        b.write(0, ApicRegister.LVT_TIMER, VECTOR | PERIODIC);
        b.write(0, ApicRegister.INITIAL_COUNT, 1_000_000);
        int n = 0;
        for (int i = 0; i < 10; i++) {
            b.clock.advance(1_000_000);
            n += interrupts();
        }
        assertEquals(10, n);
        b.clock.leap(7_500_000);
        assertEquals(1, interrupts());
        b.clock.advance(499_999);
        assertEquals(0, interrupts());
        b.clock.advance(1);
        assertEquals(1, interrupts(), "the phase is kept");
    }

    @Test
    void a_tiny_period_does_not_storm_the_host() {
        b.write(0, ApicRegister.DIVIDE, BY_1);
        b.write(0, ApicRegister.LVT_TIMER, VECTOR | PERIODIC);
        b.write(0, ApicRegister.INITIAL_COUNT, 1);
        long before = b.clock.callbacks();
        b.clock.advance(1_000_000_000);
        assertTrue(b.clock.callbacks() - before <= 20_001, "wake-ups: " + (b.clock.callbacks() - before));
        assertTrue(interrupts() > 0);
        b.write(0, ApicRegister.INITIAL_COUNT, 0);
        assertFalse(b.clock.anyArmed());
    }

    @Test
    void masked_it_counts_but_wakes_nobody() {
        b.write(0, ApicRegister.DIVIDE, BY_1);
        b.write(0, ApicRegister.LVT_TIMER, VECTOR | PERIODIC | MASKED);
        b.write(0, ApicRegister.INITIAL_COUNT, 1_000_000);
        b.clock.advance(300_000);
        assertEquals(700_000, b.read(0, ApicRegister.CURRENT_COUNT));
        assertFalse(b.clock.anyArmed());
        b.clock.advance(1_000_000);
        assertEquals(700_000, b.read(0, ApicRegister.CURRENT_COUNT));
        b.write(0, ApicRegister.LVT_TIMER, VECTOR | PERIODIC);
        b.clock.advance(699_999);
        assertEquals(0, interrupts());
        b.clock.advance(1);
        assertEquals(1, interrupts());
    }

    @Test
    void the_largest_count_and_divider_neither_overflow_nor_fire_early() {
        b.write(0, ApicRegister.DIVIDE, 0b1010);
        b.write(0, ApicRegister.LVT_TIMER, VECTOR);
        b.write(0, ApicRegister.INITIAL_COUNT, -1);
        b.clock.advance(128_000);
        assertEquals(0xFFFFFFFFL - 1000, b.read(0, ApicRegister.CURRENT_COUNT) & 0xFFFFFFFFL);
        b.clock.advance(0xFFFFFFFFL * 128 - 128_000 - 1);
        assertEquals(0, interrupts());
        b.clock.advance(1);
        assertEquals(1, interrupts());
    }

    @Test
    void a_new_divider_applies_from_the_count_where_it_stands() {
        b.write(0, ApicRegister.DIVIDE, BY_1);
        b.write(0, ApicRegister.LVT_TIMER, VECTOR);
        b.write(0, ApicRegister.INITIAL_COUNT, 1000);
        b.clock.advance(400);
        b.write(0, ApicRegister.DIVIDE, BY_16);
        assertEquals(600, b.read(0, ApicRegister.CURRENT_COUNT));
        b.clock.advance(1600);
        assertEquals(500, b.read(0, ApicRegister.CURRENT_COUNT));
        b.clock.advance(8000);
        assertEquals(1, interrupts());
    }

    @Test
    void tsc_deadline_fires_when_the_counter_arrives_and_then_reads_zero() {
        b.write(0, ApicRegister.LVT_TIMER, VECTOR | DEADLINE);
        long deadline = b.tsc() + 20_001;
        assertTrue(apic.writeMsr(LocalApic.MSR_TSC_DEADLINE, deadline));
        assertEquals(deadline, apic.readMsr(LocalApic.MSR_TSC_DEADLINE));
        b.clock.advance(10_000);
        assertEquals(0, interrupts());
        b.clock.advance(1);
        assertEquals(1, interrupts());
        assertEquals(0, apic.readMsr(LocalApic.MSR_TSC_DEADLINE));
        assertFalse(b.clock.anyArmed());
    }

    @Test
    void a_deadline_in_the_past_fires_at_once_and_zero_disarms() {
        b.write(0, ApicRegister.LVT_TIMER, VECTOR | DEADLINE);
        apic.writeMsr(LocalApic.MSR_TSC_DEADLINE, 1);
        assertEquals(1, interrupts());
        apic.writeMsr(LocalApic.MSR_TSC_DEADLINE, b.tsc() + 1000);
        apic.writeMsr(LocalApic.MSR_TSC_DEADLINE, 0);
        assertFalse(b.clock.anyArmed());
        apic.writeMsr(LocalApic.MSR_TSC_DEADLINE, -1L);
        b.clock.advance(1_000_000_000_000L);
        assertEquals(0, interrupts(), "2^64-1 is far away");
    }

    @Test
    void modes_do_not_mix() {
        b.write(0, ApicRegister.LVT_TIMER, VECTOR);
        apic.writeMsr(LocalApic.MSR_TSC_DEADLINE, 5);
        assertEquals(0, apic.readMsr(LocalApic.MSR_TSC_DEADLINE));
        assertEquals(0, interrupts());
        b.write(0, ApicRegister.LVT_TIMER, VECTOR | DEADLINE);
        b.write(0, ApicRegister.INITIAL_COUNT, 1000);
        assertEquals(0, b.read(0, ApicRegister.INITIAL_COUNT));
        apic.writeMsr(LocalApic.MSR_TSC_DEADLINE, b.tsc() + 1000);
        b.write(0, ApicRegister.LVT_TIMER, VECTOR);
        assertFalse(b.clock.anyArmed(), "leaving TSC-deadline mode disarms");
    }

    @Test
    void a_deadline_that_passes_while_masked_is_lost() {
        b.write(0, ApicRegister.LVT_TIMER, VECTOR | DEADLINE | MASKED);
        apic.writeMsr(LocalApic.MSR_TSC_DEADLINE, b.tsc() + 1000);
        b.clock.advance(1000);
        b.write(0, ApicRegister.LVT_TIMER, VECTOR | DEADLINE);
        b.clock.advance(1000);
        assertEquals(0, interrupts());
        assertEquals(0, apic.readMsr(LocalApic.MSR_TSC_DEADLINE));
    }
}
