package dev.backplane.device.virtio;

import static dev.backplane.testkit.VirtioDriver.NEEDS_RESET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Consumer;

import org.junit.jupiter.api.Test;

import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.TestMemory;
import dev.backplane.testkit.VirtioDriver;

class QueueTest {
    private static final long ALL = VirtioDriver.EVENT_IDX | VirtioDriver.INDIRECT_DESC;

    private TestBench bench;
    private VirtioDriver driver;
    private DriverQueue queue;
    private long buffer;

    private void begin(long features) throws Exception {
        bench = TestBench.of(new EchoType()).ram(1 << 20, 1 << 16).plug();
        driver = new VirtioDriver(bench);
        driver.negotiate(features);
        queue = driver.queue(0, 16);
        driver.ready();
        buffer = bench.allocate(4096, 4096);
        for (int i = 0; i < 1024; i++) {
            bench.ram().write8(buffer + i, i);
        }
    }

    @Test
    void aBufferMayBeCutInAnyPlaces() throws Exception {
        begin(0);
        queue.add(Part.out(buffer, 3), Part.out(buffer + 10, 1), Part.out(buffer + 20, 60),
            Part.in(buffer + 2048, 1), Part.in(buffer + 3000, 62), Part.in(buffer + 3500, 4));
        assertEquals(64, queue.complete().length());
        assertEquals(0, bench.ram().read8(buffer + 2048));
        assertEquals(1, bench.ram().read8(buffer + 3000));
        assertEquals(10, bench.ram().read8(buffer + 3002));
        assertEquals(79, bench.ram().read8(buffer + 3500));
        assertEquals(0, bench.ram().read8(buffer + 3501));
    }

    @Test
    void indirectTablesAndHighMemoryWork() throws Exception {
        begin(ALL);
        bench.ram().write64(TestMemory.HIGH_BASE, 0xABCDL);
        queue.addIndirect(Part.out(TestMemory.HIGH_BASE, 8), Part.in(buffer + 2048, 8));
        assertEquals(8, queue.complete().length());
        assertEquals(0xABCDL, bench.ram().read64(buffer + 2048));
    }

    @Test
    void aChainMayEndInAnIndirectTable() throws Exception {
        begin(ALL);
        long table = bench.allocate(32, 16);
        queue.descriptor(queue.descriptors(), 0, buffer, 4, 1, 1);
        queue.descriptor(queue.descriptors(), 1, table, 32, 4, 0);
        queue.descriptor(table, 0, buffer + 8, 4, 1, 1);
        queue.descriptor(table, 1, buffer + 2048, 8, 2, 0);
        queue.publish(0);
        assertEquals(8, queue.complete().length());
        assertArrayEquals(new byte[] {0, 1, 2, 3, 8, 9, 10, 11}, bench.ram().bytes(buffer + 2048, 8));
    }

    @Test
    void ringsWrapManyTimes() throws Exception {
        begin(ALL);
        for (int i = 0; i < 70_000; i++) {
            bench.ram().write32(buffer, i);
            queue.add(Part.out(buffer, 4), Part.in(buffer + 2048, 4));
            DriverQueue.Used used = queue.complete();
            assertEquals(4, used.length());
            if (bench.ram().read32(buffer + 2048) != i) {
                assertEquals(i, bench.ram().read32(buffer + 2048));
            }
        }
    }

    @Test
    void theEventIndexHoldsInterruptsBack() throws Exception {
        begin(ALL);
        queue.wantInterruptAfter(4);
        for (int i = 0; i < 3; i++) {
            queue.add(Part.out(buffer, 4), Part.in(buffer + 2048, 4));
            queue.complete();
        }
        long first = bench.pci().messages().raised(1);
        assertTrue(first <= 1, "the first use may interrupt whatever the index says");
        queue.add(Part.out(buffer, 4), Part.in(buffer + 2048, 4));
        queue.complete();
        assertEquals(first + 1, bench.pci().messages().raised(1));
    }

