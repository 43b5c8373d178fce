package dev.backplane.machine.boot;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.machine.memory.MemoryMap;

/** The memory map as firmware reports it (ACPI 6.4, chapter 15). */
final class E820 {
    static final int RAM = 1;
    static final int RESERVED = 2;

    /** Where the tables of the firmware lie, up to 1 MiB. */
    static final long TABLES = 0xE0000;
    static final long MIB = 1 << 20;
    private static final long EXTENDED_BIOS_DATA = 0x9FC00;

    /**
     * A range.
     *
     * @param type {@link #RAM} or {@link #RESERVED}
     */
    record Entry(long base, long size, int type) {
        long end() {
            return base + size;
        }
    }

    private E820() {
    }

    /** In ascending order, without overlaps. */
    static List<Entry> of(MemoryMap map) {
        List<Entry> entries = new ArrayList<>();
        entries.add(new Entry(0, EXTENDED_BIOS_DATA, RAM));
        entries.add(new Entry(EXTENDED_BIOS_DATA, MemoryMap.VGA_BASE - EXTENDED_BIOS_DATA, RESERVED));
        entries.add(new Entry(TABLES, MIB - TABLES, RESERVED));
        entries.add(new Entry(MIB, map.lowRam() - MIB, RAM));
        entries.add(new Entry(MemoryMap.ECAM_BASE, MemoryMap.ECAM_SIZE, RESERVED));
        if (map.highRam() > 0) {
            entries.add(new Entry(MemoryMap.HIGH_RAM_BASE, map.highRam(), RAM));
        }
        return entries;
    }
}
