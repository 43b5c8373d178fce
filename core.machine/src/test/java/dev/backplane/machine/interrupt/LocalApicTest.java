package dev.backplane.machine.interrupt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

import org.junit.jupiter.api.Test;

class LocalApicTest {
    private static final int BASE = LocalApic.MSR_X2APIC;

    @Test
    void identifies_itself_as_the_sdm_says() {
        ApicBench b = new ApicBench(3);
        assertEquals(2 << 24, b.read(2, ApicRegister.ID));
        assertEquals(0x14, b.read(2, ApicRegister.VERSION) & 0xFF);
        assertEquals(5, b.read(2, ApicRegister.VERSION) >> 16 & 0xFF);
        assertEquals(0xFF, b.read(2, ApicRegister.SVR));
        assertEquals(0xFFFFFFFF, b.read(2, ApicRegister.DFR));
        assertEquals(0xFEE00900L, b.apics[0].readMsr(LocalApic.MSR_APIC_BASE));
        assertEquals(0xFEE00800L, b.apics[2].readMsr(LocalApic.MSR_APIC_BASE));
        assertEquals(0x700, b.read(0, ApicRegister.LVT_LINT0));
        assertEquals(0x10000, b.read(2, ApicRegister.LVT_LINT0));
        assertEquals(0x10000, b.read(0, ApicRegister.LVT_TIMER));
    }

    @Test
    void delivers_the_highest_vector_first_and_nests_by_priority_class() {
        ApicBench b = new ApicBench(1).enable();
        LocalApic a = b.apics[0];
        a.accept(0x31, false);
        assertEquals(1, b.signals[0].requests);
        a.accept(0x35, false);
        a.accept(0x35, false);
        assertEquals(2, b.signals[0].requests, "a vector requested twice is one request");
        assertEquals(0x35, a.acknowledge());
        assertEquals(0x30, b.read(0, ApicRegister.PPR));
        assertFalse(a.interruptPending(), "the same class does not interrupt itself");
        assertEquals(-1, a.acknowledge());
        a.accept(0x41, false);
        assertTrue(a.interruptPending());
        assertEquals(0x41, a.acknowledge());
        assertEquals(1 << 0x15 | 0, b.read(0, ApicRegister.ISR + 1) & 1 << 0x15);
        assertEquals(2, b.read(0, ApicRegister.ISR + 2));
        int before = b.signals[0].requests;
        b.write(0, ApicRegister.EOI, 0);
        assertFalse(a.interruptPending());
        b.write(0, ApicRegister.EOI, 0);
        assertTrue(a.interruptPending(), "0x31 still waits");
        assertTrue(b.signals[0].requests > before, "the vCPU hears that priority fell");
        assertEquals(0x31, a.acknowledge());
        b.write(0, ApicRegister.EOI, 0);
        assertEquals(0, b.read(0, ApicRegister.PPR));
    }

    @Test
    void task_priority_holds_interrupts_back_and_cr8_is_its_upper_half() {
        ApicBench b = new ApicBench(1).enable();
        LocalApic a = b.apics[0];
        a.writeCr8(5);
        assertEquals(0x50, b.read(0, ApicRegister.TPR));
        a.accept(0x5F, false);
        assertFalse(a.interruptPending());
        a.accept(0x60, false);
        assertEquals(0x60, a.acknowledge());
        b.write(0, ApicRegister.EOI, 0);
        b.write(0, ApicRegister.TPR, 0x4F);
        assertEquals(4, a.readCr8());
        assertEquals(0x4F, b.read(0, ApicRegister.PPR));
        assertEquals(0x5F, a.acknowledge());
    }