    @Test
    void theEventIndexHoldsNotificationsBackWhileTheDeviceHasWork() throws Exception {
        begin(ALL);
        queue.add(Part.out(buffer, 4), Part.in(buffer + 2048, 4));
        assertTrue(queue.kick());
        queue.add(Part.out(buffer, 4), Part.in(buffer + 2048, 4));
        assertFalse(queue.kick(), "the device has not looked yet");
        bench.settle();
        assertEquals(2, queue.usedByDevice());
        queue.add(Part.out(buffer, 4), Part.in(buffer + 2048, 4));
        assertTrue(queue.kick());
    }

    @Test
    void aDriverWithoutEventIndexCanTurnInterruptsOff() throws Exception {
        begin(0);
        queue.interrupts(false);
        queue.add(Part.out(buffer, 4), Part.in(buffer + 2048, 4));
        queue.complete();
        assertEquals(0, bench.pci().messages().raised(1));
        queue.interrupts(true);
        queue.add(Part.out(buffer, 4), Part.in(buffer + 2048, 4));
        queue.complete();
        assertEquals(1, bench.pci().messages().raised(1));
    }

    @Test
    void buffersMadeAvailableBeforeDriverOkAreServed() throws Exception {
        bench = TestBench.of(new EchoType()).plug();
        driver = new VirtioDriver(bench);
        driver.negotiate(ALL);
        queue = driver.queue(0, 16);
        buffer = bench.allocate(4096, 4096);
        queue.add(Part.out(buffer, 4), Part.in(buffer + 2048, 4));
        queue.kick();
        bench.settle();
        assertEquals(0, queue.usedByDevice());
        driver.ready();
        bench.settle();
        assertEquals(1, queue.usedByDevice());
    }

    private void breaks(String counter, long features, Consumer<DriverQueue> hostile) throws Exception {
        begin(features);
        hostile.accept(queue);
        driver.notifyQueue(0);
        bench.settle();
        assertEquals(1, bench.counter(counter), () -> counter + " in " + bench.counters());
        assertNotEquals(0, driver.status() & NEEDS_RESET);
        assertEquals(1, bench.pci().messages().raised(0), "the driver is told once");
        assertEquals(0, queue.usedByDevice());
        driver.negotiate(features);
        queue = driver.queue(0, 16);
        driver.ready();
        queue.add(Part.out(buffer, 4), Part.in(buffer + 2048, 4));
        assertEquals(4, queue.complete().length(), "after a reset it works again");
        bench.close();
    }

    @Test
    void aLoopOfDescriptorsIsFound() throws Exception {
        breaks("descriptor-loops", 0, q -> {
            q.descriptor(q.descriptors(), 0, buffer, 4, 1, 1);
            q.descriptor(q.descriptors(), 1, buffer, 4, 1, 0);
            q.publish(0);
        });
    }

    @Test
    void aLoopInAnIndirectTableIsFound() throws Exception {
        breaks("descriptor-loops", ALL, q -> {
            long table = bench.allocate(32, 16);
            q.descriptor(q.descriptors(), 0, table, 32, 4, 0);
            q.descriptor(table, 0, buffer, 4, 1, 1);
            q.descriptor(table, 1, buffer, 4, 1, 0);
            q.publish(0);
        });
    }

    @Test
    void headsAndLinksOutsideTheTableAreFound() throws Exception {
        breaks("descriptor-out-of-table", 0, q -> q.publish(16));
        breaks("descriptor-out-of-table", 0, q -> {
            q.descriptor(q.descriptors(), 0, buffer, 4, 1, 16);
            q.publish(0);
        });
    }

    @Test
    void buffersOutsideRamAreFound() throws Exception {
        long[][] bad = {{1 << 20, 1}, {(1 << 20) - 4, 8}, {-1, 1}, {Long.MAX_VALUE, 0xFFFF_FFFFL}, {0xFEE00000L, 4},
            {TestMemory.HIGH_BASE + (1 << 16) - 1, 2}, {0, 0xFFFF_FFFFL}};
        for (long[] where : bad) {
            breaks("descriptor-out-of-ram", 0, q -> {
                q.descriptor(q.descriptors(), 0, where[0], where[1], 0, 0);
                q.publish(0);
            });
        }
    }

