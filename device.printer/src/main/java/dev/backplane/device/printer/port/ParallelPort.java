package dev.backplane.device.printer.port;

import java.util.Arrays;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A PC's parallel port with extended control register: SPP, PS/2 and parallel-port FIFO mode (Microsoft, "Extended
 * Capabilities Port Protocol and ISA Interface Standard" 1.14; the ECP mode's FIFO moves bytes by the compatibility
 * protocol, since no peripheral agrees to ECP here). The peripheral takes a byte at the strobe, without delay.
 *
 * <p>Threading: under the device's lock.
 */
public final class ParallelPort {
    static final int N_BUSY = 0x80;
    static final int N_ACK = 0x40;
    static final int PERROR = 0x20;
    static final int SELECT = 0x10;
    static final int N_FAULT = 0x08;

    /** Reserved bits read as ones; bit 0 is a timeout that never ends where there is no EPP. */
    private static final int NO_EPP = 0x07;

    private static final int STROBE = 0x01;
    private static final int AUTO_FEED = 0x02;
    private static final int INIT = 0x04;
    private static final int SELECT_IN = 0x08;
    private static final int ACK_INTERRUPT = 0x10;
    private static final int REVERSE = 0x20;

    private static final int N_FAULT_INTERRUPT_OFF = 0x10;
    private static final int SERVICE = 0x04;
    private static final int FULL = 0x02;
    private static final int EMPTY = 0x01;

    private static final int MODE_SPP = 0;
    private static final int MODE_PS2 = 1;
    private static final int MODE_FIFO = 2;
    private static final int MODE_ECP = 3;
    private static final int MODE_TEST = 6;
    private static final int MODE_CONFIGURATION = 7;

    private static final int DEPTH = 16;
    private static final int THRESHOLD = 8;
    private static final int ECP_OFFSET = 0x400;
    private static final int[] IRQ_CODES = {7, 9, 10, 11, 14, 15, 5};

    private final Peripheral peripheral;
    private final Negotiation negotiation;
    private final IrqLine irq;
    private final int irqCode;
    private final Counter bytes;

    private int data;
    private int control = INIT | SELECT_IN;
    private int mode = MODE_SPP;
    private boolean faultInterruptOff = true;
    private boolean service = true;
    private boolean fault;
    private final byte[] fifo = new byte[DEPTH];
    private int waiting;

    /**
     * Claims the ports and the interrupt.
     *
     * @param base 0x378, 0x278 or another with room for eight ports, and three at 0x400 above
     * @param irq  0 to 15
     */
    public ParallelPort(DeviceContext context, Peripheral peripheral, int base, int irq) throws DeviceException {
        this.peripheral = peripheral;
        negotiation = new Negotiation(peripheral);
        bytes = context.counter("bytes");
        context.ports(base, base % 8 == 0 ? 8 : 4, new RegisterHandler() {
            @Override
            public long read(long offset, int size) {
                return readEach(offset, size, true);
            }

            @Override
            public void write(long offset, int size, long value) {
                writeEach(offset, size, value, true);
            }
        });
        context.ports(base + ECP_OFFSET, 3, new RegisterHandler() {
            @Override
            public long read(long offset, int size) {
                return readEach(offset, size, false);
            }

            @Override
            public void write(long offset, int size, long value) {
                writeEach(offset, size, value, false);
            }
        });
        this.irq = context.isaIrq(irq);
        int code = 0;
        for (int i = 0; i < IRQ_CODES.length; i++) {
            code = IRQ_CODES[i] == irq ? i + 1 : code;
        }
        irqCode = code;
    }

