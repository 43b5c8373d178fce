package dev.backplane.machine.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.backplane.machine.acpi.AcpiTables;
import dev.backplane.machine.interrupt.IoApic;
import dev.backplane.machine.memory.MemoryMap;

/** What the ACPI tables tell is what the board is; offsets from ACPI 6.5, 5.2.9 and 5.2.12, and the HPET table. */
class FirmwareTablesTest {
    private static final int GAS_ADDRESS = 4;

    private final ByteBuffer image = ByteBuffer
        .wrap(new AcpiTables(0xE0000, 2, MemoryMap.of(512 << 20), List.of()).build()).order(ByteOrder.LITTLE_ENDIAN);

    private int find(String text) {
        byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < image.capacity() - wanted.length; i++) {
            int n = 0;
            while (n < wanted.length && image.get(i + n) == wanted[n]) {
                n++;
            }
            if (n == wanted.length) {
                return i;
            }
        }
        throw new AssertionError("there is no " + text);
    }

    @Test
    void the_fadt_names_the_ports_of_fixed_hardware_and_reset() {
        int fadt = find("FACP");
        assertEquals(AcpiPm.SCI_IRQ, image.getShort(fadt + 46));
        assertEquals(0, image.getInt(fadt + 48), "no SMI command port: SCI_EN is always one");
        assertEquals(AcpiPm.PM1_EVENT, image.getInt(fadt + 56));
        assertEquals(AcpiPm.PM1_CONTROL, image.getInt(fadt + 64));
        assertEquals(AcpiPm.PM_TIMER, image.getInt(fadt + 76));
        assertEquals(AcpiPm.GPE0, image.getInt(fadt + 80));
        assertEquals(AcpiPm.PM1_EVENT_LENGTH, image.get(fadt + 88));
        assertEquals(AcpiPm.PM1_CONTROL_LENGTH, image.get(fadt + 89));
        assertEquals(AcpiPm.GPE0_LENGTH, image.get(fadt + 92));
        assertEquals(0x32, image.get(fadt + 108), "the century register");
        assertEquals(ResetControl.PORT, image.getLong(fadt + 116 + GAS_ADDRESS));
        assertEquals(ResetControl.RESET_VALUE, image.get(fadt + 128));
        int flags = image.getInt(fadt + 112);
        assertEquals(0, flags & 1 << 4, "the power button is fixed hardware");
        assertTrue((flags & 1 << 5) != 0, "a sleep button is not");
        assertEquals(0, flags & 1 << 6, "the clock's alarm is a fixed event");
        assertTrue((flags & 1 << 8) != 0, "the timer has 32 bits");
    }

    @Test
    void s5_is_the_sleep_type_that_turns_off() {
        int at = find("_S5_");
        boolean found = false;
        for (int i = at + 4; i < at + 10; i++) {
            found |= image.get(i) == 0x0A && image.get(i + 1) == AcpiPm.SLP_TYP_S5;
        }
        assertTrue(found);
    }

    @Test
    void hpet_and_io_apic_are_where_the_tables_say() {
        int hpet = find("HPET8");
        assertEquals(Hpet.CAPABILITIES, image.getInt(hpet + 36));
        assertEquals(Hpet.ADDRESS, image.getLong(hpet + 40 + GAS_ADDRESS));
        int madt = find("APIC");
        int at = madt + 44;
        while (image.get(at) != 1) {
            at += image.get(at + 1);
        }
        assertEquals(IoApic.DEFAULT_ID, image.get(at + 2));
        assertEquals(IoApic.DEFAULT_ADDRESS, image.getInt(at + 4) & 0xFFFFFFFFL);
        assertEquals(0, image.getInt(at + 8));
    }
}
