package dev.backplane.device.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.state.StateException;
import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.TestMemory;
import dev.backplane.testkit.TestState;
import dev.backplane.testkit.VirtioDriver;

class VirtioBlkTest {
    private static final int SIZE = 8 << 20;
    private static final long SECTORS = SIZE / 512;

    @TempDir
    Path folder;
    private Path image;
    private byte[] contents;

    @BeforeEach
    void makeImage() throws IOException {
        image = folder.resolve("d.img");
        contents = new byte[SIZE];
        new Random(1).nextBytes(contents);
        Files.write(image, contents);
    }

    private static byte[] pattern(int length, int seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private byte[] file(long sector, int length) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
            byte[] bytes = new byte[length];
            file.seek(sector * 512);
            file.readFully(bytes);
            return bytes;
        }
    }

    @Test
    void theConfigurationDescribesTheImage() throws Exception {
        try (Disk disk = new Disk(image, Map.of("queues", "3", "queue-size", "128"))) {
            assertEquals(0x1042, disk.bench.pci().identity().deviceId());
            assertEquals(SECTORS, disk.driver.config(0, 8));
            assertEquals(126, disk.driver.config(12, 4));
            assertEquals(512, disk.driver.config(20, 4));
            assertEquals(3, disk.driver.config(24, 1));
            assertEquals(1, disk.driver.config(32, 1));
            assertEquals(3, disk.driver.config(34, 2));
            assertEquals(3, disk.driver.common(18, 2));
            assertEquals(0, disk.driver.offered() & 1 << 5);
        }
    }

    @Test
    void whatIsWrittenIsInTheFileAndReadsBack() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            assertArrayEquals(Arrays.copyOf(contents, 4096), disk.read(0, 4096));
            byte[] fresh = pattern(100 * 512, 2);
            assertEquals(BlkRequest.OK, disk.write(1000, fresh));
            assertArrayEquals(fresh, file(1000, fresh.length));
            assertArrayEquals(fresh, disk.read(1000, fresh.length));
            assertArrayEquals(Arrays.copyOfRange(contents, SIZE - 512, SIZE), disk.read(SECTORS - 1, 512));
            assertEquals(BlkRequest.OK, disk.flush());
            assertEquals(1, disk.bench.counter("flushes"));
        }
    }

    @Test
    void requestsMayBeInManyPieces() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            long a = disk.data;
            byte[] expected = Arrays.copyOfRange(contents, 7 * 512, 7 * 512 + 600_000 / 512 * 512);
            int third = expected.length - 70_000 - 1001;
            disk.header(disk.header, BlkRequest.IN, 7);
            disk.queues.getFirst().add(Part.out(disk.header, 5), Part.out(disk.header + 5, 11),
                Part.in(a, 1001), Part.in(a + 2000, 70_000), Part.in(a + 100_000, third + 1));
            assertEquals(expected.length + 1, disk.queues.getFirst().complete().length());
            byte[] read = new byte[expected.length];
            disk.bench.ram().read(a, read, 0, 1001);
            disk.bench.ram().read(a + 2000, read, 1001, 70_000);
            disk.bench.ram().read(a + 100_000, read, 71_001, third);
            assertArrayEquals(expected, read);
            assertEquals(BlkRequest.OK, disk.bench.ram().read8(a + 100_000 + third));
            assertEquals(BlkRequest.OK, disk.request(BlkRequest.OUT, 9000, Part.out(a, 1001),
                Part.out(a + 2000, 70_000), Part.out(a + 100_000, third)));
            assertArrayEquals(expected, file(9000, expected.length));
        }
    }

    @Test
    void headerDataAndStatusMayBeOneBuffer() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            byte[] fresh = pattern(512, 3);
            disk.header(disk.data, BlkRequest.OUT, 5);
            disk.bench.ram().write(disk.data + 16, fresh, 0, 512);
            disk.queues.getFirst().add(Part.out(disk.data, 528), Part.in(disk.data + 528, 1));
            disk.queues.getFirst().complete();
            assertEquals(BlkRequest.OK, disk.bench.ram().read8(disk.data + 528));
            assertArrayEquals(fresh, file(5, 512));
        }
    }

    @Test
    void highMemoryWorksAsLowMemoryDoes() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            assertEquals(BlkRequest.OK, disk.request(BlkRequest.IN, 3, Part.in(TestMemory.HIGH_BASE + 512, 8192)));
            assertArrayEquals(Arrays.copyOfRange(contents, 3 * 512, 3 * 512 + 8192),
                disk.bench.ram().bytes(TestMemory.HIGH_BASE + 512, 8192));
        }
    }

    @Test
    void theSerialNumberIsTheUsersOrTheCardsId() throws Exception {
        try (Disk disk = new Disk(image, Map.of("serial", "S-1234"))) {
            assertEquals(BlkRequest.OK, disk.request(BlkRequest.GET_ID, 0, Part.in(disk.data, 20)));
            assertEquals("S-1234", new String(disk.bench.ram().bytes(disk.data, 20), StandardCharsets.US_ASCII).trim());
        }
        try (Disk disk = new Disk(image, Map.of())) {
            disk.request(BlkRequest.GET_ID, 0, Part.in(disk.data, 20));
            assertEquals("card", new String(disk.bench.ram().bytes(disk.data, 20), StandardCharsets.US_ASCII).trim());
        }
    }

    @Test
    void rangesOutsideTheDiskAreErrorsAndTouchNothing() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            long[][] bad = {{SECTORS, 512}, {SECTORS - 1, 1024}, {-1, 512}, {Long.MAX_VALUE, 512}, {1L << 55, 512},
                {0, 511}, {0, 513}};
            for (long[] one : bad) {
                assertEquals(BlkRequest.IO_ERROR, disk.request(BlkRequest.OUT, one[0], Part.out(disk.data, one[1])));
                assertEquals(BlkRequest.IO_ERROR, disk.request(BlkRequest.IN, one[0], Part.in(disk.data, one[1])));
            }
            assertEquals(14, disk.bench.counter("out-of-range-requests"));
            assertEquals(BlkRequest.OK, disk.request(BlkRequest.IN, SECTORS), "no data is in range");
        }
        assertArrayEquals(contents, Files.readAllBytes(image));
    }

    @Test
    void unknownRequestsAreUnsupportedAndHeadlessOnesErrors() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            assertEquals(BlkRequest.UNSUPPORTED, disk.request(99, 0));
            disk.bench.ram().write8(disk.status, 0xAA);
            disk.queues.getFirst().add(Part.out(disk.header, 15), Part.in(disk.status, 1));
            disk.queues.getFirst().complete();
            assertEquals(BlkRequest.IO_ERROR, disk.bench.ram().read8(disk.status));
            disk.queues.getFirst().add(Part.out(disk.header, 16));
            assertEquals(0, disk.queues.getFirst().complete().length());
            assertEquals(BlkRequest.OK, disk.flush());
        }
    }

    @Test
    void aReadOnlyDiskTakesNoWrites() throws Exception {
        try (Disk disk = new Disk(image, Map.of("readonly", "on"))) {
            assertNotEquals(0, disk.driver.offered() & 1 << 5);
            assertEquals(0, disk.driver.offered() & 3 << 13, "neither discard nor write zeroes");
            assertEquals(BlkRequest.IO_ERROR, disk.write(0, new byte[512]));
            assertNotEquals(BlkRequest.OK, disk.ranges(BlkRequest.DISCARD, new long[] {0, 8, 0}));
            assertNotEquals(BlkRequest.OK, disk.ranges(BlkRequest.WRITE_ZEROES, new long[] {0, 8, 0}));
            assertArrayEquals(Arrays.copyOf(contents, 512), disk.read(0, 512));
            assertEquals(BlkRequest.OK, disk.flush());
        }
        assertArrayEquals(contents, Files.readAllBytes(image));
    }

    @Test
    void discardGivesSpaceBack() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            disk.flush();
            long before = blocks();
            assertEquals(BlkRequest.OK, disk.ranges(BlkRequest.DISCARD, new long[] {0, 4096, 0},
                new long[] {8192, 4096, 0}));
            assertTrue(blocks() < before, "the file system keeps " + blocks() + " of " + before + " blocks");
            assertArrayEquals(new byte[512], disk.read(0, 512));
            assertArrayEquals(Arrays.copyOfRange(contents, 4096 * 512, 4097 * 512), disk.read(4096, 512));
        }
        assertEquals(SIZE, Files.size(image));
    }

    private long blocks() throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", image.toString()).start();
        return Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim());
    }

    @Test
    void discardCanBeTurnedOff() throws Exception {
        try (Disk disk = new Disk(image, Map.of("discard", "off"))) {
            assertEquals(0, disk.driver.offered() & 1 << 13);
            assertEquals(BlkRequest.UNSUPPORTED, disk.ranges(BlkRequest.DISCARD, new long[] {0, 8, 0}));
        }
    }

    @Test
    void writtenZeroesReadAsZeroesWithAndWithoutRelease() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            assertEquals(BlkRequest.OK, disk.ranges(BlkRequest.WRITE_ZEROES, new long[] {3, 9, 0},
                new long[] {1001, 300, 1}));
            assertArrayEquals(new byte[9 * 512], disk.read(3, 9 * 512));
            assertArrayEquals(new byte[300 * 512], disk.read(1001, 300 * 512));
            assertArrayEquals(Arrays.copyOfRange(contents, 12 * 512, 13 * 512), disk.read(12, 512));
            assertArrayEquals(Arrays.copyOfRange(contents, 2 * 512, 3 * 512), disk.read(2, 512));
        }
    }

    @Test
    void oneBadRangeSpoilsTheWholeRequest() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            assertEquals(BlkRequest.IO_ERROR, disk.ranges(BlkRequest.WRITE_ZEROES, new long[] {0, 8, 0},
                new long[] {SECTORS - 1, 2, 0}));
            assertEquals(BlkRequest.UNSUPPORTED, disk.ranges(BlkRequest.DISCARD, new long[] {0, 8, 0},
                new long[] {0, 8, 1}));
            assertEquals(BlkRequest.UNSUPPORTED, disk.ranges(BlkRequest.WRITE_ZEROES, new long[] {0, 8, 2}));
            assertEquals(BlkRequest.IO_ERROR, disk.ranges(BlkRequest.DISCARD, new long[33][3]));
            assertEquals(BlkRequest.IO_ERROR, disk.ranges(BlkRequest.DISCARD));
        }
        assertArrayEquals(contents, Files.readAllBytes(image));
    }

    @Test
    void snapshotsAreThrownAway() throws Exception {
        try (Disk disk = new Disk(image, Map.of("snapshot", "on"))) {
            byte[] fresh = pattern(3 * 512, 4);
            assertEquals(BlkRequest.OK, disk.write(10, fresh));
            assertEquals(BlkRequest.OK, disk.ranges(BlkRequest.WRITE_ZEROES, new long[] {100, 5, 1}));
            byte[] read = disk.read(8, 8 * 512);
            byte[] expected = Arrays.copyOfRange(contents, 8 * 512, 16 * 512);
            System.arraycopy(fresh, 0, expected, 2 * 512, fresh.length);
            assertArrayEquals(expected, read);
            assertArrayEquals(new byte[5 * 512], disk.read(100, 5 * 512));
            assertEquals(BlkRequest.OK, disk.flush());
            disk.bench.replace();
            assertArrayEquals(expected, disk.read(8, 8 * 512), "a replacement keeps what was written");
            assertArrayEquals(new byte[5 * 512], disk.read(100, 5 * 512));
        }
        assertArrayEquals(contents, Files.readAllBytes(image));
        try (var left = Files.list(folder)) {
            assertEquals(1, left.count(), "no file stays behind");
        }
    }

    @Test
    void manyRequestsInFlightOnTwoQueuesAllComplete() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            TestMemory ram = disk.bench.ram();
            int rounds = 200;
            long headers = disk.bench.allocate(64 * 16, 16);
            long statuses = disk.bench.allocate(64, 16);
            Random random = new Random(5);
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < 40; i++) {
                    boolean write = i % 2 == 0;
                    long sector = i * 64L + random.nextInt(8);
                    disk.header(headers + i * 16, write ? BlkRequest.OUT : BlkRequest.IN, sector);
                    long at = disk.data + i * 65536L;
                    ram.fill(at, 4096, (byte) (round + i));
                    disk.queues.get(i / 20).add(Part.out(headers + i * 16, 16),
                        write ? Part.out(at, 4096) : Part.in(at, 4096), Part.in(statuses + i, 1));
                    ram.write8(statuses + i, 0xAA);
                }
                disk.queues.forEach(DriverQueue::kick);
                disk.bench.await("40 requests", () -> {
                    for (int i = 0; i < 40; i++) {
                        if (ram.read8(statuses + i) != BlkRequest.OK) {
                            return false;
                        }
                    }
                    return true;
                });
                for (DriverQueue queue : disk.queues) {
                    for (int i = 0; i < 20; i++) {
                        assertNotEquals(null, queue.poll());
                    }
                }
            }
            assertEquals(rounds * 40, disk.bench.counter("requests"));
            assertEquals(0, disk.bench.counter("io-errors"));
        }
    }

    @Test
    void replacementsUnderLoadLoseNothing() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            for (int i = 0; i < 30; i++) {
                disk.header(disk.header, BlkRequest.OUT, 100 + i);
                disk.bench.ram().fill(disk.data, 512, (byte) i);
                disk.queues.getFirst().add(Part.out(disk.header, 16), Part.out(disk.data, 512),
                    Part.in(disk.status, 1));
                disk.queues.getFirst().kick();
                if (i % 3 != 0) {
                    disk.bench.settle();
                }
                disk.bench.replace();
                disk.queues.getFirst().complete();
                assertEquals(BlkRequest.OK, disk.bench.ram().read8(disk.status));
                assertEquals(i, file(100 + i, 1)[0]);
            }
        }
    }

    @Test
    void resetsUnderLoadEndWithAWorkingDisk() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            for (int i = 0; i < 50; i++) {
                disk.header(disk.header, BlkRequest.IN, 0);
                for (int n = 0; n < 16; n++) {
                    disk.queues.getFirst().add(Part.out(disk.header, 16), Part.in(disk.data, 65536),
                        Part.in(disk.status, 1));
                }
                disk.queues.getFirst().kick();
                disk.bench.settle();
                if (i % 2 == 0) {
                    disk.bench.reset();
                }
                disk.begin(Disk.ALL);
                disk.bench.ram().fill(disk.data, 65536, (byte) 0x77);
                disk.bench.settle();
                assertEquals(0x77, disk.bench.ram().read8(disk.data), "nothing is written after a reset");
                assertEquals(0, disk.queues.getFirst().usedByDevice());
            }
            assertArrayEquals(Arrays.copyOf(contents, 512), disk.read(0, 512));
        }
    }

    @Test
    void theCacheModeFollowsTheDriver() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            BlkCard card = (BlkCard) disk.bench.device();
            assertFalse(card.writeThrough());
            disk.driver.config(32, 1, 0);
            assertTrue(card.writeThrough());
            assertEquals(0, disk.driver.config(32, 1));
            assertEquals(BlkRequest.OK, disk.write(0, new byte[512]));
            disk.bench.replace();
            assertTrue(((BlkCard) disk.bench.device()).writeThrough());
        }
        try (Disk disk = new Disk(image, Map.of(), 0)) {
            assertTrue(((BlkCard) disk.bench.device()).writeThrough(), "a driver that cannot flush");
        }
        try (Disk disk = new Disk(image, Map.of("cache", "writethrough"))) {
            assertTrue(((BlkCard) disk.bench.device()).writeThrough());
        }
    }

    @Test
    void anImageTruncatedInUseGivesErrorsAndNotMore() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(4096);
            }
            assertThrows(IOException.class, () -> disk.read(100, 512));
            assertEquals(1, disk.bench.counter("io-errors"));
            assertEquals(512, disk.read(0, 512).length);
            assertEquals(0, disk.driver.status() & VirtioDriver.NEEDS_RESET);
        }
    }

    @Test
    void aFullHostIsAnErrorThatIsCounted() throws Exception {
        Path full = Path.of("/dev/full");
        BlockBackend backend = new BlockBackend() {
            @Override
            public long size() {
                return SIZE;
            }

            @Override
            public void read(long position, ByteBuffer target) {
                target.position(target.limit());
            }

            @Override
            public void write(long position, ByteBuffer source) throws IOException {
                Files.write(full, new byte[1]);
            }

            @Override
            public void flush() {
            }

            @Override
            public void discard(long position, long length) {
            }

            @Override
            public void zero(long position, long length, boolean release) throws IOException {
                throw new IllegalStateException("a defect");
            }

            @Override
            public void close() {
            }
        };
        try (BackendBench disk = new BackendBench(backend)) {
            assertEquals(BlkRequest.IO_ERROR, disk.write());
            assertEquals(1, disk.bench.counter("no-space"));
            assertEquals(1, disk.bench.counter("io-errors"));
        }
    }

    @Test
    void stateOfAnotherSizeIsRefused() throws Exception {
        try (Disk disk = new Disk(image, Map.of())) {
            TestState state = disk.bench.save();
            state.section("device").fields().put("sectors", 17L);
            StateException e = assertThrows(StateException.class, () -> disk.bench.replace(state));
            assertTrue(e.getMessage().contains("17"), e.getMessage());
        }
    }
}
