package dev.backplane.device.rng;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;

import org.junit.jupiter.api.Test;

import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.VirtioDriver;

class VirtioRngTest {

    private static byte[] draw(TestBench bench, int length) {
        VirtioDriver driver = new VirtioDriver(bench);
        driver.negotiate(0);
        DriverQueue queue = driver.queue(0, 8);
        driver.ready();
        long buffer = bench.allocate(length, 16);
        queue.add(Part.in(buffer, length));
        assertEquals(length, queue.complete().length());
        return bench.ram().bytes(buffer, length);
    }

    @Test
    void linuxFindsAnEntropySource() throws Exception {
        try (TestBench bench = TestBench.of(new VirtioRng()).plug()) {
            assertEquals(0x1AF4, bench.pci().identity().vendorId());
            assertEquals(0x1044, bench.pci().identity().deviceId());
        }
    }

    @Test
    void buffersAreFilledWithRandomBytes() throws Exception {
        try (TestBench bench = TestBench.of(new VirtioRng()).plug()) {
            byte[] bytes = draw(bench, 4096);
            long distinct = Arrays.asList(toBoxed(bytes)).stream().distinct().count();
            assertTrue(distinct > 200, "4096 random bytes have " + distinct + " different values");
            assertEquals(4096, bench.counter("bytes"));
        }
    }

    private static Byte[] toBoxed(byte[] bytes) {
        Byte[] boxed = new Byte[bytes.length];
        Arrays.setAll(boxed, i -> bytes[i]);
        return boxed;
    }

    @Test
    void theMachinesSourceIsRepeatable() throws Exception {
        try (TestBench first = TestBench.of(new VirtioRng()).option("source", "machine").seed(7).plug();
                TestBench second = TestBench.of(new VirtioRng()).option("source", "machine").seed(7).plug();
                TestBench third = TestBench.of(new VirtioRng()).option("source", "machine").seed(8).plug()) {
            byte[] bytes = draw(first, 64);
            assertArrayEquals(bytes, draw(second, 64));
            assertNotEquals(Arrays.toString(bytes), Arrays.toString(draw(third, 64)));
        }
    }

    @Test
    void aHugeBufferIsFilledInPart() throws Exception {
        try (TestBench bench = TestBench.of(new VirtioRng()).plug()) {
            VirtioDriver driver = new VirtioDriver(bench);
            driver.negotiate(0);
            DriverQueue queue = driver.queue(0, 8);
            driver.ready();
            long buffer = bench.allocate(1 << 20, 16);
            queue.add(Part.in(buffer, 1 << 20));
            assertEquals(0x10000, queue.complete().length());
        }
    }

    @Test
    void aReplacementInTheMiddleOfUseGoesUnnoticed() throws Exception {
        try (TestBench bench = TestBench.of(new VirtioRng()).plug()) {
            VirtioDriver driver = new VirtioDriver(bench);
            driver.negotiate(VirtioDriver.EVENT_IDX);
            DriverQueue queue = driver.queue(0, 8);
            driver.ready();
            long buffer = bench.allocate(64, 16);
            for (int i = 0; i < 50; i++) {
                queue.add(Part.in(buffer, 64));
                queue.kick();
                bench.replace();
                assertEquals(64, queue.complete().length());
            }
        }
    }
}
