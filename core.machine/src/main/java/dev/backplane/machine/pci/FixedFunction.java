package dev.backplane.machine.pci;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** A function that is soldered on bus 0: the host bridge, or the bridge to the ISA side with its interrupt routing. */
final class FixedFunction extends ConfigFunction {
    private static final int VENDOR_INTEL = 0x8086;
    private static final int SUBSYSTEM_VENDOR = 0x1AF4;
    private static final int SUBSYSTEM = 0x1100;
    private static final int ROUTE_OFF = 0x80;
    /** The first four interrupt routes lie at 60h, the others at 68h. */
    private static final int[] ROUTES = {0x60, 0x61, 0x62, 0x63, 0x68, 0x69, 0x6A, 0x6B};

    private final PciSignals signals;
    private final boolean routes;

    private FixedFunction(int deviceId, int classCode, int revision, boolean routes, PciSignals signals) {
        this.routes = routes;
        this.signals = signals;
        config.define(0, 2, VENDOR_INTEL, 0);
        config.define(2, 2, deviceId, 0);
        config.define(COMMAND, 2, routes ? 7 : 6, routes ? 0x100 : 0x102);
        config.define(8, 4, revision | classCode << 8, 0);
        config.define(0x2C, 2, SUBSYSTEM_VENDOR, 0);
        config.define(0x2E, 2, SUBSYSTEM, 0);
        if (routes) {
            for (int r : ROUTES) {
                config.define(r, 1, ROUTE_OFF, 0x8F);
            }
        }
    }

    /** The host bridge, with the identity of a 3-series chip set. */
    static FixedFunction hostBridge() {
        return new FixedFunction(0x29C0, 0x060000, 2, false, null);
    }

    /** The ISA bridge, with the identity of a PIIX4, which needs no driver. */
    static FixedFunction isaBridge(PciSignals signals) {
        return new FixedFunction(0x7110, 0x060100, 2, true, signals);
    }

    @Override
    void configWrite(int register, int size, int value) {
        synchronized (this) {
            config.write(register, size, value);
        }
        if (routes && touches(register, size, ROUTES[0], ROUTES[7] + 1 - ROUTES[0])) {
            applyRoutes();
        }
    }

    /** What firmware does: PCI interrupts go to ISA interrupts 10 and 11 for those who use the 8259 pair. */
    void routeLikeFirmware() {
        synchronized (this) {
            for (int i = 0; i < ROUTES.length; i++) {
                config.set(ROUTES[i], 1, isaIrq(i));
            }
        }
        applyRoutes();
    }

    /** The ISA interrupt that firmware chooses for a PCI interrupt, 0 to 7. */
    static int isaIrq(int pirq) {
        return (pirq & 2) == 0 ? 10 : 11;
    }

    private void applyRoutes() {
        for (int i = 0; i < ROUTES.length; i++) {
            int route;
            synchronized (this) {
                route = config.get8(ROUTES[i]);
            }
            signals.route(i, (route & ROUTE_OFF) != 0 ? -1 : route & 15);
        }
    }

    @Override
    void reset() {
        synchronized (this) {
            config.reset();
        }
        if (routes) {
            applyRoutes();
        }
    }

    @Override
    void save(StateWriter out) {
        synchronized (this) {
            config.save(out, "config");
        }
    }

    @Override
    void restore(StateReader in) throws StateException {
        synchronized (this) {
            config.restore(in, "config");
        }
        if (routes) {
            applyRoutes();
        }
    }
}
