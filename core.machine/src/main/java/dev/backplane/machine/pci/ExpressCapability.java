package dev.backplane.machine.pci;

/** Where the registers of a PCI Express capability lie (PCIe Base 4.0, 7.5.3), and how they are declared. */
final class ExpressCapability {
    static final int LINK_STATUS = 0x12;
    static final int SLOT_CAPABILITIES = 0x14;
    static final int SLOT_CONTROL = 0x18;
    static final int SLOT_STATUS = 0x1A;

    static final int LINK_ACTIVE = 1 << 13;

    /** 5 GT/s, 4 lanes. */
    private static final int SPEED = 2;
    private static final int WIDTH = 4;
    private static final int TYPE_ROOT_PORT = 4;
    private static final int ROLE_BASED_ERRORS = 1 << 15;

    private ExpressCapability() {
    }

    static void endpoint(ConfigSpace config, int at, int type) {
        common(config, at, type);
        config.define(at + 0x0C, 4, SPEED | WIDTH << 4, 0);
    }

    /**
     * A root port with a hot-plug slot: attention button, power indicator, surprise removal, no command-completed
     * interrupt (each write takes effect at once), link-active reporting.
     */
    static void rootPort(ConfigSpace config, int at, int number) {
        common(config, at, TYPE_ROOT_PORT | 0x10);
        config.define(at + 0x0C, 4, SPEED | WIDTH << 4 | 1 << 20 | number << 24, 0);
        config.define(at + SLOT_CAPABILITIES, 4,
            HotplugSlot.BUTTON_PRESENT | HotplugSlot.POWER_INDICATOR_PRESENT | HotplugSlot.SURPRISE
                | HotplugSlot.CAPABLE | HotplugSlot.NO_COMMAND_COMPLETED | number << 19, 0);
        config.define(at + SLOT_CONTROL, 2, HotplugSlot.INDICATOR_OFF, HotplugSlot.CONTROL_WRITABLE);
        config.defineClearable(at + SLOT_STATUS, 2, HotplugSlot.EVENTS);
        config.define(at + 0x1C, 2, 0, 0x0F);
        config.define(at + 0x34, 4, 0, 0);
    }

    private static void common(ConfigSpace config, int at, int typeAndSlot) {
        config.define(at + 2, 2, 2 | typeAndSlot << 4, 0);
        config.define(at + 4, 4, ROLE_BASED_ERRORS, 0);
        // Relaxed ordering and no-snoop are on after reset, payload 128 and reads of 512 bytes.
        config.define(at + 8, 2, 0x2810, 0x781F | 0x00E0);
        config.define(at + 0x10, 2, 0, 0x00CB);
        config.define(at + LINK_STATUS, 2, SPEED | WIDTH << 4, 0);
        config.define(at + 0x2C, 4, 0x06, 0);
        config.define(at + 0x30, 2, SPEED, 0x000F);
    }
}
