package dev.backplane.machine.interrupt;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.board.BoardPart;

/**
 * Joins the sources of each interrupt line (a line is asserted while any source asserts it) and drives the pins of both
 * interrupt controllers with the result. ISA interrupt n goes to pin n of the 8259A pair and to global system interrupt
 * n, but ISA interrupt 0 to GSI 2. GSI 16 to 23 are the PCI lines PIRQA to PIRQH; each may be routed to an ISA
 * interrupt of the 8259A pair as well.
 *
 * <p>State: the level that each source drives, by its name; restored without an edge, into sources that exist by then.
 *
 * <p>Threading: any thread.
 */
public final class IrqRouter implements BoardPart {
    /** Number of ISA interrupts. */
    public static final int ISA_IRQS = 16;
    /** The global system interrupt of PIRQA. */
    public static final int FIRST_PIRQ_GSI = 16;
    private static final int PIRQS = 8;
    private static final int NO_ROUTE = -1;

    private final Line[] picPins = new Line[ISA_IRQS];
    private final Line[] gsis = new Line[IoApic.PINS];
    private final int[] pirqRoutes = new int[PIRQS];
    private final Map<String, Source> sources = new LinkedHashMap<>();

    public IrqRouter(PinInput pic, PinInput ioApic) {
        for (int i = 0; i < ISA_IRQS; i++) {
            picPins[i] = new Line(pic, i);
        }
        for (int i = 0; i < IoApic.PINS; i++) {
            gsis[i] = new Line(ioApic, i);
        }
        Arrays.fill(pirqRoutes, NO_ROUTE);
    }

    @Override
    public String name() {
        return "irq-router";
    }

    /** The global system interrupt that an ISA interrupt reaches. */
    public static int gsiOfIsa(int irq) {
        return irq == 0 ? 2 : irq;
    }

    /**
     * A new source of an ISA interrupt.
     *
     * @param irq   0 to 15; 2 is the cascade of the 8259A pair and reaches nothing there
     * @param owner unique among the sources of this line
     */
    public IrqSource isa(int irq, String owner) {
        return add(new Source("isa" + irq + "." + owner, picPins[irq], gsis[gsiOfIsa(irq)]));
    }

    /**
     * A new source of a global system interrupt that the 8259A pair does not see, but for a routed PIRQ.
     *
     * @param gsi   0 to 23
     * @param owner unique among the sources of this line
     */
    public IrqSource gsi(int gsi, String owner) {
        return add(new Source("gsi" + gsi + "." + owner, null, gsis[gsi]));
    }

    private IrqSource add(Source s) {
        synchronized (sources) {
            if (sources.putIfAbsent(s.key, s) != null) {
                throw new IllegalArgumentException("interrupt source " + s.key + " exists already");
            }
        }
        return s;
    }

    /**
     * Routes a PCI line to an ISA interrupt of the 8259A pair (ICH9 datasheet 13.1.19, PIRQ[n]_ROUT).
     *
     * @param pirq   0 (A) to 7 (H)
     * @param isaIrq 0 to 15, or -1 for none
     */
    public void routePirq(int pirq, int isaIrq) {
        Line gsi = gsis[FIRST_PIRQ_GSI + pirq];
        synchronized (gsi) {
            pirqRoutes[pirq] = isaIrq;
            gsi.forwardTo(isaIrq < 0 ? null : picPins[isaIrq]);
        }
    }

    @Override
    public void reset() {
        for (int i = 0; i < PIRQS; i++) {
            routePirq(i, NO_ROUTE);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.putInts("pirq-routes", pirqRoutes);
        StateWriter levels = out.section("asserted");
        synchronized (sources) {
            for (Source s : sources.values()) {
                levels.putBoolean(s.key, s.asserted());
            }
        }
    }

    @Override
    public void restore(StateReader in) throws StateException {
        int[] routes = in.getInts("pirq-routes");
        if (routes.length != PIRQS) {
            throw new StateException("irq-router: pirq-routes has " + routes.length + " values, not " + PIRQS);
        }
        for (int r : routes) {
            if (r < NO_ROUTE || r >= ISA_IRQS) {
                throw new StateException("irq-router: pirq-routes holds " + r + "; -1 to 15 are possible");
            }
        }
        for (Line l : picPins) {
            l.restoreCount(0);
        }
        for (Line l : gsis) {
            l.restoreCount(0);
            l.forward = null;
        }
        StateReader levels = in.section("asserted");
        synchronized (sources) {
            for (Source s : sources.values()) {
                s.restoreLevel(levels.has(s.key) && levels.getBoolean(s.key));
            }
        }
        for (int i = 0; i < PIRQS; i++) {
            pirqRoutes[i] = routes[i];
            Line gsi = gsis[FIRST_PIRQ_GSI + i];
            if (routes[i] >= 0) {
                gsi.forward = picPins[routes[i]];
                if (gsi.count > 0) {
                    gsi.forward.restoreCount(gsi.forward.count + 1);
                }
            }
        }
    }

    /** Counts the sources that assert a pin. */
    private static final class Line {
        private final PinInput controller;
        private final int pin;
        private int count;
        private Line forward;

        Line(PinInput controller, int pin) {
            this.controller = controller;
            this.pin = pin;
        }

        synchronized void change(boolean asserted) {
            int before = count;
            count += asserted ? 1 : -1;
            if (before == 0 || count == 0) {
                controller.set(pin, asserted);
                if (forward != null) {
                    forward.change(asserted);
                }
            }
        }

        synchronized void forwardTo(Line next) {
            if (count > 0 && forward != null) {
                forward.change(false);
            }
            forward = next;
            if (count > 0 && forward != null) {
                forward.change(true);
            }
        }

        synchronized void restoreCount(int value) {
            count = value;
        }
    }

    private final class Source implements IrqSource {
        private final String key;
        private final Line pic;
        private final Line gsi;
        private boolean asserted;
        private boolean closed;

        Source(String key, Line pic, Line gsi) {
            this.key = key;
            this.pic = pic;
            this.gsi = gsi;
        }

        @Override
        public synchronized void set(boolean level) {
            if (level == asserted || closed) {
                return;
            }
            asserted = level;
            if (pic != null) {
                pic.change(level);
            }
            gsi.change(level);
        }

        @Override
        public synchronized boolean asserted() {
            return asserted;
        }

        @Override
        public void close() {
            set(false);
            synchronized (this) {
                closed = true;
            }
            synchronized (sources) {
                sources.remove(key, this);
            }
        }

        synchronized void restoreLevel(boolean level) {
            asserted = level;
            if (level) {
                if (pic != null) {
                    pic.restoreCount(pic.count + 1);
                }
                gsi.restoreCount(gsi.count + 1);
            }
        }
    }
}
