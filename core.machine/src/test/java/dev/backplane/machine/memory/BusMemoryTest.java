package dev.backplane.machine.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.backplane.api.memory.RamListener;

class BusMemoryTest {
    private static final long MIB = 1 << 20;
    private static final long SIZE = 16 * MIB;

    private final MachineRam ram = new MachineRam("test", MemoryMap.of(SIZE));
    private final AtomicBoolean master = new AtomicBoolean(true);
    private final AtomicInteger aborts = new AtomicInteger();
    private final BusMemory memory = new BusMemory(ram, master::get, aborts::incrementAndGet);

    @AfterEach
    void release() {
        ram.close();
    }

    @Test
    void valuesAreLittleEndianAtAnyAlignment() {
        for (long at : new long[] {0x1000, 0x1001, 0x1FFD}) {
            memory.write64(at, 0x1122334455667788L);
            assertEquals(0x88, memory.read8(at));
            assertEquals(0x7788, memory.read16(at));
            assertEquals(0x55667788, memory.read32(at));
            assertEquals(0x1122334455667788L, memory.read64(at));
            memory.write16Release(at, 0xABCD);
            assertEquals(0xABCD, memory.read16Acquire(at));
        }
    }

    @Test
    void noAddressReachesBeyondRam() {
        long[] bad = {-1, SIZE, SIZE - 1, Long.MAX_VALUE, Long.MIN_VALUE, 0x9FFFF, 0xA0000, 0xBFFFC, 0xB0000000L,
            0xFEE00000L, 0x100000000L};
        byte[] bytes = new byte[4];
        for (long at : bad) {
            memory.write32(at, 7);
            assertEquals(-1, memory.read32(at), Long.toHexString(at));
            assertFalse(memory.write(at, bytes, 0, 4));
            assertFalse(memory.read(at, bytes, 0, 4));
            assertFalse(memory.fill(at, 4, (byte) 1));
            assertNull(memory.slice(at, 4));
            assertNull(memory.writableSlice(at, 4));
            assertFalse(memory.contains(at, 4));
        }
        assertEquals(bad.length * 7, aborts.get());
        assertFalse(memory.contains(0, -1));
        assertFalse(memory.contains(0x1000, Long.MAX_VALUE));
    }

    @Test
    void randomRangesNeverThrow() {
        SplittableRandom random = new SplittableRandom(1);
        byte[] bytes = new byte[8192];
        for (int i = 0; i < 100_000; i++) {
            long at = random.nextBoolean() ? random.nextLong() : random.nextLong(SIZE * 2) - MIB;
            int length = random.nextInt(bytes.length);
            assertEquals(memory.contains(at, length), memory.write(at, bytes, 0, length));
        }
    }

    @Test
    void withoutBusMasterEnableNothingIsTransferred() {
        memory.write32(0x1000, 5);
        master.set(false);
        memory.write32(0x1000, 6);
        assertEquals(-1, memory.read32(0x1000));
        master.set(true);
        assertEquals(5, memory.read32(0x1000));
    }

    @Test
    void aWriteToACodePageIsReportedAndOthersAreNot() {
        List<Long> written = new ArrayList<>();
        ram.addListener(new RamListener() {
            @Override
            public void codeWritten(long guestAddress, long length) {
                written.add(guestAddress);
            }

            @Override
            public void dirtyTrackingChanged() {
                written.add(-1L);
            }

            @Override
            public void regionsChanged() {
                written.add(-2L);
            }
        });
        ram.markCode(0x5123);
        memory.write8(0x4FFF, 1);
        memory.write8(0x6000, 1);
        assertTrue(written.isEmpty());
        memory.write(0x4000, new byte[0x3000], 0, 0x3000);
        memory.write8(0x5000, 1);
        assertEquals(List.of(0x4000L, 0x5000L), written);
        ram.clearCode(0x5FFF);
        memory.write8(0x5000, 1);
        assertEquals(2, written.size());
    }

    @Test
    void dirtyPagesAreMarkedWhileTheyAreTracked() {
        memory.write8(0x3000, 1);
        assertFalse(ram.isDirty(0x3000));
        ram.dirtyTracking(true);
        memory.written(0x200000, 0x1001);
        assertTrue(ram.isDirty(0x200000));
        assertTrue(ram.isDirty(0x201000));
        assertFalse(ram.isDirty(0x202000));
        ram.dirtyTracking(true);
        assertFalse(ram.isDirty(0x200000));
    }

    @Test
    void memoryAboveFourGigabytesIsARegionOfItsOwn() {
        try (MachineRam large = new MachineRam("large", MemoryMap.of(3L << 30))) {
            BusMemory m = BusMemory.ofCore(large);
            assertEquals(3, large.regions().size());
            m.write64(0x1_0000_0000L, 42);
            m.write64(0x1_4000_0000L - 8, 43);
            assertEquals(42, m.read64(0x1_0000_0000L));
            assertEquals(43, m.read64(0x1_4000_0000L - 8));
            assertEquals(-1, m.read64(0x1_4000_0000L));
            assertEquals(-1, m.read64(0x8000_0000L));
            assertNotNull(m.slice(0x1_0000_0000L, 1 << 30));
            assertNull(large.regionAt(0x8000_0000L));
        }
    }

    @Test
    void untouchedMemoryIsAHole() {
        byte[] page = new byte[4096];
        page[7] = 1;
        memory.write(0x800000, page, 0, page.length);
        long data = ram.host().nextData(0);
        assertTrue(data <= 0x800000, Long.toHexString(data));
        assertTrue(ram.host().nextHole(0x800000) >= 0x801000);
        byte[] back = new byte[4096];
        memory.read(0x800000, back, 0, 4096);
        assertArrayEquals(page, back);
    }
}