    @Test
    void readableAfterWritableIsFound() throws Exception {
        breaks("descriptor-order", 0, q -> {
            q.descriptor(q.descriptors(), 0, buffer, 4, 3, 1);
            q.descriptor(q.descriptors(), 1, buffer, 4, 0, 0);
            q.publish(0);
        });
    }

    @Test
    void anIndexThatJumpsIsFound() throws Exception {
        breaks("available-index-jumps", 0, q -> bench.ram().write16(q.available() + 2, 17));
    }

    @Test
    void aHeadTwiceInFlightIsFound() throws Exception {
        bench = TestBench.of(new EchoType()).plug();
        driver = new VirtioDriver(bench);
        driver.negotiate(0);
        queue = driver.queue(1, 16);
        driver.ready();
        int head = queue.add(Part.in(bench.allocate(8, 8), 8));
        queue.publish(head);
        queue.kick();
        bench.settle();
        assertEquals(1, bench.counter("heads-in-flight"));
        assertNotEquals(0, driver.status() & NEEDS_RESET);
    }

    @Test
    void badIndirectDescriptorsAreFound() throws Exception {
        breaks("bad-indirect-descriptors", 0, q -> {
            q.descriptor(q.descriptors(), 0, buffer, 16, 4, 0);
            q.publish(0);
        });
        int[][] lengthAndFlags = {{0, 4}, {15, 4}, {16, 5}, {16 * 1025, 4}};
        for (int[] one : lengthAndFlags) {
            breaks("bad-indirect-descriptors", ALL, q -> {
                q.descriptor(q.descriptors(), 0, buffer, one[0], one[1], 1);
                q.publish(0);
            });
        }
        breaks("bad-indirect-descriptors", ALL, q -> {
            q.descriptor(q.descriptors(), 0, buffer, 16, 4, 0);
            q.descriptor(buffer, 0, buffer, 16, 4, 0);
            q.publish(0);
        });
    }

    @Test
    void aChainOfMoreThan4GiBIsFound() throws Exception {
        begin(0);
        VirtChain chain = new VirtChain(null, bench.ram());
        chain.clear(0);
        assertTrue(chain.add(0x1000, 0xFFFF_FFFFL, false));
        assertFalse(chain.add(0x1000, 1, true));
        chain.clear(0);
        for (int i = 0; i < VirtChain.MAX_SEGMENTS; i++) {
            assertTrue(chain.add(0x1000 + 0x10L * i, 1, true));
        }
        assertFalse(chain.add(0, 1, true));
    }

    @Test
    void neighboursAreMergedButNotAcrossTheDirection() throws Exception {
        begin(0);
        VirtChain chain = new VirtChain(null, bench.ram());
        chain.clear(0);
        chain.add(buffer, 0, false);
        chain.add(buffer, 16, false);
        chain.add(buffer + 16, 16, false);
        chain.add(buffer + 32, 16, true);
        chain.add(buffer + 48, 0, true);
        chain.add(buffer + 48, 16, true);
        assertEquals(1, chain.readableSegments());
        assertEquals(2, chain.segments());
        assertEquals(32, chain.length(0));
        assertEquals(32, chain.writableLength());
        assertEquals(buffer + 32, chain.address(1));
        assertEquals(0x13121110, chain.read32(16));
        assertEquals(0x1F1E1D1CL, chain.read64(28), "bytes beyond the end are 0");
        assertFalse(chain.read(30, new byte[4], 0, 4));
        assertFalse(chain.write(-1, new byte[4], 0, 4));
        chain.write8(31, 0xEE);
        assertEquals(0xEE, bench.ram().read8(buffer + 63));
    }
}
