package dev.backplane.machine.pci;

/**
 * The registers of a hot-plug slot and what they mean (PCIe Base 4.0, 6.7.3 and 7.5.3.9 to 7.5.3.11). Events are status
 * bits; an interrupt is wanted while hot-plug interrupts are enabled and an enabled event is pending.
 *
 * <p>Threading: its root port guards it.
 */
final class HotplugSlot {
    // Slot Capabilities
    static final int BUTTON_PRESENT = 1;
    static final int POWER_INDICATOR_PRESENT = 1 << 4;
    static final int SURPRISE = 1 << 5;
    static final int CAPABLE = 1 << 6;
    static final int NO_COMMAND_COMPLETED = 1 << 18;

    // Slot Control
    static final int ENABLE_BUTTON = 1;
    static final int ENABLE_PRESENCE = 1 << 3;
    static final int ENABLE_INTERRUPT = 1 << 5;
    static final int INDICATOR = 3 << 8;
    static final int INDICATOR_ON = 1 << 8;
    static final int INDICATOR_BLINK = 2 << 8;
    static final int INDICATOR_OFF = 3 << 8;
    static final int ENABLE_LINK = 1 << 12;
    /** There is no attention indicator and no power controller: their fields read as zero. */
    static final int CONTROL_WRITABLE = 0x133F;

    // Slot Status
    static final int BUTTON_PRESSED = 1;
    static final int PRESENCE_CHANGED = 1 << 3;
    static final int PRESENT = 1 << 6;
    static final int LINK_CHANGED = 1 << 8;
    static final int EVENTS = 0x011F;

    /** What a write of the guest meant for a removal that was asked for. */
    enum Answer { NONE, REMOVED, REFUSED }

    private final ConfigSpace config;
    private final int control;
    private final int status;
    private final int link;
    private boolean asked;
    private boolean blinked;

    HotplugSlot(ConfigSpace config, int express) {
        this.config = config;
        control = express + ExpressCapability.SLOT_CONTROL;
        status = express + ExpressCapability.SLOT_STATUS;
        link = express + ExpressCapability.LINK_STATUS;
    }

    int control() {
        return config.get16(control);
    }

    /** The power-on state: a card that is there is on, without any event. */
    void powerOn(boolean occupied) {
        asked = false;
        blinked = false;
        present(occupied);
        config.set(control, 2, occupied ? INDICATOR_ON : INDICATOR_OFF);
    }

    /** Shows whether a card is there, with no event. */
    void present(boolean occupied) {
        config.set(status, 2, config.get16(status) & ~PRESENT | (occupied ? PRESENT : 0));
        int l = config.get16(link) & ~ExpressCapability.LINK_ACTIVE;
        config.set(link, 2, l | (occupied ? ExpressCapability.LINK_ACTIVE : 0));
    }

    /**
     * A card came or went: presence and link first, then the events. Link changes are raised too because a system that
     * uses the button leaves presence events disabled.
     */
    void changed(boolean occupied) {
        asked = false;
        blinked = false;
        present(occupied);
        config.set(status, 2, config.get16(status) | PRESENCE_CHANGED | LINK_CHANGED);
    }

    /** Presses the attention button, if that can mean a removal now. */
    RemovalStart press(boolean occupied) {
        if (!occupied) {
            return RemovalStart.EMPTY;
        }
        int c = control();
        if (asked || (c & INDICATOR) == INDICATOR_BLINK) {
            return RemovalStart.BUSY;
        }
        if ((c & (ENABLE_BUTTON | ENABLE_INTERRUPT)) != (ENABLE_BUTTON | ENABLE_INTERRUPT)) {
            return RemovalStart.NOT_LISTENING;
        }
        if ((c & INDICATOR) == INDICATOR_OFF) {
            return RemovalStart.DONE;
        }
        asked = true;
        blinked = false;
        config.set(status, 2, config.get16(status) | BUTTON_PRESSED);
        return RemovalStart.ASKED;
    }

    /** Gives up waiting for an answer; false if the guest has begun to act on the request. */
    boolean giveUp() {
        if (asked && !blinked) {
            asked = false;
            return true;
        }
        return false;
    }

    /** The guest wrote Slot Control, which was {@code before}. */
    Answer controlWritten(int before) {
        int now = control() & INDICATOR;
        if (now == 0) {
            // A reserved encoding: the indicator stays as it was.
            config.set(control, 2, control() | before & INDICATOR);
            now = before & INDICATOR;
        }
        if (!asked) {
            return Answer.NONE;
        }
        switch (now) {
            case INDICATOR_BLINK -> blinked = true;
            case INDICATOR_OFF -> {
                return Answer.REMOVED;
            }
            default -> {
                if (blinked) {
                    asked = false;
                    blinked = false;
                    return Answer.REFUSED;
                }
            }
        }
        return Answer.NONE;
    }

    /** Whether the slot wants an interrupt. */
    boolean interrupting() {
        int c = control();
        int events = config.get16(status) & EVENTS;
        int enabled = c & 0x1F | (c & ENABLE_LINK) >> 4;
        return (c & ENABLE_INTERRUPT) != 0 && (events & enabled) != 0;
    }

    void setStatus(int saved) {
        config.set(status, 2, saved & (EVENTS | PRESENT));
    }

    int status() {
        return config.get16(status);
    }
}
