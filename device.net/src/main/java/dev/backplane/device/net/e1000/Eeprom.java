package dev.backplane.device.net.e1000;

import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The 64-word EEPROM with its two ways in: EERD, and the Microwire pins in EECD (manual 5.3, 13.4.3, 13.4.4). It cannot
 * be written.
 */
final class Eeprom {
    private static final int WORDS = 64;
    private static final int CHECKSUM_WORD = 63;
    private static final int CHECKSUM = 0xBABA;
    private static final int CLOCK = 1;
    private static final int SELECT = 2;
    private static final int DATA_IN = 4;
    private static final int DATA_OUT = 8;
    private static final int REQUEST = 1 << 6;
    private static final int GRANT = 1 << 7;
    private static final int PRESENT = 1 << 8;
    private static final int DRIVEN = CLOCK | SELECT | DATA_IN | 0x30 | REQUEST;
    private static final int READ_DONE = 1 << 4;
    /** Start bit, two bits of operation, six of address. */
    private static final int COMMAND_BITS = 9;
    private static final int READ = 0b110;

    private final int[] words = new int[WORDS];
    private int pins;
    private int shifted;
    private int received;
    private int position;
    private boolean output = true;

    Eeprom(byte[] mac, Registers registers) {
        for (int i = 0; i < 3; i++) {
            words[i] = mac[2 * i] & 0xFF | (mac[2 * i + 1] & 0xFF) << 8;
        }
        // LEDs as usual; the signature; the identity of the PCI function; no pause frames.
        words[4] = 0xFFFF;
        words[0x0A] = 0x4408;
        words[0x0B] = E1000Card.SUBSYSTEM;
        words[0x0C] = E1000Card.VENDOR;
        words[0x0D] = E1000Card.DEVICE;
        words[0x0E] = E1000Card.VENDOR;
        words[0x0F] = 0x0040;
        int sum = 0;
        for (int i = 0; i < CHECKSUM_WORD; i++) {
            sum += words[i];
        }
        words[CHECKSUM_WORD] = CHECKSUM - sum & 0xFFFF;
        registers.at(0x10, 32, "EECD").describe("EEPROM pins").onRead(this::pins)
            .onWrite(value -> drive((int) value));
        Register read = registers.at(0x14, 32, "EERD").describe("EEPROM read");
        read.onWrite(value -> read.set((value & 1) == 0 ? value & ~READ_DONE & 0xFFFF
            : value & 0xFF00 | READ_DONE | (long) word((int) value >>> 8 & 0xFF) << 16));
    }

    /** A word; all ones beyond the end. */
    int word(int address) {
        return address < WORDS ? words[address] : 0xFFFF;
    }

    private long pins() {
        return pins | PRESENT | ((pins & REQUEST) != 0 ? GRANT : 0) | (output ? DATA_OUT : 0);
    }

    private void drive(int value) {
        boolean rises = (value & CLOCK) != 0 && (pins & CLOCK) == 0;
        pins = value & DRIVEN;
        if ((pins & SELECT) == 0) {
            shifted = 0;
            received = 0;
            output = true;
        } else if (rises) {
            clock((pins & DATA_IN) != 0);
        }
    }

    private void clock(boolean in) {
        if (received < COMMAND_BITS) {
            // Zeros before the start bit count for nothing.
            if (received > 0 || in) {
                shifted = shifted << 1 | (in ? 1 : 0);
                received++;
            }
            if (received == COMMAND_BITS) {
                position = (shifted & WORDS - 1) * 16;
                output = shifted >> 6 != READ;
            }
        } else if (shifted >> 6 == READ) {
            output = (word(position >> 4 & WORDS - 1) >> 15 - (position & 15) & 1) != 0;
            position = position + 1 & WORDS * 16 - 1;
        }
    }

    void reset() {
        pins = 0;
        shifted = 0;
        received = 0;
        position = 0;
        output = true;
    }

    void save(StateWriter out) {
        out.putInts("words", words).putInt("pins", pins).putInt("shifted", shifted).putInt("received", received)
            .putInt("position", position).putBoolean("output", output);
    }

    void restore(StateReader in) throws StateException {
        int[] saved = in.getInts("words");
        if (saved.length != WORDS) {
            throw new StateException("field words has " + saved.length + " values; " + WORDS + " are right");
        }
        System.arraycopy(saved, 0, words, 0, WORDS);
        pins = in.getInt("pins", 0, DRIVEN);
        shifted = in.getInt("shifted", 0, (1 << COMMAND_BITS) - 1);
        received = in.getInt("received", 0, COMMAND_BITS);
        position = in.getInt("position", 0, WORDS * 16 - 1);
        output = in.getBoolean("output");
    }
}
