package dev.backplane.test.oracle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

import dev.backplane.api.memory.RamRegion;

/** RAM with regions at the addresses of {@link Layout}, and a low one for page tables and descriptor tables. */
final class OracleRam extends TestRam {
    final MemorySegment low;
    final MemorySegment memory;
    final MemorySegment code;

    OracleRam(Arena arena) {
        low = arena.allocate(0x10000, PAGE_SIZE);
        memory = arena.allocate(Layout.MEMORY_SIZE, PAGE_SIZE);
        code = arena.allocate(Layout.CODE_SIZE, PAGE_SIZE);
        setRegions(List.of(new RamRegion(0, low, false, "low"), new RamRegion(Layout.DATA, memory, false, "data"),
            new RamRegion(Layout.CODE, code, false, "code")));
    }
}
