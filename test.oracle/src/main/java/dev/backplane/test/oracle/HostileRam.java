package dev.backplane.test.oracle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.memory.RamRegion;

/**
 * RAM below 512 KiB, read-only memory of 64 KiB behind it, a hole where devices are, and RAM from 1 MiB on. Between and
 * around them, in host memory, lie stretches with a pattern that nobody may change.
 */
final class HostileRam extends TestRam {
    static final long LOW_SIZE = 0x8_0000;
    static final long ROM = 0x8_0000;
    static final long ROM_SIZE = 0x1_0000;
    static final long HIGH = 0x10_0000;
    static final long HIGH_SIZE = 0x4_0000;
    private static final long CANARY = 0x1_0000;
    private static final long PATTERN = 0x5AFE_C0DE_0BAD_F00DL;

    final MemorySegment low;
    final MemorySegment high;
    private final MemorySegment rom;
    private final MemorySegment all;
    private final MemorySegment romCopy;
    private final MemorySegment canaryCopy;
    private final List<MemorySegment> canaries = new ArrayList<>();
    private long next;

    /** The read-only memory holds what the generator of the seed gives. */
    HostileRam(Arena arena, HostileCode code) {
        all = arena.allocate(4 * CANARY + LOW_SIZE + ROM_SIZE + HIGH_SIZE, PAGE_SIZE);
        canary();
        low = take(LOW_SIZE);
        canary();
        rom = take(ROM_SIZE);
        canary();
        high = take(HIGH_SIZE);
        canary();
        canaryCopy = arena.allocate(CANARY, 8);
        fill(canaryCopy);
        canaries.forEach(HostileRam::fill);
        code.fill(rom, 0, (int) ROM_SIZE);
        romCopy = arena.allocate(ROM_SIZE, 8).copyFrom(rom);
        setRegions(List.of(new RamRegion(0, low, false, "low"), new RamRegion(ROM, rom, true, "rom"),
            new RamRegion(HIGH, high, false, "high")));
    }

    private void canary() {
        canaries.add(take(CANARY));
    }

    private MemorySegment take(long size) {
        MemorySegment s = all.asSlice(next, size);
        next += size;
        return s;
    }

    private static void fill(MemorySegment s) {
        for (long at = 0; at < s.byteSize(); at += 8) {
            s.set(ValueLayout.JAVA_LONG, at, PATTERN);
        }
    }

    /** What was changed that is not the guest's to change, or null. */
    String damage() {
        for (int i = 0; i < canaries.size(); i++) {
            long at = canaries.get(i).mismatch(canaryCopy);
            if (at >= 0) {
                return "canary %d was changed at +%x".formatted(i, at);
            }
        }
        long at = rom.mismatch(romCopy);
        return at < 0 ? null : "read-only memory was changed at +%x".formatted(at);
    }
}
