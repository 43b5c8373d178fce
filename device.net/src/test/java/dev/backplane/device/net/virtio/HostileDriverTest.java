package dev.backplane.device.net.virtio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.device.net.Frames;
import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.HostileGuest;
import dev.backplane.testkit.TestMemory;
import dev.backplane.testkit.VirtioDriver;

/**
 * Random drivers and networks. {@code -Dbackplane.fuzz.seed} and {@code -Dbackplane.fuzz.cases} choose others; a
 * million cases take half a minute.
 */
class HostileDriverTest {
    private static final long SEED = Long.getLong("backplane.fuzz.seed", 20250103);
    private static final int CASES = Integer.getInteger("backplane.fuzz.cases", 100_000);
    private static final long GUARD = 0x3E00000;
    private static final long BUFFERS = 0x2800000;

    /** Features that need no others. */
    private static final long SIMPLE = NetFeatures.CSUM | NetFeatures.GUEST_CSUM | NetFeatures.MRG_RXBUF
        | NetFeatures.STATUS | NetFeatures.CTRL_VQ | VirtioDriver.EVENT_IDX | VirtioDriver.INDIRECT_DESC;

    private final Random random = new Random(SEED);

    @BeforeAll
    static void keepWarningsQuiet() {
        Logger.getLogger("dev.backplane.device").setLevel(Level.OFF);
    }

    @AfterAll
    static void restoreWarnings() {
        Logger.getLogger("dev.backplane.device").setLevel(null);
    }

    private Part part(boolean writable) {
        long address = random.nextInt(20_000) == 0 ? random.nextLong() : BUFFERS + random.nextInt(0x1400000);
        long length = switch (random.nextInt(40)) {
            case 0 -> random.nextInt(70_000);
            case 1 -> 0;
            case 2 -> random.nextInt(16);
            default -> random.nextInt(1600);
        };
        return new Part(address, length, writable);
    }

    /** A header at the start of a part, mostly one that might be believed. */
    private void header(TestMemory ram, long at) {
        ram.write8(at, random.nextInt(4));
        ram.write8(at + 1, new int[] {0, 0, 1, 4, 3, 5, 0x81, random.nextInt(256)}[random.nextInt(8)]);
        ram.write16(at + 2, random.nextInt(100));
        ram.write16(at + 4, random.nextInt(3) == 0 ? 0 : random.nextInt(0x10000));
        ram.write16(at + 6, random.nextInt(20) == 0 ? random.nextInt(0x10000) : 34);
        ram.write16(at + 8, random.nextInt(20) == 0 ? random.nextInt(0x10000) : 16);
    }

    private Frame frame() {
        int length = random.nextInt(30) == 0 ? 14 + random.nextInt(66_000) : 14 + random.nextInt(1500);
        byte[] data = Frames.plain(random.nextBoolean() ? NetBench.MAC : random.nextLong() & 0xFFFFFFFFFFFFL,
            Math.min(length, Frame.MAX_LENGTH));
        data[12] = (byte) new int[] {8, 0x81, 0x86, random.nextInt(256)}[random.nextInt(4)];
        data[13] = (byte) new int[] {0, 0, 0xDD, random.nextInt(256)}[random.nextInt(4)];
        if (data.length > 60 && random.nextInt(4) == 0) {
            boolean cut = random.nextBoolean();
            return new Frame(data, 34, 16, cut ? Segmentation.TCP4 : Segmentation.NONE, cut ? 1 + random.nextInt(2000)
                : 0, false);
        }
        return new Frame(data, -1, 0, Segmentation.NONE, 0, random.nextBoolean());
    }

    @Test
    void hostileBuffersCommandsAndFramesDoNoHarm() throws Exception {
        try (NetBench net = new NetBench(Map.of("queues", "2"), 64 << 20)) {
            net.begin(NetBench.ALL);
            net.bench.dma().guard(GUARD, 0x200000);
            TestMemory ram = net.bench.ram();
            for (int i = 0; i < CASES;) {
                int kind = random.nextInt(10);
                int pair = random.nextInt(2);
                DriverQueue queue = kind < 4 ? net.queues.get((1 + 2 * pair) % net.queues.size())
                    : kind < 7 ? net.queues.get(2 * pair % net.queues.size()) : net.control;
                for (int n = 1 + random.nextInt(20); n > 0; n--, i++) {
                    boolean receives = kind >= 4 && kind < 7;
                    if (!receives || waiting(queue) < 60) {
                        add(ram, queue, kind, n);
                    }
                    if (receives) {
                        net.bench.network().deliver(frame());
                    }
                }
                queue.kick();
                net.bench.settle();
                net.bench.network().takeAll();
                net.bench.settle();
                net.queues.forEach(HostileDriverTest::drain);
                drain(net.control);
                if ((net.driver.status() & VirtioDriver.NEEDS_RESET) != 0 || random.nextInt(1000) == 0) {
                    net.begin(random.nextInt(8) == 0 ? random.nextLong() & SIMPLE | NetFeatures.CTRL_VQ : NetBench.ALL);
                }
                if (random.nextInt(2000) == 0) {
                    net.bench.replace();
                }
            }
            assertEquals(0, net.bench.dma().trespasses(), () -> "seed " + SEED);
            assertTrue(net.bench.counter("bad-frames") > 0);
            assertTrue(net.bench.counter("bad-control-commands") > 0);
            net.begin(NetBench.ALL);
            net.send(Frames.plain(1, 60));
            assertNotNull(net.bench.network().take());
            net.offer(2);
            net.bench.network().deliver(Frames.plain(NetBench.MAC, 60));
            assertNotNull(net.received());
        }
    }

    @Test
    void registersTakeWhateverAGuestDoes() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            HostileGuest.attack(net.bench, SEED, CASES / 2);
        }
    }

    private static void drain(DriverQueue queue) {
        while (queue.poll() != null) {
            // Buffers are not looked at.
        }
    }

    /** How many buffers of a queue the device has not used. */
    private static int waiting(DriverQueue queue) {
        return queue.availableIndex() - queue.usedByDevice() & 0xFFFF;
    }

    private void add(TestMemory ram, DriverQueue queue, int kind, int n) {
        if (kind < 4) {
            long at = BUFFERS + 4096L * n;
            header(ram, at);
            Part first = Part.out(at, random.nextInt(30) == 0 ? random.nextInt(20) : 12);
            if (random.nextBoolean()) {
                queue.add(first, part(false));
            } else {
                queue.add(first, part(false), part(random.nextInt(500) == 0));
            }
        } else if (kind < 7) {
            queue.add(random.nextInt(50) == 0 ? part(true) : Part.in(BUFFERS + random.nextInt(0x1400000), 1540));
        } else {
            long at = BUFFERS + 4096L * n;
            ram.write8(at, random.nextInt(7));
            ram.write8(at + 1, random.nextInt(4));
            ram.write64(at + 2, random.nextBoolean() ? random.nextInt(200) : random.nextLong());
            ram.write64(at + 10, random.nextBoolean() ? random.nextInt(20) : random.nextLong());
            queue.add(Part.out(at, random.nextInt(40)), Part.in(at + 512, random.nextInt(3)));
        }
    }
}