    private long readEach(long offset, int size, boolean standard) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            int one = standard ? readStandard((int) offset + i) : readExtended((int) offset + i);
            value |= (long) one << i * 8;
        }
        return value;
    }

    private void writeEach(long offset, int size, long value, boolean standard) {
        for (int i = 0; i < size; i++) {
            int one = (int) (value >> i * 8) & 0xFF;
            if (standard) {
                writeStandard((int) offset + i, one);
            } else {
                writeExtended((int) offset + i, one);
            }
        }
    }

    private int readStandard(int register) {
        return switch (register) {
            case 0 -> (control & REVERSE) != 0 && mode != MODE_SPP ? 0xFF : data;
            case 1 -> NO_EPP | status();
            case 2 -> 0xC0 | control;
            default -> 0xFF;
        };
    }

    /** Status lines as the register shows them (Busy is inverted). */
    private int status() {
        if (negotiation.active()) {
            return negotiation.status();
        }
        return (peripheral.ready() && waiting == 0 ? N_BUSY : 0) | N_ACK | (peripheral.paperOut() ? PERROR : 0)
            | (peripheral.online() ? SELECT : 0) | (faulty() ? 0 : N_FAULT);
    }

    private void writeStandard(int register, int value) {
        switch (register) {
            case 0 -> {
                data = value;
                if (mode == MODE_ECP) {
                    queue(value);
                }
            }
            case 2 -> control(value & 0x3F);
            default -> {
            }
        }
    }

    private void control(int value) {
        int before = control;
        control = mode == MODE_SPP ? value & ~REVERSE : value;
        boolean strobed = (value & ~before & STROBE) != 0;
        if ((before & ~value & INIT) != 0) {
            negotiation.reset();
            peripheral.initialize();
            return;
        }
        if (strobed && !negotiation.active() && (value & SELECT_IN) != 0) {
            strobe();
            return;
        }
        if (negotiation.lines((value & SELECT_IN) != 0, (value & AUTO_FEED) != 0, (value & STROBE) != 0, data)) {
            acknowledge();
        }
    }

    /** The byte is lost if the peripheral is busy, as on a real cable. */
    private void strobe() {
        if (peripheral.ready()) {
            one[0] = (byte) data;
            bytes.add(peripheral.take(one, 0, 1));
            acknowledge();
        }
    }

    private final byte[] one = new byte[1];

    private void acknowledge() {
        if ((control & ACK_INTERRUPT) != 0) {
            irq.pulse();
        }
    }

    private int readExtended(int register) {
        return switch (register) {
            case 0 -> switch (mode) {
                case MODE_TEST -> unqueue();
                // 8-bit words, no byte in the transmitter that a FIFO reset would lose
                case MODE_CONFIGURATION -> 0x14;
                default -> 0xFF;
            };
            case 1 -> mode == MODE_CONFIGURATION ? irqCode << 3 : 0xFF;
            default -> mode << 5 | (faultInterruptOff ? N_FAULT_INTERRUPT_OFF : 0) | (service ? SERVICE : 0)
                | (waiting == DEPTH ? FULL : 0) | (waiting == 0 ? EMPTY : 0);
        };
    }

    private void writeExtended(int register, int value) {
        if (register == 0) {
            if (mode == MODE_FIFO || mode == MODE_ECP || mode == MODE_TEST) {
                queue(value);
            }
        } else if (register == 2) {
            extendedControl(value);
        }
    }

    private void extendedControl(int value) {
        int next = value >> 5;
        if (next <= MODE_PS2 && mode > MODE_PS2) {
            waiting = 0;
        }
        mode = next;
        if (mode == MODE_SPP) {
            control &= ~REVERSE;
        }
        faultInterruptOff = (value & N_FAULT_INTERRUPT_OFF) != 0;
        service = (value & SERVICE) != 0;
        serve();
    }

    private void queue(int value) {
        if (waiting == DEPTH) {
            return;
        }
        fifo[waiting++] = (byte) value;
        if (mode != MODE_TEST) {
            drain();
        }
        if (mode == MODE_TEST && (control & REVERSE) != 0) {
            serve();
        }
    }

    private int unqueue() {
        if (waiting == 0) {
            return 0xFF;
        }
        int value = fifo[0] & 0xFF;
        System.arraycopy(fifo, 1, fifo, 0, --waiting);
        serve();
        return value;
    }

    private void drain() {
        if (waiting > 0 && (mode == MODE_FIFO || mode == MODE_ECP) && peripheral.ready()) {
            int taken = peripheral.take(fifo, 0, waiting);
            bytes.add(taken);
            waiting -= taken;
            System.arraycopy(fifo, taken, fifo, 0, waiting);
        }
    }

    /** Service interrupt: there is room (or data) for at least the threshold while the host asked to be told. */
    private void serve() {
        boolean reverse = mode == MODE_TEST && (control & REVERSE) != 0;
        boolean due = reverse ? waiting >= THRESHOLD : DEPTH - waiting >= THRESHOLD;
        if (!service && due && (mode == MODE_FIFO || mode == MODE_ECP || mode == MODE_TEST)) {
            service = true;
            irq.pulse();
        }
    }

    /** nFault is low whenever PError is high or Select is low (IEEE 1284, compatibility mode): drivers look at it first. */
    private boolean faulty() {
        return peripheral.fault() || peripheral.paperOut() || !peripheral.online();
    }

    /** The peripheral's lines may have changed: what waits goes on, and the host is told of a fault. */
    public void peripheralChanged() {
        int before = waiting;
        drain();
        if (waiting < before) {
            serve();
        }
        boolean now = faulty();
        if (now && !fault && !faultInterruptOff && mode == MODE_ECP) {
            irq.pulse();
        }
        if (!now && peripheral.ready()) {
            acknowledge();
        }
        fault = now;
    }

    /** After power-on or a reset of the machine. */
    public void reset() {
        data = 0;
        control = INIT | SELECT_IN;
        mode = MODE_SPP;
        faultInterruptOff = true;
        service = true;
        waiting = 0;
        negotiation.reset();
        irq.set(false);
    }

    /** The registers, the FIFO and the negotiation. */
    public void save(StateWriter out) {
        out.putInt("data", data).putInt("control", control).putInt("mode", mode)
            .putBoolean("fault-interrupt-off", faultInterruptOff).putBoolean("service", service)
            .putBoolean("fault", fault).putBytes("fifo", Arrays.copyOf(fifo, waiting));
        negotiation.save(out.section("ieee1284"));
    }

    /** What {@link #save} wrote. */
    public void restore(StateReader in) throws StateException {
        data = in.getInt("data", 0, 0xFF);
        control = in.getInt("control", 0, 0x3F);
        mode = in.getInt("mode", 0, 7);
        faultInterruptOff = in.getBoolean("fault-interrupt-off");
        service = in.getBoolean("service");
        fault = in.getBoolean("fault");
        byte[] queued = in.getBytes("fifo");
        if (queued.length > DEPTH) {
            throw new StateException("fifo has " + queued.length + " bytes; at most " + DEPTH + " are possible");
        }
        System.arraycopy(queued, 0, fifo, 0, queued.length);
        waiting = queued.length;
        negotiation.restore(in.section("ieee1284"));
    }
}
