package dev.backplane.machine.memory;

/**
 * Where things lie in guest-physical memory, after the model of a q35 board: RAM from 0 up to at most 2 GiB, the rest
 * from 4 GiB; configuration space, the windows for PCI memory and the interrupt controllers between.
 *
 * @param lowRam  bytes of RAM from address 0, the VGA window (which is not RAM) counted in
 * @param highRam bytes of RAM from 4 GiB, or 0
 */
public record MemoryMap(long lowRam, long highRam) {
    /** The window of VGA memory, which is never RAM. */
    public static final long VGA_BASE = 0xA0000;
    public static final long VGA_SIZE = 0x20000;
    /** The most RAM below 4 GiB. */
    public static final long MAX_LOW_RAM = 0x8000_0000L;
    /** PCI Express configuration space: 256 buses of 1 MiB. */
    public static final long ECAM_BASE = 0xB000_0000L;
    public static final long ECAM_SIZE = 0x1000_0000L;
    /** The window for 32-bit PCI memory. */
    public static final long PCI32_BASE = 0xC000_0000L;
    public static final long PCI32_SIZE = 0xFEC0_0000L - PCI32_BASE;
    public static final long IOAPIC_BASE = 0xFEC0_0000L;
    public static final long HPET_BASE = 0xFED0_0000L;
    public static final long LAPIC_BASE = 0xFEE0_0000L;
    public static final long HIGH_RAM_BASE = 0x1_0000_0000L;
    /** The size of the window for 64-bit PCI memory. */
    public static final long PCI64_SIZE = 0x8_0000_0000L;

    private static final long MIB = 1L << 20;

    public MemoryMap {
        if (lowRam < MIB || lowRam > MAX_LOW_RAM || highRam < 0 || highRam > 0 && lowRam != MAX_LOW_RAM
            || ((lowRam | highRam) & (MIB - 1)) != 0) {
            throw new IllegalArgumentException("RAM of 0x%x and 0x%x bytes".formatted(lowRam, highRam));
        }
    }

    /**
     * Lays out RAM.
     *
     * @param bytes in all, a multiple of 1 MiB
     */
    public static MemoryMap of(long bytes) {
        long low = Math.min(bytes, MAX_LOW_RAM);
        return new MemoryMap(low, bytes - low);
    }

    /** The RAM the guest can use, in bytes, VGA window not counted. */
    public long ram() {
        return lowRam + highRam - VGA_SIZE;
    }

    /** The first address above RAM from 4 GiB. */
    public long highRamEnd() {
        return HIGH_RAM_BASE + highRam;
    }

    /** Where the window for 64-bit PCI memory begins: a multiple of its size, above all RAM. */
    public long pci64Base() {
        return Math.max(PCI64_SIZE, (highRamEnd() + PCI64_SIZE - 1) & -PCI64_SIZE);
    }
}
