package dev.backplane.machine.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.machine.memory.MemoryMap;

/** A guest that writes whatever it likes wherever it likes, while cards come and go. */
class PciFuzzTest {
    private static final int CASES = 1_500_000;
    private static final int[] SIZES = {1, 2, 4, 8};

    /** Checks that accesses stay inside the range that was declared. */
    private record Bounded(long size, long[] hits) implements RegisterHandler {
        @Override
        public long read(long offset, int bytes) {
            check(offset, bytes);
            return offset;
        }

        @Override
        public void write(long offset, int bytes, long value) {
            check(offset, bytes);
            assertEquals(value & -1L >>> 64 - bytes * 8, value);
        }

        private void check(long offset, int bytes) {
            hits[0]++;
            assertTrue(offset >= 0 && offset + bytes <= size, () -> "offset " + offset + " of " + size);
        }
    }

    private final PciBench bench = new PciBench();
    private final SplittableRandom random = new SplittableRandom(20260101);
    private final List<MessageInterrupts> sources = new ArrayList<>();
    private final List<IrqLine> pins = new ArrayList<>();
    private final long[] hits = new long[1];

    private Bounded handler(long size) {
        return new Bounded(size, hits);
    }

    private PciCard card() {
        PciCard card = bench.card();
        card.bar(0, BarType.MEMORY_32, 0x1000, handler(0x1000));
        card.bar(2, BarType.MEMORY_64_PREFETCHABLE, 0x8000, handler(0x8000));
        card.bar(4, BarType.IO, 0x20, handler(0x20));
        card.capability(9, new byte[14], handler(16));
        sources.add(card.msix(1 + random.nextInt(70), 1));
        sources.add(card.msi(8));
        pins.add(card.intx());
        return card;
    }

    @Test
    void nothingAGuestWritesBreaksThrowsOrReachesPastARange() {
        long[] interesting = {0, -1L, MemoryMap.PCI32_BASE, 0xFEE00000L, 0x8000, 0xFFFFF000L, bench.map.pci64Base(),
            0x80000000L, 3, 0xC000, 6, 7};
        for (int i = 0; i < CASES; i++) {
            int size = SIZES[random.nextInt(4)];
            long value = random.nextInt(3) == 0 ? interesting[random.nextInt(interesting.length)]
                : random.nextLong() >>> random.nextInt(64);
            switch (random.nextInt(64)) {
                case 0 -> port(random.nextInt(PciHost.IO_SLOTS)).surpriseRemove();
                case 1 -> {
                    RootPort p = port(random.nextInt(PciHost.IO_SLOTS));
                    if (p.card() == null && sources.size() < 2000) {
                        p.seat(card());
                    }
                }
                case 2 -> port(random.nextInt(PciHost.SLOTS)).requestRemoval(new RemovalListener() {
                    @Override
                    public void removed() {
                        hits[0]++;
                    }

                    @Override
                    public void refused() {
                        hits[0]++;
                    }
                });
                case 3 -> port(random.nextInt(PciHost.SLOTS)).giveUpRemoval();
                case 4, 5, 6 -> raise();
                case 7, 8, 9, 10, 11, 12 -> window(size, value);
                case 13 -> {
                    if (random.nextInt(200) == 0) {
                        bench.host.reset();
                    }
                }
                case 14, 15, 16 -> {
                    int at = 0xCF8 + random.nextInt(8);
                    bench.ports.write(at & -Math.min(size, 4), Math.min(size, 4), value & 0x8000FFFFL);
                    bench.ports.read(at & -Math.min(size, 4), Math.min(size, 4));
                }
                default -> config(size, value);
            }
            if (bench.messages.size() > 1000) {
                bench.messages.clear();
            }
        }
        assertTrue(hits[0] > 1000, "BARs and capabilities were reached " + hits[0] + " times");
        afterResetAllIsAsNew();
    }

