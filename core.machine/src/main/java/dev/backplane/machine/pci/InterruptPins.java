package dev.backplane.machine.pci;

import java.util.function.BooleanSupplier;

/**
 * The eight PCI interrupt lines of the board, GSI 16 to 23. Each is asserted while any of its sources asserts it. The
 * order of locks is: this one, then a function's.
 */
final class InterruptPins {
    static final int FIRST_GSI = 16;
    static final int COUNT = 8;

    private final PciSignals signals;
    private final int[] asserted = new int[COUNT];

    InterruptPins(PciSignals signals) {
        this.signals = signals;
    }

    /** The GSI of a pin of a device on bus 0; what the routing table in the DSDT says as well. */
    static int gsi(int device, int pin) {
        return FIRST_GSI + (device + pin - 1 & COUNT - 1);
    }

    /** One function's pin. */
    final class Source {
        private final int index;
        private final BooleanSupplier level;
        private boolean on;
        private boolean closed;

        private Source(int gsi, BooleanSupplier level) {
            index = gsi - FIRST_GSI;
            this.level = level;
        }

        /** Looks at the function's level again. */
        void refresh() {
            synchronized (InterruptPins.this) {
                set(!closed && level.getAsBoolean());
            }
        }

        void close() {
            synchronized (InterruptPins.this) {
                closed = true;
                set(false);
            }
        }

        private void set(boolean value) {
            if (on == value) {
                return;
            }
            on = value;
            int now = asserted[index] += value ? 1 : -1;
            if (now == (value ? 1 : 0)) {
                signals.gsi(FIRST_GSI + index, value);
            }
        }
    }

    Source source(int gsi, BooleanSupplier level) {
        return new Source(gsi, level);
    }
}
