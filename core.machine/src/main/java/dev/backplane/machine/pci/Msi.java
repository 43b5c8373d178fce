package dev.backplane.machine.pci;

/** The MSI capability (PCI Local Bus 3.0, 6.8.1) with a 64-bit address and per-vector masks. */
final class Msi extends MessageSource {
    private static final int ENABLE = 1;

    private final ConfigSpace config;
    private final int at;

    Msi(ConfigFunction function, PciSignals signals, int vectors, Runnable outOfRange) {
        super(function, signals, vectors, outOfRange);
        config = function.config;
        at = function.addCapability(ConfigFunction.CAP_MSI, 0x18);
        int capable = Integer.numberOfTrailingZeros(vectors);
        config.define(at + 2, 2, 0x0180 | capable << 1, 0x0071);
        config.define(at + 4, 4, 0, ~3);
        config.define(at + 8, 4, 0, ~0);
        config.define(at + 12, 2, 0, 0xFFFF);
        config.define(at + 16, 4, 0, vectors == 32 ? ~0 : (1 << vectors) - 1);
    }

    @Override
    boolean isEnabled() {
        return (config.get8(at + 2) & ENABLE) != 0;
    }

    @Override
    boolean isMasked(int vector) {
        return (config.get32(at + 16) & 1 << vector) != 0;
    }

    @Override
    long address(int vector) {
        return (long) config.get32(at + 8) << 32 | config.get32(at + 4) & 0xFFFFFFFFL;
    }

    @Override
    int data(int vector) {
        int in = (1 << inUseLog()) - 1;
        return config.get16(at + 12) & ~in | vector & in;
    }

    /** The guest may grant fewer vectors than are declared: the rest share the ones there are. */
    @Override
    int allotted(int vector) {
        return vector & (1 << inUseLog()) - 1;
    }

    private int inUseLog() {
        int granted = config.get8(at + 2) >> 4 & 7;
        return Math.min(granted, Integer.numberOfTrailingZeros(vectors()));
    }

    /** Whether a write to these registers may change what is sent. */
    boolean owns(int register, int size) {
        return ConfigFunction.touches(register, size, at, 0x18);
    }

    /** Shows the pending bits; under the function's lock. */
    void showPending() {
        config.set(at + 20, 4, (int) pendingWord(0));
    }
}