    @Test
    void processorsCardsAndHotPlugMeetAtTheSameTimeWithoutHarm() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<Thread> guests = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            SplittableRandom mine = random.split();
            guests.add(Thread.ofPlatform().uncaughtExceptionHandler((thread, e) -> failures.add(e)).start(() -> {
                while (!stop.get()) {
                    long at = MemoryMap.ECAM_BASE + ((long) mine.nextInt(3) << 20 | mine.nextInt(4096) & ~3)
                        + (mine.nextInt(4) << 12);
                    bench.memory.write(at, 4, mine.nextInt());
                    bench.memory.read(MemoryMap.PCI32_BASE + (mine.nextInt(1 << 22) & ~3), 4);
                    synchronized (bench) {
                        bench.messages.clear();
                    }
                }
            }));
        }
        for (int i = 0; i < 3000; i++) {
            RootPort p = port(random.nextInt(2));
            PciCard card = card();
            if (p.card() == null) {
                p.seat(card);
            }
            raise();
            AtomicInteger answers = new AtomicInteger();
            RemovalStart start = p.requestRemoval(new RemovalListener() {
                @Override
                public void removed() {
                    answers.incrementAndGet();
                }

                @Override
                public void refused() {
                    answers.incrementAndGet();
                }
            });
            p.surpriseRemove();
            int expected = start == RemovalStart.ASKED || start == RemovalStart.DONE ? 1 : 0;
            for (long limit = System.nanoTime() + 5_000_000_000L; answers.get() < expected
                && System.nanoTime() < limit;) {
                Thread.onSpinWait();
            }
            assertEquals(expected, answers.get());
            sources.clear();
            pins.clear();
        }
        stop.set(true);
        for (Thread t : guests) {
            t.join(10_000);
            assertFalse(t.isAlive(), "a thread hangs");
        }
        assertEquals(List.of(), failures);
    }

    private RootPort port(int index) {
        return bench.host.ports().get(index);
    }

    private void raise() {
        if (!sources.isEmpty()) {
            sources.get(random.nextInt(sources.size())).raise(random.nextInt(80));
            pins.get(random.nextInt(pins.size())).set(random.nextBoolean());
        }
    }

    private void config(int size, long value) {
        int bus = random.nextInt(8) == 0 ? random.nextInt(256) : random.nextInt(10);
        int deviceFunction = bus == 0 ? 8 + random.nextInt(16) : random.nextInt(16) == 0 ? random.nextInt(256) : 0;
        int register = random.nextInt(16) == 0 ? random.nextInt(4096) : random.nextInt(256);
        // Any alignment, as long as no 8-byte boundary is crossed.
        long at = MemoryMap.ECAM_BASE + ((long) bus << 20 | deviceFunction << 12) + register;
        if ((at & 7) + size <= 8) {
            if (random.nextBoolean()) {
                bench.memory.write(at, size, value);
            }
            bench.memory.read(at, size);
        }
    }

    private void window(int size, long value) {
        RootPort p = port(random.nextInt(PciHost.SLOTS));
        PciCard card = p.card();
        if (card == null) {
            return;
        }
        Bar bar = card.bars().get(random.nextInt(card.bars().size()));
        long at = bar.base(card.config) + random.nextLong(bar.size() + 16) - 8 & -size;
        if (bar.io()) {
            bench.ports.write((int) at & 0xFFF8, Math.min(size, 4), value);
        } else if (at >= 0 && at < 1L << 52) {
            bench.memory.write(at, size, value & -1L >>> 64 - size * 8);
            bench.memory.read(at, size);
        }
    }

    private void afterResetAllIsAsNew() {
        for (RootPort p : bench.host.ports()) {
            p.surpriseRemove();
        }
        bench.host.reset();
        PciBench fresh = new PciBench();
        for (int deviceFunction = 0; deviceFunction < 256; deviceFunction++) {
            for (int register = 0; register < 256; register += 4) {
                assertEquals(fresh.read(0, deviceFunction >> 3, deviceFunction & 7, register, 4),
                    bench.read(0, deviceFunction >> 3, deviceFunction & 7, register, 4));
            }
        }
        for (boolean asserted : bench.lines.entrySet().stream().filter(e -> e.getKey() >= 16).map(e -> e.getValue())
            .toList()) {
            assertTrue(!asserted);
        }
    }
}
