package dev.backplane.device.virtio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import dev.backplane.api.state.StateException;
import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.TestMemory;
import dev.backplane.testkit.TestPci;
import dev.backplane.testkit.TestState;
import dev.backplane.testkit.VirtioDriver;

/**
 * Random hostile drivers. Nothing may come out of the device but counters, and nothing may be written outside what the
 * driver has offered. Runs are repeatable: {@code -Dbackplane.fuzz.seed} and {@code -Dbackplane.fuzz.cases} choose
 * others; by default there are a million cases in all.
 */
class HostileDriverTest {
    private static final long SEED = Long.getLong("backplane.fuzz.seed", 20250101);
    private static final int CASES = Integer.getInteger("backplane.fuzz.cases", 500_000);
    private static final long LOW = 1 << 20;
    private static final long GUARD = 0xF0000;

    private static final Set<String> FAULTS = Set.of("descriptor-loops", "descriptor-out-of-table",
        "descriptor-out-of-ram", "bad-indirect-descriptors", "descriptor-order", "available-index-jumps",
        "heads-in-flight", "chains", "interrupts");

    private final SplittableRandom random = new SplittableRandom(SEED);
    private TestBench bench;
    private VirtioDriver driver;

    @BeforeAll
    static void keepWarningsQuiet() {
        Logger.getLogger(VirtioPciTransport.class.getName()).setLevel(Level.OFF);
    }

    @AfterAll
    static void restoreWarnings() {
        Logger.getLogger(VirtioPciTransport.class.getName()).setLevel(null);
    }

    private void plug() throws Exception {
        bench = TestBench.of(new EchoType()).ram(LOW, 1 << 16).plug();
        bench.dma().guard(GUARD, LOW - GUARD);
        driver = new VirtioDriver(bench);
    }

    /** Never in the guarded range, even with {@link #length} or a ring behind it, unless it leads out of RAM. */
    private long address() {
        return switch (random.nextInt(12)) {
            case 0 -> random.nextLong();
            case 1 -> -random.nextLong(64);
            case 2 -> Long.MAX_VALUE - random.nextLong(64);
            case 3 -> LOW + random.nextLong(1 << 20);
            case 4 -> TestMemory.HIGH_BASE + random.nextLong(1 << 17);
            case 5 -> TestMemory.HIGH_BASE - random.nextLong(64) - 1;
            default -> 0x10000 + random.nextLong(0xD0000);
        };
    }

    private long length() {
        return switch (random.nextInt(8)) {
            case 0 -> 0xFFFF_FFFFL - random.nextInt(64);
            case 1 -> 0;
            case 2 -> 16L * random.nextInt(64);
            default -> random.nextInt(0x8000);
        };
    }

    private void check(long cases) {
        assertEquals(0, bench.dma().trespasses(), () -> "seed " + SEED + ": writes to RAM that was never offered");
        assertTrue(cases > 0);
    }

    @Test
    void randomRegisterAccessesDoNoHarm() throws Exception {
        plug();
        TestPci.Capability window = bench.pci().capabilities().getLast();
        for (int i = 0; i < CASES; i++) {
            int size = 1 << random.nextInt(4);
            long offset = random.nextInt(4) == 0 ? random.nextInt(0x4000) : random.nextInt(64);
            offset &= -size;
            switch (random.nextInt(16)) {
                case 0, 1, 2 -> bench.readBar(0, offset, size);
                case 3, 4, 5, 6 -> bench.writeBar(0, offset, size, random.nextLong());
                case 7 -> bench.writeBar(0, 32 + 8 * random.nextInt(3), 8,
                    address() & (random.nextBoolean() ? -16 : -1));
                case 8 -> bench.writeBar(0, 20, 1, 1 << random.nextInt(8) | random.nextInt(16));
                case 9 -> bench.writeBar(0, 22, 2, random.nextInt(3));
                case 10 -> driver.queue(random.nextInt(2), 1 << random.nextInt(7));
                case 11 -> driver.negotiate(random.nextLong());
                case 12 -> driver.ready();
                case 13 -> bench.writeBar(0, VirtioPciTransport.NOTIFY + 2L * random.nextInt(8), 2, random.nextInt());
                case 14 -> {
                    int at = 4 * random.nextInt(5);
                    bench.readCapability(window, at, 4);
                    bench.writeCapability(window, at, 4, at == 8 ? random.nextInt(0x4004) : random.nextInt(8));
                }
                default -> {
                    bench.settle();
                    bench.locked(() -> ((EchoType.Echo) bench.device()).release());
                    bench.busMaster(random.nextInt(4) != 0);
                }
            }
            if (i % 20_000 == 19_999) {
                bench.settle();
                check(i);
                plug();
            }
            if (i % 4_999 == 0) {
                bench.replace();
            }
        }
    }

