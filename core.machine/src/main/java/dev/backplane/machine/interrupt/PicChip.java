package dev.backplane.machine.interrupt;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** One 8259A (Intel 8259A datasheet, order number 231468). Not thread-safe: the pair guards it. */
final class PicChip {
    private static final int CASCADE = 2;

    private final boolean master;
    private final int elcrMask;
    private int lines;
    private int irr;
    private int imr;
    private int isr;
    private int elcr;
    /** The request input with the highest priority. */
    private int top;
    private int base;
    private int initStep;
    private boolean expectIcw4;
    private boolean single;
    private boolean readIsr;
    private boolean poll;
    private boolean specialMask;
    private boolean autoEoi;
    private boolean rotateOnAutoEoi;
    private boolean specialFullyNested;

    PicChip(boolean master) {
        this.master = master;
        elcrMask = master ? 0xF8 : 0xDE;
    }

    void reset() {
        elcr = 0;
        irr = 0;
        initialize();
        base = 0;
        initStep = 0;
    }

    private void initialize() {
        // Level-triggered requests stand as long as their line does; latched edges are forgotten.
        irr = lines & elcr;
        imr = 0;
        isr = 0;
        top = 0;
        readIsr = false;
        poll = false;
        specialMask = false;
        autoEoi = false;
        rotateOnAutoEoi = false;
        specialFullyNested = false;
        expectIcw4 = false;
        single = false;
    }

    void set(int pin, boolean asserted) {
        int bit = 1 << pin;
        if ((elcr & bit) != 0) {
            irr = asserted ? irr | bit : irr & ~bit;
        } else if (asserted && (lines & bit) == 0) {
            irr |= bit;
        }
        lines = asserted ? lines | bit : lines & ~bit;
    }

    /** The cascade input follows the slave's output: never latched. */
    void cascade(boolean asserted) {
        int bit = 1 << CASCADE;
        irr = asserted ? irr | bit : irr & ~bit;
        lines = asserted ? lines | bit : lines & ~bit;
    }

    /** Distance from the highest priority of the best bit in a mask: 0 to 7, or 8 if it is empty. */
    private int rank(int mask) {
        if (mask == 0) {
            return 8;
        }
        int turned = (mask << 8 | mask) >>> top & 0xFF;
        return Integer.numberOfTrailingZeros(turned);
    }

    /** The request that INT asks for, or -1. */
    int request() {
        int wanted = rank(irr & ~imr);
        if (wanted == 8) {
            return -1;
        }
        int serving = isr;
        if (specialMask) {
            serving &= ~imr;
        }
        if (specialFullyNested && master) {
            serving &= ~(1 << CASCADE);
        }
        return wanted < rank(serving) ? wanted + top & 7 : -1;
    }

    int base() {
        return base;
    }

    /** The interrupt-acknowledge cycle for a request. */
    void acknowledge(int irq) {
        int bit = 1 << irq;
        if (!autoEoi) {
            isr |= bit;
        } else if (rotateOnAutoEoi) {
            top = irq + 1 & 7;
        }
        if ((elcr & bit) == 0) {
            irr &= ~bit;
        }
    }

    /**
     * A poll command read (datasheet, "Poll Command"): acts as an acknowledge.
     *
     * @return bit 7 set and the request in 2:0, or 0 if there is none
     */
    private int pollRead() {
        int irq = request();
        if (irq < 0) {
            return 0;
        }
        acknowledge(irq);
        return 0x80 | irq;
    }

    int read(int a0) {
        if (poll) {
            poll = false;
            return pollRead();
        }
        if (a0 != 0) {
            return imr;
        }
        return readIsr ? isr : irr;
    }

    void write(int a0, int value) {
        if (a0 == 0) {
            if ((value & 0x10) != 0) {
                initialize();
                initStep = 2;
                single = (value & 2) != 0;
                expectIcw4 = (value & 1) != 0;
            } else if ((value & 8) != 0) {
                commandWord3(value);
            } else {
                commandWord2(value);
            }
            return;
        }
        switch (initStep) {
            case 2 -> {
                base = value & 0xF8;
                initStep = single ? expectIcw4 ? 4 : 0 : 3;
            }
            case 3 -> initStep = expectIcw4 ? 4 : 0;
            case 4 -> {
                specialFullyNested = (value & 0x10) != 0;
                autoEoi = (value & 2) != 0;
                initStep = 0;
            }
            default -> imr = value;
        }
    }

    private void commandWord2(int value) {
        int irq = value & 7;
        switch (value >>> 5) {
            case 0 -> rotateOnAutoEoi = false;
            case 4 -> rotateOnAutoEoi = true;
            case 1 -> endOfInterrupt(false);
            case 5 -> endOfInterrupt(true);
            case 3 -> isr &= ~(1 << irq);
            case 6 -> top = irq + 1 & 7;
            case 7 -> {
                isr &= ~(1 << irq);
                top = irq + 1 & 7;
            }
            default -> { }
        }
    }

    private void endOfInterrupt(boolean rotate) {
        // In special mask mode a non-specific end does not clear bits that are masked.
        int rank = rank(specialMask ? isr & ~imr : isr);
        if (rank == 8) {
            return;
        }
        int irq = rank + top & 7;
        isr &= ~(1 << irq);
        if (rotate) {
            top = irq + 1 & 7;
        }
    }

    private void commandWord3(int value) {
        poll |= (value & 4) != 0;
        if ((value & 2) != 0) {
            readIsr = (value & 1) != 0;
        }
        if ((value & 0x40) != 0) {
            specialMask = (value & 0x20) != 0;
        }
    }

    int elcr() {
        return elcr;
    }

    /** Edge/level control (ICH9 datasheet, 13.6): bits of inputs that are always edge-triggered read as zero. */
    void elcr(int value) {
        int before = elcr;
        elcr = value & elcrMask;
        int turned = before ^ elcr;
        irr = irr & ~turned | lines & elcr & turned;
    }

    void save(StateWriter out) {
        out.putInt("lines", lines).putInt("irr", irr).putInt("imr", imr).putInt("isr", isr).putInt("elcr", elcr)
            .putInt("top", top).putInt("base", base).putInt("init-step", initStep)
            .putBoolean("expect-icw4", expectIcw4).putBoolean("single", single).putBoolean("read-isr", readIsr)
            .putBoolean("poll", poll).putBoolean("special-mask", specialMask).putBoolean("auto-eoi", autoEoi)
            .putBoolean("rotate-on-auto-eoi", rotateOnAutoEoi)
            .putBoolean("special-fully-nested", specialFullyNested);
    }

    void restore(StateReader in) throws StateException {
        lines = in.getInt("lines", 0, 0xFF);
        irr = in.getInt("irr", 0, 0xFF);
        imr = in.getInt("imr", 0, 0xFF);
        isr = in.getInt("isr", 0, 0xFF);
        elcr = in.getInt("elcr", 0, 0xFF) & elcrMask;
        top = in.getInt("top", 0, 7);
        base = in.getInt("base", 0, 0xFF) & 0xF8;
        initStep = in.getInt("init-step", 0, 4);
        expectIcw4 = in.getBoolean("expect-icw4");
        single = in.getBoolean("single");
        readIsr = in.getBoolean("read-isr");
        poll = in.getBoolean("poll");
        specialMask = in.getBoolean("special-mask");
        autoEoi = in.getBoolean("auto-eoi");
        rotateOnAutoEoi = in.getBoolean("rotate-on-auto-eoi");
        specialFullyNested = in.getBoolean("special-fully-nested");
    }
}