    @Test
    void software_disabled_it_drops_new_interrupts_masks_its_lvt_and_still_takes_init() {
        ApicBench b = new ApicBench(2).enable();
        b.write(1, ApicRegister.LVT_ERROR, 0xFE);
        b.apics[1].accept(0x40, false);
        b.write(1, ApicRegister.SVR, 0xFF);
        assertEquals(0x100FE, b.read(1, ApicRegister.LVT_ERROR));
        b.write(1, ApicRegister.LVT_ERROR, 0xFE);
        assertEquals(0x100FE, b.read(1, ApicRegister.LVT_ERROR));
        b.apics[1].accept(0x50, false);
        assertEquals(0x40, b.apics[1].acknowledge(), "what was requested before is held");
        assertEquals(-1, b.apics[1].acknowledge());
        b.ipi(0, 1, 0xC500);
        assertEquals(1, b.signals[1].inits);
        b.ipi(0, 1, 0x8500);
        assertEquals(1, b.signals[1].inits, "de-assert is no INIT");
        b.ipi(0, 1, 0x0699);
        assertEquals(List.of(0x99), b.signals[1].startups);
        b.ipi(0, 1, 0x0400);
        assertEquals(1, b.signals[1].nmis);
    }

    @Test
    void init_keeps_base_and_id_and_clears_the_rest() {
        ApicBench b = new ApicBench(2).enableX2();
        b.apics[1].accept(0x80, false);
        b.apics[1].writeCr8(3);
        b.apics[1].init();
        assertFalse(b.apics[1].interruptPending());
        assertEquals(0, b.apics[1].readCr8());
        assertTrue(b.apics[1].x2Apic());
        assertEquals(1, b.apics[1].readMsr(BASE + ApicRegister.ID));
        assertEquals(0xFF, b.apics[1].readMsr(BASE + ApicRegister.SVR));
    }

    @Test
    void shorthands_reach_self_all_and_all_but_self() {
        ApicBench b = new ApicBench(3).enable();
        b.write(1, ApicRegister.ICR_LOW, 0x40041);
        b.write(1, ApicRegister.ICR_LOW, 0x80042);
        b.write(1, ApicRegister.ICR_LOW, 0xC0043);
        assertEquals(1 << 1 | 1 << 2, b.read(1, ApicRegister.IRR + 2));
        assertEquals(1 << 2 | 1 << 3, b.read(0, ApicRegister.IRR + 2));
        assertEquals(1 << 2 | 1 << 3, b.read(2, ApicRegister.IRR + 2));
        assertEquals(0, b.read(1, ApicRegister.ICR_LOW) & 1 << 12, "delivery is never pending");
    }

    @Test
    void illegal_vectors_and_registers_raise_errors() {
        ApicBench b = new ApicBench(2).enable();
        b.write(0, ApicRegister.LVT_ERROR, 0xFE);
        b.ipi(0, 1, 0x0F);
        assertTrue(b.apics[0].interruptPending());
        assertEquals(0, b.read(0, ApicRegister.ESR), "errors show after a write");
        b.write(0, ApicRegister.ESR, 0);
        assertEquals(LocalApic.ERROR_SEND_VECTOR, b.read(0, ApicRegister.ESR));
        b.apics[0].accept(3, false);
        b.read(0, 0x3A);
        b.write(0, ApicRegister.ESR, 0);
        assertEquals(LocalApic.ERROR_RECEIVE_VECTOR | LocalApic.ERROR_REGISTER, b.read(0, ApicRegister.ESR));
        b.write(0, ApicRegister.ESR, 0);
        assertEquals(0, b.read(0, ApicRegister.ESR));
    }

    @Test
    void apic_base_follows_the_legal_transitions_only() {
        ApicBench b = new ApicBench(1);
        LocalApic a = b.apics[0];
        assertTrue(a.claims(0xFEE00300L));
        assertFalse(a.claims(0xFEE01000L));
        assertFalse(a.writeMsr(LocalApic.MSR_APIC_BASE, 0xFEE00D00L | 1), "reserved bit");
        assertFalse(a.writeMsr(LocalApic.MSR_APIC_BASE, 1L << 40 | 0x900), "beyond the physical addresses");
        assertFalse(a.writeMsr(LocalApic.MSR_APIC_BASE, 0xFEE00500L), "x2APIC without enable");
        assertTrue(a.writeMsr(LocalApic.MSR_APIC_BASE, 0xFED00900L));
        assertTrue(a.claims(0xFED00030L));
        assertTrue(a.writeMsr(LocalApic.MSR_APIC_BASE, 0xFEE00C00L));
        assertEquals(0xFEE00D00L, a.readMsr(LocalApic.MSR_APIC_BASE), "BSP cannot be cleared");
        assertFalse(a.claims(0xFEE00000L));
        assertFalse(a.writeMsr(LocalApic.MSR_APIC_BASE, 0xFEE00900L), "x2APIC to xAPIC");
        assertTrue(a.writeMsr(LocalApic.MSR_APIC_BASE, 0xFEE00100L));
        assertFalse(a.writeMsr(LocalApic.MSR_APIC_BASE, 0xFEE00D00L), "disabled to x2APIC");
        assertTrue(a.writeMsr(LocalApic.MSR_APIC_BASE, 0xFEE00900L));
    }