    @Test
    void randomRingsDoNoHarm() throws Exception {
        plug();
        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < CASES;) {
            List<DriverQueue> queues = new ArrayList<>();
            driver.negotiate(random.nextInt(8) == 0 ? 0 : -1);
            if (random.nextInt(50) == 0) {
                check(i);
                seen.addAll(bench.counters().keySet());
                plug();
                driver.negotiate(-1);
            }
            queues.add(driver.queue(0, 1 << random.nextInt(6)));
            queues.add(driver.queue(1, 1 << random.nextInt(6)));
            driver.ready();
            for (int round = 0; round < 40 && (driver.status() & VirtioDriver.NEEDS_RESET) == 0; round++) {
                DriverQueue queue = queues.get(random.nextInt(8) == 0 ? 1 : 0);
                i += hostileBuffers(queue);
                if (random.nextInt(4) == 0) {
                    bench.locked(() -> ((EchoType.Echo) bench.device()).release());
                }
                if (random.nextInt(100) == 0) {
                    bench.replace();
                }
            }
        }
        check(CASES);
        seen.addAll(bench.counters().keySet());
        assertTrue(CASES < 100_000 || seen.containsAll(FAULTS), () -> "only these were tried: " + seen);
    }

    /** A few buffers, mostly sound, with something wrong now and then. */
    private int hostileBuffers(DriverQueue queue) {
        int size = queue.size();
        int cases = 0;
        for (int n = random.nextInt(Math.min(size, 4)) + 1; n > 0; n--) {
            int at = random.nextInt(size);
            long table = queue.descriptors();
            int entries = size;
            int head = at;
            if (random.nextInt(4) == 0) {
                entries = 1 + random.nextInt(32);
                table = 0x20000 + 16L * random.nextInt(0x1000);
                queue.descriptor(queue.descriptors(), at, table, 16L * entries + (random.nextInt(50) == 0 ? 1 : 0),
                    4 | (random.nextInt(50) == 0 ? 1 : 0), 0);
                at = 0;
            }
            int parts = 1 + random.nextInt(Math.min(entries, 5));
            int writableFrom = random.nextInt(parts + 1);
            for (int part = 0; part < parts; part++) {
                boolean last = part == parts - 1;
                int next = random.nextInt(100) == 0 ? random.nextInt(0x10000) : (at + 1) % entries;
                int flags = (last ? 0 : 1) | (part >= writableFrom ? 2 : 0);
                flags ^= random.nextInt(100) == 0 ? 1 << random.nextInt(4) : 0;
                boolean sound = random.nextInt(20) != 0;
                queue.descriptor(table, at, sound ? 0x30000 + random.nextInt(0x80000) : address(),
                    sound ? random.nextInt(0x1000) : length(), flags, next);
                at = next % entries;
                cases++;
            }
            queue.publish(random.nextInt(200) == 0 ? random.nextInt(0x10000) : head);
        }
        if (random.nextInt(200) == 0) {
            bench.ram().write16(queue.available() + 2, random.nextInt(0x10000));
        }
        if (random.nextInt(4) == 0) {
            queue.wantInterruptAfter(random.nextInt(8));
        }
        driver.notifyQueue(random.nextInt(2));
        queue.kick();
        bench.settle();
        return cases;
    }

    @Test
    void tamperedStateIsTakenOrRefusedAndNeverDoesHarm() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            plug();
            driver.negotiate(-1);
            DriverQueue queue = driver.queue(random.nextInt(2), 8);
            driver.ready();
            hostileBuffers(queue);
            TestState state = bench.save();
            TestState section = state.section("virtio");
            tamper(random.nextBoolean() ? section : section.section("queue-" + random.nextInt(2)));
            try {
                bench.replace(state);
            } catch (StateException e) {
                assertTrue(!e.getMessage().isBlank());
                continue;
            }
            hostileBuffers(queue);
            bench.settle();
            driver.reset();
        }
    }

    private void tamper(TestState state) {
        List<Map.Entry<String, Object>> fields = new ArrayList<>(state.fields().entrySet());
        Map.Entry<String, Object> field = fields.get(random.nextInt(fields.size()));
        switch (field.getValue()) {
            case Integer value -> field.setValue(random.nextBoolean() ? random.nextInt() : random.nextInt(64));
            case Long value -> field.setValue(random.nextBoolean() ? random.nextLong() : address() & -16);
            case Boolean value -> field.setValue(!value);
            case int[] value -> field.setValue(random.ints(random.nextInt(20), 0, 20).toArray());
            default -> state.fields().remove(field.getKey());
        }
    }
}
