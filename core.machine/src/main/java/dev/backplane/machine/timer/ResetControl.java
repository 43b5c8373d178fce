package dev.backplane.machine.timer;

import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.board.BoardPart;
import dev.backplane.machine.interrupt.Bytes;

/**
 * Reset control register (ICH9 datasheet 13.7.5) and system control port A, the fast reset (13.7.2). The board puts
 * {@link #cf9()} at port {@value #PORT}, which lies inside the four ports of PCI's configuration address but
 * is reached by accesses of one byte only, and {@link #portA()} at 0x92. A20 is always open; its bit is kept.
 *
 * <p>Threading: any thread; one lock.
 */
public final class ResetControl implements BoardPart {
    /** Port of the reset control register. */
    public static final int PORT = 0xCF9;
    /** What a write of the FADT's reset register writes: full reset of the processor and the board. */
    public static final int RESET_VALUE = 0x06;

    private static final int RESET_CPU = 1 << 2;
    private static final int FAST_RESET = 1;
    private static final int A20 = 2;

    private final BoardEvents events;
    private int register;
    private int portA = A20;

    public ResetControl(BoardEvents events) {
        this.events = events;
    }

    @Override
    public String name() {
        return "reset-control";
    }

    /** One port. */
    public RegisterHandler cf9() {
        return new Bytes(offset -> readRegister(), (offset, value) -> writeRegister(value));
    }

    /** One port. */
    public RegisterHandler portA() {
        return new Bytes(offset -> readPortA(), (offset, value) -> writePortA(value));
    }

    private synchronized int readRegister() {
        return register;
    }

    private void writeRegister(int value) {
        boolean reset;
        synchronized (this) {
            reset = (value & RESET_CPU) != 0 && (register & RESET_CPU) == 0;
            register = value & 0xA;
        }
        if (reset) {
            events.reset();
        }
    }

    private synchronized int readPortA() {
        return portA;
    }

    private void writePortA(int value) {
        boolean reset;
        synchronized (this) {
            reset = (value & FAST_RESET) != 0 && (portA & FAST_RESET) == 0;
            portA = value & (FAST_RESET | A20);
        }
        if (reset) {
            events.reset();
        }
    }

    @Override
    public synchronized void reset() {
        register = 0;
        portA = A20;
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.putInt("register", register).putInt("port-a", portA);
    }

    @Override
    public synchronized void restore(StateReader in) throws StateException {
        register = in.getInt("register", 0, 0xFF) & 0xA;
        portA = in.getInt("port-a", 0, 0xFF) & (FAST_RESET | A20);
    }
}