    @Test
    void x2apic_msrs_fault_where_the_sdm_says() {
        ApicBench b = new ApicBench(1);
        LocalApic a = b.apics[0];
        assertFalse(a.msrReadable(BASE + ApicRegister.ID), "not in xAPIC mode");
        assertFalse(a.writeMsr(BASE + ApicRegister.TPR, 0));
        b.enableX2();
        assertTrue(a.msrReadable(BASE + ApicRegister.ID));
        for (int unreadable : new int[] {ApicRegister.EOI, ApicRegister.SELF_IPI, ApicRegister.DFR, ApicRegister.ICR_HIGH, 0x09,
            0x0C, 0x2F, 0x00, 0x40, 0xFF}) {
            assertFalse(a.msrReadable(BASE + unreadable), Integer.toHexString(unreadable));
        }
        for (int readOnly : new int[] {ApicRegister.ID, ApicRegister.VERSION, ApicRegister.PPR, ApicRegister.LDR, ApicRegister.ISR,
            ApicRegister.TMR, ApicRegister.IRR, ApicRegister.CURRENT_COUNT, ApicRegister.ICR_HIGH, ApicRegister.DFR}) {
            assertFalse(a.writeMsr(BASE + readOnly, 0), Integer.toHexString(readOnly));
        }
        assertFalse(a.writeMsr(BASE + ApicRegister.EOI, 1));
        assertFalse(a.writeMsr(BASE + ApicRegister.ESR, 1));
        assertFalse(a.writeMsr(BASE + ApicRegister.TPR, 0x100));
        assertFalse(a.writeMsr(BASE + ApicRegister.ICR_LOW, 1L << 20));
        assertFalse(a.writeMsr(BASE + ApicRegister.LVT_TIMER, 1L << 19));
        assertFalse(a.writeMsr(BASE + ApicRegister.INITIAL_COUNT, 1L << 32));
        assertTrue(a.writeMsr(BASE + ApicRegister.INITIAL_COUNT, 0xFFFFFFFFL));
        assertTrue(a.writeMsr(BASE + ApicRegister.EOI, 0));
        assertTrue(a.writeMsr(BASE + ApicRegister.SELF_IPI, 0x44));
        assertEquals(0x44, a.acknowledge());
    }

    @Test
    void x2apic_logical_ids_come_from_the_apic_id() {
        ApicBench b = new ApicBench(18).enableX2();
        assertEquals(0x10002L, b.apics[17].readMsr(BASE + ApicRegister.LDR));
        b.apics[0].writeMsr(BASE + ApicRegister.ICR_LOW, 0x0001_0003L << 32 | 0x851);
        assertTrue(b.apics[16].interruptPending());
        assertTrue(b.apics[17].interruptPending());
        assertFalse(b.apics[0].interruptPending());
        b.apics[0].writeMsr(BASE + ApicRegister.ICR_LOW, 0xFFFFFFFFL << 32 | 0x52);
        for (LocalApic a : b.apics) {
            assertTrue(a.interruptPending());
        }
        assertEquals(0xFFFFFFFF00000052L, b.apics[0].readMsr(BASE + ApicRegister.ICR_LOW));
    }

