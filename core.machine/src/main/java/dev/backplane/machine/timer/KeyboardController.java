package dev.backplane.machine.timer;

import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.board.BoardPart;
import dev.backplane.machine.interrupt.Bytes;

/**
 * An 8042 keyboard controller with nothing plugged in (IBM PS/2 hardware interface technical reference): answers its
 * commands, resets the machine through its output port, and reports a timeout for whatever is sent to a keyboard or
 * mouse. The board puts {@link #data()} at port 0x60 and {@link #command()} at 0x64. It raises no interrupts; the FADT
 * says that there is none, so that guests do not look for devices behind it.
 *
 * <p>Threading: any thread; one lock.
 */
public final class KeyboardController implements BoardPart {
    private static final int STATUS_FULL = 1;
    private static final int STATUS_SYSTEM = 4;
    private static final int STATUS_COMMAND = 8;
    private static final int STATUS_UNLOCKED = 0x10;
    private static final int STATUS_AUXILIARY = 0x20;
    private static final int STATUS_TIMEOUT = 0x40;
    private static final int NO_ANSWER = 0xFE;
    private static final int MODE_SYSTEM = 4;
    private static final int OUTPUT_RUN = 1;
    private static final int OUTPUT_A20 = 2;
    private static final int NONE = -1;

    private final BoardEvents events;
    private int status;
    private int output;
    private int commandByte;
    private int outputPort;
    /** The command whose parameter the next data byte is, or {@link #NONE}. */
    private int awaiting = NONE;

    public KeyboardController(BoardEvents events) {
        this.events = events;
        reset();
    }

    @Override
    public String name() {
        return "keyboard-controller";
    }

    /** One port: output and input buffer. */
    public RegisterHandler data() {
        return new Bytes(offset -> readData(), (offset, value) -> request(writeData(value)));
    }

    /** One port: status and command. */
    public RegisterHandler command() {
        return new Bytes(offset -> readStatus(), (offset, value) -> request(writeCommand(value)));
    }

    private void request(boolean reset) {
        if (reset) {
            events.reset();
        }
    }

    private synchronized int readData() {
        status &= ~(STATUS_FULL | STATUS_AUXILIARY | STATUS_TIMEOUT);
        return output;
    }

    private synchronized int readStatus() {
        return status;
    }

    private void answer(int value, int flags) {
        output = value & 0xFF;
        status = status & ~(STATUS_AUXILIARY | STATUS_TIMEOUT) | STATUS_FULL | flags;
    }

    /** Whether the machine is to be reset. */
    private synchronized boolean writeData(int value) {
        int command = awaiting;
        awaiting = NONE;
        status &= ~STATUS_COMMAND;
        switch (command) {
            case 0x60 -> {
                commandByte = value;
                status = status & ~STATUS_SYSTEM | value & MODE_SYSTEM;
            }
            case 0xD1 -> {
                outputPort = value;
                return (value & OUTPUT_RUN) == 0;
            }
            case 0xD2 -> answer(value, 0);
            case 0xD3 -> answer(value, STATUS_AUXILIARY);
            case 0xD4 -> answer(NO_ANSWER, STATUS_AUXILIARY | STATUS_TIMEOUT);
            case NONE -> answer(NO_ANSWER, STATUS_TIMEOUT);
            default -> { } // a cell of the controller's memory that nobody looks at
        }
        return false;
    }

    private synchronized boolean writeCommand(int value) {
        status |= STATUS_COMMAND;
        awaiting = NONE;
        if (value >= 0xF0) {
            return (value & OUTPUT_RUN) == 0; // pulses output lines; line 0 is the processor's reset
        }
        switch (value) {
            case 0x20 -> answer(commandByte, 0);
            case 0xA7 -> commandByte |= 0x20;
            case 0xA8 -> commandByte &= ~0x20;
            case 0xA9, 0xAB, 0xE0 -> answer(0, 0);
            case 0xAA -> {
                status |= STATUS_SYSTEM;
                answer(0x55, 0);
            }
            case 0xAD -> commandByte |= 0x10;
            case 0xAE -> commandByte &= ~0x10;
            case 0xC0 -> answer(0x80, 0);
            case 0xD0 -> answer(outputPort, 0);
            case 0xD1, 0xD2, 0xD3, 0xD4 -> awaiting = value;
            default -> {
                if (value >= 0x60 && value < 0x80) {
                    awaiting = value;
                } else if (value > 0x20 && value < 0x40) {
                    answer(0, 0);
                }
            }
        }
        return false;
    }

    @Override
    public synchronized void reset() {
        status = STATUS_UNLOCKED | STATUS_SYSTEM;
        output = 0;
        commandByte = MODE_SYSTEM | 0x30;
        outputPort = OUTPUT_RUN | OUTPUT_A20;
        awaiting = NONE;
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.putInt("status", status).putInt("output", output).putInt("command-byte", commandByte)
            .putInt("output-port", outputPort).putInt("awaiting", awaiting);
    }

    @Override
    public synchronized void restore(StateReader in) throws StateException {
        status = in.getInt("status", 0, 0xFF);
        output = in.getInt("output", 0, 0xFF);
        commandByte = in.getInt("command-byte", 0, 0xFF);
        outputPort = in.getInt("output-port", 0, 0xFF);
        awaiting = in.getInt("awaiting", NONE, 0xFF);
    }
}
