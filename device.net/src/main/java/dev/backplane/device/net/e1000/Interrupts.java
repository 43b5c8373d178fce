package dev.backplane.device.net.e1000;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;

/** Causes, mask, throttling, and the pin (manual 13.4.17 to 13.4.21). */
final class Interrupts {
    static final int TXDW = 1;
    static final int TXQE = 1 << 1;
    static final int LSC = 1 << 2;
    static final int RXDMT0 = 1 << 4;
    static final int RXO = 1 << 6;
    static final int RXT0 = 1 << 7;
    private static final int CAUSES = 0x1FFFF;
    private static final int ITR_UNIT_NANOS = 256;

    private final IrqLine line;
    private final MachineClock clock;
    private final DeviceTimer timer;
    private final Counter interrupts;
    private final Register mask;
    private final Register interval;
    private int causes;
    private boolean asserted;
    private long nextAllowed;

    Interrupts(DeviceContext context, IrqLine line, Registers registers) {
        this.line = line;
        clock = context.clock();
        timer = context.timer("interrupt-throttle", this::update);
        interrupts = context.counter("interrupts");
        registers.at(0xC0, 32, "ICR").describe("interrupt causes, cleared by reading").onRead(this::takeCauses)
            .onWrite(value -> clear((int) value));
        interval = registers.at(0xC4, 32, "ITR").describe("interrupt throttling");
        interval.bits(15, 0, "INTERVAL").onWrite(this::intervalChanged);
        registers.at(0xC8, 32, "ICS").describe("sets interrupt causes").writeOnly()
            .onWrite(value -> raise((int) value));
        mask = registers.at(0xD0, 32, "IMS").describe("interrupt mask, ones are added").write1Sets()
            .onWrite(this::update);
        registers.at(0xD8, 32, "IMC").describe("interrupt mask, ones are taken away").writeOnly()
            .onWrite(value -> unmask((int) value));
    }

    /** An event happened. */
    void raise(int cause) {
        causes |= cause & CAUSES;
        update();
    }

    private long takeCauses() {
        long taken = causes;
        clear(CAUSES);
        return taken;
    }

    private void clear(int cleared) {
        causes &= ~cleared;
        update();
    }

    private void unmask(int bits) {
        mask.set(mask.get() & ~(long) bits);
        update();
    }

    private void intervalChanged() {
        if (interval.get() == 0) {
            nextAllowed = 0;
        }
        update();
    }

    private void update() {
        boolean wanted = (causes & mask.get()) != 0;
        if (wanted == asserted) {
            return;
        }
        if (wanted) {
            long now = clock.nanoTime();
            if (now < nextAllowed) {
                if (!timer.armed()) {
                    timer.armAt(nextAllowed);
                }
                return;
            }
            nextAllowed = now + interval.get() * ITR_UNIT_NANOS;
            interrupts.increment();
        }
        asserted = wanted;
        line.set(wanted);
    }

    void reset() {
        causes = 0;
        nextAllowed = 0;
        timer.cancel();
        asserted = false;
        line.set(false);
    }

    void save(StateWriter out) {
        out.putInt("causes", causes).putBoolean("asserted", asserted).putLong("next-allowed", nextAllowed);
    }

    void restore(StateReader in) throws StateException {
        causes = in.getInt("causes", 0, CAUSES);
        asserted = in.getBoolean("asserted");
        nextAllowed = Math.min(in.getLong("next-allowed"), clock.nanoTime() + 0x10000L * ITR_UNIT_NANOS);
    }

    /** Goes on after a rest: the pin is as it was. */
    void resume() {
        line.set(asserted);
        update();
    }
}
