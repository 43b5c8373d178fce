package dev.backplane.machine.pci;

import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.pci.BarType;

/**
 * A base address register.
 *
 * @param index   0 to 5
 * @param size    in bytes, a power of two
 * @param handler serves it; already guarded
 */
record Bar(int index, BarType type, long size, RegisterHandler handler) {

    int register() {
        return 0x10 + index * 4;
    }

    boolean io() {
        return type == BarType.IO;
    }

    boolean wide() {
        return type == BarType.MEMORY_64 || type == BarType.MEMORY_64_PREFETCHABLE;
    }

    boolean prefetchable() {
        return type == BarType.MEMORY_64_PREFETCHABLE;
    }

    /** Declares its bits (PCI Local Bus 3.0, 6.2.5.1). */
    void define(ConfigSpace config) {
        int kind = switch (type) {
            case IO -> 1;
            case MEMORY_32 -> 0;
            case MEMORY_64 -> 4;
            case MEMORY_64_PREFETCHABLE -> 12;
        };
        config.define(register(), 4, kind, (int) -size & (io() ? ~3 : ~15));
        if (wide()) {
            config.define(register() + 4, 4, 0, (int) (-size >>> 32));
        }
    }

    /** Where the guest put it. */
    long base(ConfigSpace config) {
        long low = config.get32(register()) & (io() ? 0xFFFCL : 0xFFFFFFF0L);
        return wide() ? (long) config.get32(register() + 4) << 32 | low : low;
    }

    void place(ConfigSpace config, long base) {
        config.set(register(), 4, config.get32(register()) & (io() ? 3 : 15) | (int) base);
        if (wide()) {
            config.set(register() + 4, 4, (int) (base >>> 32));
        }
    }
}
