package dev.backplane.machine.acpi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import dev.backplane.machine.memory.MemoryMap;

class AcpiTablesTest {
    private static final int BASE = 0xE0000;

    private final ByteBuffer image = ByteBuffer.wrap(new AcpiTables(BASE, 3, MemoryMap.of(6L << 30),
        List.of(new IsaDevice(0x3F8, 8, 4), new IsaDevice(0x2F8, 8, 3), new IsaDevice(0xF4, 4, -1))).build())
        .order(ByteOrder.LITTLE_ENDIAN);

    private static int sum(ByteBuffer b, int at, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += b.get(at + i);
        }
        return sum & 0xFF;
    }

    private String signature(int at) {
        byte[] b = new byte[4];
        image.get(at, b);
        return new String(b, StandardCharsets.US_ASCII);
    }

    /** The tables that the XSDT and the FADT lead to, by signature: where they begin in the image. */
    private Map<String, Integer> tables() {
        Map<String, Integer> found = new LinkedHashMap<>();
        int xsdt = (int) image.getLong(24) - BASE;
        found.put("XSDT", xsdt);
        for (int at = xsdt + 36; at < xsdt + image.getInt(xsdt + 4); at += 8) {
            int table = (int) image.getLong(at) - BASE;
            found.put(signature(table), table);
        }
        int fadt = found.get("FACP");
        found.put("DSDT", (int) image.getLong(fadt + 140) - BASE);
        found.put("FACS", image.getInt(fadt + 36) - BASE);
        return found;
    }

    @Test
    void theRsdpHasBothChecksumsAndLeadsToAllTables() {
        assertEquals("RSD ", signature(0));
        assertEquals(0, sum(image, 0, 20));
        assertEquals(0, sum(image, 0, 36));
        assertEquals(List.of("XSDT", "FACP", "APIC", "MCFG", "HPET", "DSDT", "FACS"),
            List.copyOf(tables().keySet()));
    }

    @Test
    void everyTableAddsUpToZeroAndHasItsSignature() {
        tables().forEach((name, at) -> {
            assertEquals(name, signature(at));
            if (!name.equals("FACS")) {
                assertEquals(0, sum(image, at, image.getInt(at + 4)), name);
            }
        });
        assertEquals(0, tables().get("FACS") % 64);
    }

    @Test
    void theFadtNamesTheFixedHardwareAlikeInBothForms() {
        int fadt = tables().get("FACP");
        assertEquals(276, image.getInt(fadt + 4));
        assertEquals(9, image.getShort(fadt + 46));
        assertEquals(0, image.getInt(fadt + 48));
        assertEquals(image.getInt(fadt + 56), image.getLong(fadt + 148 + 4));
        assertEquals(image.getInt(fadt + 64), image.getLong(fadt + 172 + 4));
        assertEquals(image.getInt(fadt + 76), image.getLong(fadt + 208 + 4));
        assertEquals(image.getInt(fadt + 80), image.getLong(fadt + 220 + 4));
        assertEquals(0xCF9, image.getLong(fadt + 116 + 4));
        assertEquals(6, image.get(fadt + 128));
        assertEquals(0, image.getLong(fadt + 132));
        assertEquals(image.getInt(fadt + 40), image.getLong(fadt + 140));
    }

    @Test
    void theMadtHasEveryProcessorTheIoApicAndTheOverrides() {
        int at = tables().get("APIC");
        int end = at + image.getInt(at + 4);
        Map<Integer, Integer> kinds = new LinkedHashMap<>();
        int p = at + 44;
        while (p < end) {
            kinds.merge((int) image.get(p), 1, Integer::sum);
            assertTrue(image.get(p + 1) >= 2);
            p += image.get(p + 1);
        }
        assertEquals(end, p);
        assertEquals(Map.of(0, 3, 1, 1, 2, 2, 4, 1), kinds);
    }

    @Test
    void mcfgCoversAllBuses() {
        int at = tables().get("MCFG");
        assertEquals(MemoryMap.ECAM_BASE, image.getLong(at + 44));
        assertEquals(0, image.get(at + 54));
        assertEquals((byte) 255, image.get(at + 55));
    }

    @Test
    void cardsOnTheIsaSideAreInTheNamespace() {
        int at = tables().get("DSDT");
        byte[] b = new byte[image.getInt(at + 4)];
        image.get(at, b);
        String text = new String(b, StandardCharsets.ISO_8859_1);
        assertTrue(text.contains("COM1") && text.contains("COM2") && text.contains("ISA0"));
    }

    @Test
    void packageLengthsTakeTheirShortestForm() {
        assertArrayEquals(Aml.bytes(0x10, 0x05, 'A', 'B', '_', '_'), Aml.scope("AB"));
        assertEquals(0x10, Aml.scope("AB", new byte[58])[0]);
        assertEquals(0x3F, Aml.scope("AB", new byte[58])[1]);
        byte[] two = Aml.scope("AB", new byte[59]);
        assertArrayEquals(Aml.bytes(0x10, 0x41, 0x04), Arrays.copyOf(two, 3));
        byte[] three = Aml.scope("AB", new byte[5000]);
        int length = three[1] & 15 | (three[2] & 0xFF) << 4 | (three[3] & 0xFF) << 12;
        assertEquals(three.length - 1, length);
    }

    @Test
    void namesNumbersAndIdentifiersAreEncodedAsTheSpecificationSays() {
        assertArrayEquals(Aml.bytes('\\', 0x2E, '_', 'S', 'B', '_', 'P', 'C', 'I', '0'), Aml.name("\\_SB.PCI0"));
        assertArrayEquals(Aml.bytes(0x0C, 0x41, 0xD0, 0x0A, 0x08), Aml.eisaId("PNP0A08"));
        assertArrayEquals(Aml.bytes(0x0B, 0x34, 0x12), Aml.number(0x1234));
        assertArrayEquals(Aml.bytes(1), Aml.number(1));
        assertArrayEquals(Aml.bytes(0x0E, 0, 0, 0, 0, 1, 0, 0, 0), Aml.number(1L << 32));
        assertThrows(IllegalArgumentException.class, () -> Aml.name("toolong"));
        assertArrayEquals(Aml.bytes(0x5B, 0x4D, 0xDB, 0x33), Arrays.copyOfRange(
            Aml.uuid("33DB4D5B-1FF7-401C-9657-7441C03DD766"), 4, 8));
    }
}
