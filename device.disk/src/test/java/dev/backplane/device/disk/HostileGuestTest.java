package dev.backplane.device.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.TestMemory;
import dev.backplane.testkit.VirtioDriver;

/** Random guests, hostile and busy ones. {@code -Dbackplane.fuzz.seed} and {@code -Dbackplane.fuzz.cases} as there. */
class HostileGuestTest {
    private static final long SEED = Long.getLong("backplane.fuzz.seed", 20250101);
    private static final int CASES = Integer.getInteger("backplane.fuzz.cases", 60_000);
    private static final int SIZE = 1 << 20;
    private static final int SECTORS = SIZE / 512;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);

    @BeforeAll
    static void keepWarningsQuiet() {
        Logger.getLogger("dev.backplane.device").setLevel(Level.OFF);
    }

    @AfterAll
    static void restoreWarnings() {
        Logger.getLogger("dev.backplane.device").setLevel(null);
    }

    private long sector() {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextLong();
            case 1 -> SECTORS - random.nextInt(4);
            default -> random.nextInt(SECTORS);
        };
    }

    /** A part in RAM below the guarded range, now and then of an odd length or outside RAM. */
    private Part part(boolean writable) {
        long address = random.nextInt(300) == 0 ? random.nextLong() : 0xA00000 + random.nextInt(0x100000);
        long length = switch (random.nextInt(5)) {
            case 0 -> random.nextInt(700);
            case 1 -> 0x10000 + 512L * random.nextInt(64);
            default -> 512L * random.nextInt(32);
        };
        return new Part(address, length, writable);
    }

    @Test
    void hostileRequestsDoNoHarm() throws Exception {
        Path image = Files.write(folder.resolve("h.img"), new byte[SIZE]);
        try (Disk disk = new Disk(image, Map.of())) {
            disk.bench.dma().guard(0xD00000, 0x300000);
            TestMemory ram = disk.bench.ram();
            for (int i = 0; i < CASES;) {
                DriverQueue queue = disk.queues.get(random.nextInt(2));
                int batch = 1 + random.nextInt(10);
                for (int n = 0; n < batch; n++, i++) {
                    long header = 0xC00000 + 4096L * n;
                    int[] types = {0, 0, 1, 1, 4, 8, 11, 13, random.nextInt(20), random.nextInt()};
                    disk.header(header, types[random.nextInt(types.length)], sector());
                    for (int range = 0; range < 3; range++) {
                        ram.write64(header + 16 + range * 16, sector());
                        ram.write64(header + 24 + range * 16,
                            random.nextInt(10) == 0 ? random.nextLong() : random.nextInt(SECTORS));
                    }
                    Part first = Part.out(header, random.nextInt(10) == 0 ? random.nextInt(32)
                        : 16 + 16L * random.nextInt(4));
                    Part status = Part.in(header + 512 + random.nextInt(512), random.nextInt(20) == 0 ? 0 : 1);
                    boolean writable = random.nextBoolean();
                    switch (random.nextInt(4)) {
                        case 0 -> queue.add(first, status);
                        case 1 -> queue.add(first, part(writable), status);
                        case 2 -> queue.add(first, part(writable), part(writable), status);
                        default -> queue.add(first);
                    }
                }
                queue.kick();
                disk.bench.await("a hostile batch", () -> queue.usedByDevice() == queue.availableIndex()
                    || (disk.driver.status() & VirtioDriver.NEEDS_RESET) != 0);
                while (queue.poll() != null) {
                    batch--;
                }
                if (batch > 0 || random.nextInt(500) == 0) {
                    disk.begin(random.nextInt(10) == 0 ? 0 : Disk.ALL);
                }
                if (random.nextInt(500) == 0) {
                    disk.bench.replace();
                }
            }
            assertEquals(0, disk.bench.dma().trespasses(), () -> "seed " + SEED);
            disk.begin(Disk.ALL);
            assertEquals(BlkRequest.OK, disk.write(1, new byte[512]));
        }
        assertEquals(SIZE, Files.size(image));
    }

    @Test
    void whatABusyGuestReadsIsWhatItWrote() throws Exception {
        for (String snapshot : new String[] {"off", "on"}) {
            byte[] model = new byte[SIZE];
            random.nextBytes(model);
            byte[] original = model.clone();
            Path image = Files.write(folder.resolve("m.img"), model);
            try (Disk disk = new Disk(image, Map.of("snapshot", snapshot))) {
                for (int i = 0; i < 4_000; i++) {
                    int sector = random.nextInt(SECTORS - 300);
                    int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 300 : 9);
                    switch (random.nextInt(8)) {
                        case 0, 1, 2 -> {
                            byte[] fresh = new byte[count * 512];
                            random.nextBytes(fresh);
                            assertEquals(BlkRequest.OK, disk.write(sector, fresh));
                            System.arraycopy(fresh, 0, model, sector * 512, fresh.length);
                        }
                        case 3 -> {
                            assertEquals(BlkRequest.OK, disk.ranges(BlkRequest.WRITE_ZEROES,
                                new long[] {sector, count, random.nextInt(2)}));
                            Arrays.fill(model, sector * 512, (sector + count) * 512, (byte) 0);
                        }
                        case 4 -> {
                            if (i % 20 == 0) {
                                disk.bench.replace();
                            }
                        }
                        default -> assertArrayEquals(Arrays.copyOfRange(model, sector * 512, (sector + count) * 512),
                            disk.read(sector, count * 512));
                    }
                }
                assertArrayEquals(model, disk.read(0, SIZE));
            }
            assertArrayEquals(snapshot.equals("on") ? original : model, Files.readAllBytes(image));
        }
    }
}
