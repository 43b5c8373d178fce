package dev.backplane.machine.smbios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.backplane.machine.memory.MemoryMap;

class SmbiosTablesTest {
    private static final int BASE = 0xF0000;
    private static final UUID ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

    private static ByteBuffer image(int vcpus, long memory) {
        return ByteBuffer.wrap(new SmbiosTables(BASE, "demo", ID, vcpus, MemoryMap.of(memory)).build())
            .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Walks the structures; gives the offset of each. */
    private static List<Integer> structures(ByteBuffer b) {
        List<Integer> found = new ArrayList<>();
        int at = (int) b.getLong(16) - BASE;
        int end = at + b.getInt(12);
        while (at < end) {
            found.add(at);
            int p = at + b.get(at + 1);
            while (b.get(p) != 0 || b.get(p + 1) != 0) {
                p++;
            }
            at = p + 2;
        }
        assertEquals(end, at);
        return found;
    }

    @Test
    void theEntryPointAddsUpToZero() {
        ByteBuffer b = image(1, 1 << 28);
        int sum = 0;
        for (int i = 0; i < 24; i++) {
            sum += b.get(i);
        }
        assertEquals(0, sum & 0xFF);
        byte[] anchor = new byte[5];
        b.get(0, anchor);
        assertEquals("_SM3_", new String(anchor, StandardCharsets.US_ASCII));
    }

    @Test
    void structuresHaveTheLengthsOfTheirVersionAndEndWithTheLast() {
        ByteBuffer b = image(2, 8L << 30);
        List<String> seen = structures(b).stream().map(at -> b.get(at) + ":" + b.get(at + 1)).toList();
        assertEquals(List.of("0:26", "1:27", "2:15", "3:22", "4:48", "4:48", "16:23", "17:40", "19:31", "19:31",
            "32:11", "127:4"), seen);
    }

    @Test
    void theIdentityIsStoredWithItsFirstFieldsLittleEndian() {
        ByteBuffer b = image(1, 1 << 28);
        int system = structures(b).get(1);
        assertEquals(0x00112233, b.getInt(system + 8));
        assertEquals(0x4455, b.getShort(system + 12));
        assertEquals((byte) 0x88, b.get(system + 16));
    }

    @Test
    void memorySizesAreThoseOfTheMachine() {
        ByteBuffer b = image(1, 512L << 20);
        int device = structures(b).stream().filter(at -> b.get(at) == 17).findFirst().orElseThrow();
        assertEquals(512, b.getShort(device + 12));
        ByteBuffer big = image(16, 64L << 30);
        int bigDevice = structures(big).stream().filter(at -> big.get(at) == 17).findFirst().orElseThrow();
        assertEquals(0x7FFF, big.getShort(bigDevice + 12));
        assertEquals(65536, big.getInt(bigDevice + 28));
        assertTrue(big.capacity() < 0x10000);
    }
}
