package dev.backplane.machine.interrupt;

import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.board.BoardPart;

/**
 * The pair of cascaded 8259A interrupt controllers (Intel 8259A datasheet 231468; ELCR: ICH9 datasheet 13.6). Pins 0 to
 * 15; pin 2 is the cascade and cannot be driven. The board puts {@link #master()} at ports 0x20-0x21, {@link #slave()}
 * at 0xA0-0xA1 and {@link #edgeLevelControl()} at 0x4D0-0x4D1.
 *
 * <p>An edge is latched until it is acknowledged even if the line falls before, as the controllers inside chipsets do.
 * A request that goes away between INTR and acknowledge gives the spurious IRQ 7 or 15.
 *
 * <p>Threading: any thread; one lock, under which only the output line is called.
 */
public final class Pic implements BoardPart, PinInput {
    private static final int SPURIOUS = 7;
    private static final int CASCADE = 2;

    private final IrqLine output;
    private final PicChip master = new PicChip(true);
    private final PicChip slave = new PicChip(false);
    private boolean outputLevel;

    /** @param output INTR; called under this part's lock */
    public Pic(IrqLine output) {
        this.output = output;
    }

    @Override
    public String name() {
        return "pic";
    }

    @Override
    public synchronized void set(int pin, boolean asserted) {
        if (pin == CASCADE) {
            return;
        }
        if (pin < 8) {
            master.set(pin, asserted);
        } else {
            slave.set(pin - 8, asserted);
        }
        update();
    }

    /** The interrupt-acknowledge cycle; the vector, 0 to 255. */
    public synchronized int acknowledge() {
        int vector;
        int irq = master.request();
        if (irq < 0) {
            vector = master.base() + SPURIOUS;
        } else if (irq == CASCADE) {
            int second = slave.request();
            master.acknowledge(irq);
            if (second < 0) {
                vector = slave.base() + SPURIOUS;
            } else {
                slave.acknowledge(second);
                vector = slave.base() + second;
            }
        } else {
            master.acknowledge(irq);
            vector = master.base() + irq;
        }
        update();
        return vector;
    }

    private void update() {
        master.cascade(slave.request() >= 0);
        boolean level = master.request() >= 0;
        if (level != outputLevel) {
            outputLevel = level;
            output.set(level);
        }
    }

    private synchronized int read(PicChip chip, int a0) {
        int value = chip.read(a0);
        update();
        return value;
    }

    private synchronized void write(PicChip chip, int a0, int value) {
        chip.write(a0, value);
        update();
    }

    private synchronized int elcr(PicChip chip) {
        return chip.elcr();
    }

    private synchronized void elcr(PicChip chip, int value) {
        chip.elcr(value);
        update();
    }

    /** Two ports: command and data of IRQ 0 to 7. */
    public RegisterHandler master() {
        return new Bytes(a0 -> read(master, a0), (a0, v) -> write(master, a0, v));
    }

    /** Two ports: command and data of IRQ 8 to 15. */
    public RegisterHandler slave() {
        return new Bytes(a0 -> read(slave, a0), (a0, v) -> write(slave, a0, v));
    }

    /** Two ports: trigger modes of IRQ 0 to 7 and 8 to 15; a set bit means level-triggered. */
    public RegisterHandler edgeLevelControl() {
        return new Bytes(i -> elcr(i == 0 ? master : slave), (i, v) -> elcr(i == 0 ? master : slave, v));
    }

    @Override
    public synchronized void reset() {
        master.reset();
        slave.reset();
        update();
    }

    @Override
    public synchronized void save(StateWriter out) {
        master.save(out.section("master"));
        slave.save(out.section("slave"));
        out.putBoolean("output", outputLevel);
    }

    @Override
    public synchronized void restore(StateReader in) throws StateException {
        master.restore(in.section("master"));
        slave.restore(in.section("slave"));
        outputLevel = in.getBoolean("output");
    }
}
