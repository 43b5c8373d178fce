package dev.backplane.machine.pci;

import java.util.Comparator;
import java.util.List;

import dev.backplane.machine.memory.MemoryMap;

/**
 * What firmware does before it boots: gives each root port a bus number and windows, with room for a card that comes
 * later, and places the BARs of the cards that are there. A system that boots finds everything assigned.
 */
final class PciEnumerator {
    private static final long MIB = 1L << 20;
    /** What an empty slot gets for memory, and again for prefetchable memory. */
    private static final long SLOT_WINDOW = 2 * MIB;
    /** Prefetchable windows above this go above 4 GiB. */
    private static final long BIG_WINDOW = 64 * MIB;
    private static final int IO_BASE = 0x2000;
    private static final int IO_WINDOW = 0x1000;

    private long next32 = MemoryMap.PCI32_BASE;
    private final long end32 = MemoryMap.PCI32_BASE + MemoryMap.PCI32_SIZE;
    private long next64;
    private final long end64;

    PciEnumerator(MemoryMap map) {
        next64 = map.pci64Base();
        end64 = map.pci64Base() + MemoryMap.PCI64_SIZE;
    }

    void run(List<RootPort> ports) {
        for (RootPort p : ports) {
            synchronized (p) {
                ConfigSpace c = p.config;
                c.set(RootPort.PRIMARY_BUS, 1, 0);
                c.set(RootPort.SECONDARY_BUS, 1, p.number());
                c.set(RootPort.SUBORDINATE_BUS, 1, p.number());
                int pirq = InterruptPins.gsi(p.device(), p.pin()) - InterruptPins.FIRST_GSI;
                c.set(ConfigFunction.INTERRUPT_LINE, 1, FixedFunction.isaIrq(pirq));
                c.set(ConfigFunction.COMMAND, 2, ConfigFunction.COMMAND_MEMORY | ConfigFunction.COMMAND_MASTER
                    | (p.hasIoWindow() ? ConfigFunction.COMMAND_IO : 0));
            }
            windows(p);
        }
    }

    private void windows(RootPort p) {
        PciCard card = p.card();
        List<Bar> bars = card == null ? List.of() : card.bars().stream()
            .sorted(Comparator.comparingLong(Bar::size).reversed()).toList();
        List<Bar> plain = bars.stream().filter(b -> !b.io() && !b.prefetchable()).toList();
        List<Bar> prefetchable = bars.stream().filter(Bar::prefetchable).toList();
        List<Bar> io = bars.stream().filter(Bar::io).toList();

        long plainSize = windowSize(plain);
        long plainBase = take32(plainSize, alignment(plain));
        long prefetchSize = windowSize(prefetchable);
        long prefetchBase = prefetchSize > BIG_WINDOW ? -1 : take32(prefetchSize, alignment(prefetchable));
        if (prefetchBase < 0) {
            prefetchBase = take64(prefetchSize, alignment(prefetchable));
        }
        int ioBase = IO_BASE + (p.number() - 1) * IO_WINDOW;
        synchronized (p) {
            ConfigSpace c = p.config;
            if (plainBase >= 0) {
                c.set(RootPort.MEMORY_BASE, 2, (int) (plainBase >> 16) & 0xFFF0);
                c.set(RootPort.MEMORY_BASE + 2, 2, (int) (plainBase + plainSize - 1 >> 16) & 0xFFF0);
            }
            if (prefetchBase >= 0) {
                long last = prefetchBase + prefetchSize - 1;
                c.set(RootPort.PREFETCH_BASE, 2, (int) (prefetchBase >> 16) & 0xFFF0 | 1);
                c.set(RootPort.PREFETCH_BASE + 2, 2, (int) (last >> 16) & 0xFFF0 | 1);
                c.set(RootPort.PREFETCH_BASE_HIGH, 4, (int) (prefetchBase >> 32));
                c.set(RootPort.PREFETCH_LIMIT_HIGH, 4, (int) (last >> 32));
            }
            if (p.hasIoWindow()) {
                c.set(RootPort.IO_BASE, 1, ioBase >> 8);
                c.set(RootPort.IO_BASE + 1, 1, ioBase >> 8);
            }
        }
        if (card != null) {
            synchronized (card) {
                int command = 0;
                command |= place(card, plain, plainBase) ? ConfigFunction.COMMAND_MEMORY : 0;
                command |= place(card, prefetchable, prefetchBase) ? ConfigFunction.COMMAND_MEMORY : 0;
                command |= place(card, io, p.hasIoWindow() ? ioBase : -1) ? ConfigFunction.COMMAND_IO : 0;
                if ((plain.isEmpty() || plainBase >= 0) && (prefetchable.isEmpty() || prefetchBase >= 0)) {
                    card.config.set(ConfigFunction.COMMAND, 2, command);
                }
                if (card.config.get8(ConfigFunction.INTERRUPT_PIN) != 0) {
                    int pirq = InterruptPins.gsi(p.device(), 1) - InterruptPins.FIRST_GSI;
                    card.config.set(ConfigFunction.INTERRUPT_LINE, 1, FixedFunction.isaIrq(pirq));
                }
            }
        }
    }

    /** Places BARs, the largest first, so that each is aligned to its size. */
    private static boolean place(PciCard card, List<Bar> bars, long base) {
        long at = base;
        for (Bar b : bars) {
            if (base >= 0) {
                b.place(card.config, at);
                at += b.size();
            }
        }
        return base >= 0 && !bars.isEmpty();
    }

    private static long windowSize(List<Bar> bars) {
        long sum = bars.stream().mapToLong(Bar::size).sum();
        return Math.max(SLOT_WINDOW, sum + MIB - 1 & -MIB);
    }

    private static long alignment(List<Bar> bars) {
        return bars.isEmpty() ? SLOT_WINDOW : Math.max(SLOT_WINDOW, bars.getFirst().size());
    }

    private long take32(long size, long alignment) {
        long base = next32 + alignment - 1 & -alignment;
        if (size > end32 - base) {
            return -1;
        }
        next32 = base + size;
        return base;
    }

    private long take64(long size, long alignment) {
        long base = next64 + alignment - 1 & -alignment;
        if (size > end64 - base) {
            return -1;
        }
        next64 = base + size;
        return base;
    }
}