    @Test
    void logical_destinations_match_flat_and_cluster_models() {
        ApicBench b = new ApicBench(4).enable();
        b.ipi(0, 0b1010, 0x860);
        assertFalse(b.apics[0].interruptPending());
        assertTrue(b.apics[1].interruptPending());
        assertFalse(b.apics[2].interruptPending());
        assertTrue(b.apics[3].interruptPending());
        for (int i = 0; i < 4; i++) {
            b.apics[i].acknowledge();
            b.write(i, ApicRegister.EOI, 0);
            b.write(i, ApicRegister.DFR, 0x0FFFFFFF);
            b.write(i, ApicRegister.LDR, (i / 2 << 4 | 1 << i % 2) << 24);
        }
        b.ipi(0, 0x12, 0x860);
        assertTrue(b.apics[3].interruptPending());
        assertFalse(b.apics[1].interruptPending());
        b.ipi(0, 0xF1, 0x870);
        assertTrue(b.apics[0].interruptPending());
        assertTrue(b.apics[2].interruptPending());
        assertFalse(b.apics[1].interruptPending());
    }

    @Test
    void lowest_priority_goes_to_the_least_busy_enabled_processor() {
        ApicBench b = new ApicBench(3).enable();
        b.apics[0].writeCr8(4);
        b.apics[1].writeCr8(2);
        b.apics[2].writeCr8(3);
        b.ipi(0, 0xFF, 0x971);
        assertTrue(b.apics[1].interruptPending());
        b.write(1, ApicRegister.SVR, 0xFF);
        b.ipi(0, 0xFF, 0x972);
        assertTrue(b.apics[2].interruptPending());
        assertFalse(b.apics[0].interruptPending());
    }

    @Test
    void registers_are_read_by_any_size_and_written_whole() {
        ApicBench b = new ApicBench(3).enable();
        long id = LocalApic.DEFAULT_ADDRESS + 0x20;
        assertEquals(2, b.apics[2].mmioRead(id + 3, 1) & 0xFF);
        assertEquals(0, b.apics[2].mmioRead(id + 4, 4));
        b.apics[2].mmioWrite(LocalApic.DEFAULT_ADDRESS + 0x80, 1, 0x70);
        assertEquals(0, b.apics[2].readCr8());
        b.apics[2].mmioWrite(LocalApic.DEFAULT_ADDRESS + 0x80, 8, 0x70);
        assertEquals(7, b.apics[2].readCr8());
    }

    @Test
    void the_nmi_button_reaches_those_whose_lint1_says_nmi() {
        ApicBench b = new ApicBench(2).enable();
        b.write(1, ApicRegister.LVT_LINT1, 0x400);
        b.controllers.fabric().nmi();
        assertEquals(0, b.signals[0].nmis);
        assertEquals(1, b.signals[1].nmis);
    }

    @Test
    void virtual_wire_is_what_firmware_leaves() {
        ApicBench b = new ApicBench(2);
        b.apics[0].virtualWire();
        b.apics[1].virtualWire();
        assertEquals(0x1FF, b.read(0, ApicRegister.SVR));
        assertEquals(0x700, b.read(0, ApicRegister.LVT_LINT0));
        assertEquals(0x400, b.read(0, ApicRegister.LVT_LINT1));
        assertEquals(0x10000, b.read(1, ApicRegister.LVT_LINT0));
    }

    @Test
    void requests_from_many_threads_are_all_delivered() throws InterruptedException {
        ApicBench b = new ApicBench(1).enable();
        LocalApic a = b.apics[0];
        int rounds = 5_000;
        Thread[] senders = new Thread[2];
        int[] taken = new int[256];
        AtomicIntegerArray outstanding = new AtomicIntegerArray(256);
        for (int t = 0; t < senders.length; t++) {
            int vector = 0x40 + 0x11 * t;
            senders[t] = new Thread(() -> {
                for (int i = 0; i < rounds; i++) {
                    while (outstanding.get(vector) != 0) {
                        Thread.yield();
                    }
                    outstanding.set(vector, 1);
                    a.accept(vector, false);
                }
            });
            senders[t].start();
        }
        long limit = System.nanoTime() + 240_000_000_000L;
        while (taken[0x40] + taken[0x51] < 2 * rounds && System.nanoTime() < limit) {
            if (a.interruptPending()) {
                int v = a.acknowledge();
                taken[v]++;
                b.write(0, ApicRegister.EOI, 0);
                outstanding.set(v, 0);
            } else {
                Thread.yield();
            }
        }
        for (Thread t : senders) {
            t.join(60_000);
        }
        assertEquals(rounds, taken[0x40]);
        assertEquals(rounds, taken[0x51]);
    }
}
