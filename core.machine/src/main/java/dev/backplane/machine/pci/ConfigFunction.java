package dev.backplane.machine.pci;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * One function as configuration cycles reach it. The object itself is the lock of its registers; it is never held
 * while anything outside PCI is called.
 */
abstract class ConfigFunction {
    static final int COMMAND = 0x04;
    static final int STATUS = 0x06;
    static final int HEADER_TYPE = 0x0E;
    static final int CAPABILITIES = 0x34;
    static final int INTERRUPT_LINE = 0x3C;
    static final int INTERRUPT_PIN = 0x3D;

    static final int COMMAND_IO = 1;
    static final int COMMAND_MEMORY = 2;
    static final int COMMAND_MASTER = 4;
    static final int COMMAND_NO_INTX = 0x400;
    static final int STATUS_INTX = 8;

    static final int CAP_POWER = 0x01;
    static final int CAP_MSI = 0x05;
    static final int CAP_EXPRESS = 0x10;
    static final int CAP_MSIX = 0x11;

    final ConfigSpace config = new ConfigSpace();
    private int nextCapability = 0x40;
    private int lastLink = CAPABILITIES;

    /** Reads 1, 2 or 4 bytes at a naturally aligned register, 0 to 0xFFF. */
    int configRead(int register, int size) {
        synchronized (this) {
            return config.read(register, size);
        }
    }

    /** Writes 1, 2 or 4 bytes at a naturally aligned register, 0 to 0xFFF. */
    abstract void configWrite(int register, int size, int value);

    /** Back to the state after reset. */
    abstract void reset();

    abstract void save(StateWriter out);

    abstract void restore(StateReader in) throws StateException;

    /**
     * Puts a capability at the end of the list.
     *
     * @param length in bytes, ID and next pointer counted in
     * @return its offset
     */
    final int addCapability(int id, int length) {
        int offset = nextCapability;
        if (offset + length > 0x100) {
            throw new IllegalStateException("capability 0x%x of %d bytes does not fit: %d bytes are left in "
                .formatted(id, length, 0x100 - offset) + "configuration space; declare fewer or smaller ones");
        }
        config.define(offset, 1, id, 0);
        config.define(lastLink, 1, offset, 0);
        config.define(STATUS, 2, 0x10, 0);
        lastLink = offset + 1;
        nextCapability = offset + (length + 3 & ~3);
        return offset;
    }

    /** Adds a power-management capability (PCI Power Management 1.2): D0 and D3hot, no internal reset, no PME. */
    final int addPowerManagement() {
        int at = addCapability(CAP_POWER, 8);
        config.define(at + 2, 2, 0x0003, 0);
        config.define(at + 4, 2, 0x0008, 0x0003);
        return at;
    }

    final boolean memoryEnabled() {
        return (config.get8(COMMAND) & COMMAND_MEMORY) != 0;
    }

    final boolean ioEnabled() {
        return (config.get8(COMMAND) & COMMAND_IO) != 0;
    }

    final boolean masterEnabled() {
        return (config.get8(COMMAND) & COMMAND_MASTER) != 0;
    }

    final boolean intxEnabled() {
        return (config.get16(COMMAND) & COMMAND_NO_INTX) == 0;
    }

    static boolean touches(int register, int size, int offset, int length) {
        return register < offset + length && register + size > offset;
    }
}
