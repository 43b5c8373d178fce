package dev.backplane.device.net.e1000;

import java.util.Arrays;

import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The copper PHY inside the 82540EM behind MDIC (manual 13.4.8; IEEE 802.3, 22.2.4). It agrees with every partner at
 * once, on 1000 Mbit/s and full duplex.
 */
final class Phy {
    private static final int REGISTERS = 32;
    private static final int ADDRESS = 1;
    private static final int CONTROL = 0;
    private static final int STATUS = 1;
    private static final int ID1 = 2;
    private static final int ID2 = 3;
    private static final int PARTNER = 5;
    private static final int EXPANSION = 6;
    private static final int GIGABIT_STATUS = 10;
    private static final int EXTENDED_STATUS = 15;
    private static final int SPECIFIC_STATUS = 17;

    private static final int CONTROL_RESET = 1 << 15;
    private static final int LOOPBACK = 1 << 14;
    private static final int AUTONEGOTIATION = 1 << 12;
    private static final int POWER_DOWN = 1 << 11;
    private static final int RESTART = 1 << 9;
    private static final int LINK = 1 << 2;
    private static final int NEGOTIATED = 1 << 5;

    private static final int WRITE = 1;
    private static final int READ = 2;
    private static final long READY = 1L << 28;
    private static final long ERROR = 1L << 30;

    private final int[] values = new int[REGISTERS];
    private final Runnable linkMayHaveChanged;
    private boolean cable;
    /** The link bit of the status register stays down until it was read. */
    private boolean linkLost;

    /** @param linkMayHaveChanged runs when {@link #linkUp} may have changed, or the link was negotiated anew */
    Phy(Registers registers, Runnable linkMayHaveChanged) {
        this.linkMayHaveChanged = linkMayHaveChanged;
        Register mdic = registers.at(0x20, 32, "MDIC").describe("PHY access");
        mdic.onWrite(value -> mdic.set(access(value)));
        reset();
    }

    /** Values after reset. */
    void reset() {
        Arrays.fill(values, 0);
        values[CONTROL] = AUTONEGOTIATION | 0x0140;
        values[4] = 0x01E1;
        values[9] = 0x0300;
        linkLost = false;
    }

    /** The cable's other end went up or down. */
    void cable(boolean up) {
        linkLost |= cable && !up;
        cable = up;
    }

    boolean cable() {
        return cable;
    }

    boolean linkUp() {
        return cable && (values[CONTROL] & POWER_DOWN) == 0;
    }

    boolean loopback() {
        return (values[CONTROL] & LOOPBACK) != 0;
    }

    private long access(long mdic) {
        int number = (int) (mdic >>> 16) & 31;
        int operation = (int) (mdic >>> 26) & 3;
        long command = mdic & 0x2FFF_FFFFL | READY;
        if ((mdic >>> 21 & 31) != ADDRESS || operation != WRITE && operation != READ) {
            return command | ERROR;
        }
        if (operation == READ) {
            return command & ~0xFFFFL | read(number);
        }
        write(number, (int) mdic & 0xFFFF);
        return command;
    }

    private int read(int number) {
        return switch (number) {
            case STATUS -> {
                boolean up = linkUp() && !linkLost;
                linkLost = false;
                yield 0x7949 | (up ? LINK : 0) | (linkUp() ? NEGOTIATED : 0);
            }
            case ID1 -> 0x0141;
            case ID2 -> 0x0C20;
            case PARTNER -> linkUp() ? 0x41E1 : 0;
            case EXPANSION -> linkUp() ? 1 : 0;
            case GIGABIT_STATUS -> linkUp() ? 0x3C00 : 0;
            case EXTENDED_STATUS -> 0x3000;
            case SPECIFIC_STATUS -> linkUp() ? 0xAC08 : 0;
            default -> values[number];
        };
    }

    private void write(int number, int value) {
        switch (number) {
            case STATUS, ID1, ID2, PARTNER, EXPANSION, GIGABIT_STATUS, EXTENDED_STATUS, SPECIFIC_STATUS -> { }
            case CONTROL -> {
                if ((value & CONTROL_RESET) != 0) {
                    reset();
                } else {
                    values[CONTROL] = value & ~RESTART;
                }
                linkMayHaveChanged.run();
            }
            default -> values[number] = value;
        }
    }

    void save(StateWriter out) {
        out.putInts("values", values).putBoolean("cable", cable).putBoolean("link-lost", linkLost);
    }

    void restore(StateReader in) throws StateException {
        int[] saved = in.getInts("values");
        if (saved.length != REGISTERS) {
            throw new StateException("field values has " + saved.length + " values; " + REGISTERS + " are right");
        }
        for (int i = 0; i < REGISTERS; i++) {
            values[i] = saved[i] & 0xFFFF;
        }
        cable = in.getBoolean("cable");
        linkLost = in.getBoolean("link-lost");
    }
}
