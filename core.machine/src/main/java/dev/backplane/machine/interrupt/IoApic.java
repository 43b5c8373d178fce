package dev.backplane.machine.interrupt;

import java.util.Arrays;

import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.board.BoardPart;

/**
 * The I/O APIC: 24 pins, version 0x20 with an EOI register (Intel 82093AA datasheet 290566; ICH9 datasheet 13.5). The
 * board puts {@link #registers()} at 0xFEC00000, 4 KiB; pin n is global system interrupt n.
 *
 * <p>Pins carry asserted or not asserted, so the polarity bits of redirection entries are kept but have no effect.
 * Edges on a masked pin are lost (datasheet 3.2.4, interrupt mask); Linux relies on it.
 *
 * <p>Threading: any thread; one lock, under which only the fabric is called.
 */
public final class IoApic implements BoardPart, PinInput, RegisterHandler {
    /** Where the board puts the registers. */
    public static final long DEFAULT_ADDRESS = 0xFEC00000L;
    /** Bytes from {@link #DEFAULT_ADDRESS}. */
    public static final long SIZE = 0x1000;
    /** The ID after reset. */
    public static final int DEFAULT_ID = 0;
    /** Number of pins. */
    public static final int PINS = 24;

    private static final int VERSION = 0x20 | PINS - 1 << 16;
    private static final int SELECT = 0x00;
    private static final int WINDOW = 0x10;
    private static final int EOI = 0x40;

    private static final long REMOTE_IRR = 1L << 14;
    private static final long LEVEL = 1L << 15;
    private static final long MASKED = 1L << 16;
    private static final long LOGICAL = 1L << 11;
    private static final long WRITABLE_LOW = 0x1AFFFL;
    private static final long WRITABLE_HIGH = 0xFF00_0000_0000_0000L;

    private final InterruptFabric fabric;
    private final long[] entries = new long[PINS];
    private int lines;
    private int select;
    private int id;

    public IoApic(InterruptFabric fabric) {
        this.fabric = fabric;
        reset();
    }

    @Override
    public String name() {
        return "ioapic";
    }

    /** The register page. */
    public RegisterHandler registers() {
        return this;
    }

    @Override
    public synchronized void set(int pin, boolean asserted) {
        int bit = 1 << pin;
        boolean before = (lines & bit) != 0;
        if (before == asserted) {
            return;
        }
        lines ^= bit;
        if (!asserted) {
            return;
        }
        if ((entries[pin] & LEVEL) != 0) {
            serviceLevel(pin);
        } else if ((entries[pin] & MASKED) == 0) {
            deliver(pin, false);
        }
    }

    /** Sends the message of a level-triggered pin if it stands, is not masked and is not being served. */
    private void serviceLevel(int pin) {
        long e = entries[pin];
        if ((e & (LEVEL | MASKED | REMOTE_IRR)) == LEVEL && (lines >>> pin & 1) != 0) {
            entries[pin] |= REMOTE_IRR;
            deliver(pin, true);
        }
    }

    private void deliver(int pin, boolean level) {
        long e = entries[pin];
        fabric.sendFromIoApic((int) (e >>> 8) & 7, (int) e & 0xFF, level, (int) (e >>> 56) & 0xFF, (e & LOGICAL) != 0);
    }

    /** A level-triggered interrupt with this vector ended: from a local APIC or the EOI register. */
    public synchronized void endOfInterrupt(int vector) {
        for (int pin = 0; pin < PINS; pin++) {
            long e = entries[pin];
            if ((e & (LEVEL | REMOTE_IRR)) == (LEVEL | REMOTE_IRR) && (e & 0xFF) == vector) {
                entries[pin] &= ~REMOTE_IRR;
                serviceLevel(pin);
            }
        }
    }

    @Override
    public synchronized long read(long offset, int size) {
        int register = (int) offset & ~3;
        int shift = ((int) offset & 3) * 8;
        int value = switch (register) {
            case SELECT -> select;
            case WINDOW -> readIndexed();
            default -> 0;
        };
        return (value & 0xFFFFFFFFL) >>> shift;
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        switch ((int) offset) {
            case SELECT -> select = (int) value & 0xFF;
            case WINDOW -> {
                if (size >= 4) {
                    writeIndexed((int) value);
                }
            }
            case EOI -> endOfInterrupt((int) value & 0xFF);
            default -> { }
        }
    }

    private int readIndexed() {
        return switch (select) {
            case 0, 2 -> id << 24;
            case 1 -> VERSION;
            default -> {
                int pin = select - 0x10 >> 1;
                if (pin < 0 || pin >= PINS) {
                    yield 0;
                }
                yield (int) (entries[pin] >>> ((select & 1) != 0 ? 32 : 0));
            }
        };
    }

    private void writeIndexed(int value) {
        if (select == 0) {
            id = value >>> 24 & 0xF;
            return;
        }
        int pin = select - 0x10 >> 1;
        if (pin < 0 || pin >= PINS) {
            return;
        }
        long e = entries[pin];
        if ((select & 1) != 0) {
            e = e & 0xFFFFFFFFL | (long) value << 32 & WRITABLE_HIGH;
        } else {
            e = e & ~WRITABLE_LOW | value & WRITABLE_LOW;
            if ((e & LEVEL) == 0) {
                // Software resets remote IRR by switching to edge and back (Linux, __eoi_ioapic_pin).
                e &= ~REMOTE_IRR;
            }
        }
        entries[pin] = e;
        serviceLevel(pin);
    }

    @Override
    public synchronized void reset() {
        id = DEFAULT_ID;
        select = 0;
        Arrays.fill(entries, MASKED);
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.putInt("id", id).putInt("select", select).putInt("lines", lines).putLongs("entries", entries);
    }

    @Override
    public synchronized void restore(StateReader in) throws StateException {
        long[] saved = in.getLongs("entries");
        if (saved.length != PINS) {
            throw new StateException("ioapic: entries has " + saved.length + " values, not " + PINS);
        }
        id = in.getInt("id", 0, 0xF);
        select = in.getInt("select", 0, 0xFF);
        lines = in.getInt("lines", 0, (1 << PINS) - 1);
        for (int i = 0; i < PINS; i++) {
            entries[i] = saved[i] & (WRITABLE_LOW | WRITABLE_HIGH | REMOTE_IRR);
        }
    }
}
