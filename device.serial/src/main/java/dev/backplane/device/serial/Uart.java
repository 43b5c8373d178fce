package dev.backplane.device.serial;

import dev.backplane.api.console.ConsolePort;
import dev.backplane.api.device.Counter;
import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;

/**
 * A 16550A (National Semiconductor PC16550D data sheet). The far end is a console that is always ready: CTS, DSR and
 * DCD are asserted, and output leaves at once whatever the baud rate. Input is taken from the console when there is
 * room and the guest wants it (it enabled the interrupt, or looks at LSR), so that the receiver never overruns and what
 * was typed before a driver opens the port is not lost.
 *
 * <p>Limits: no parity or framing errors arise, OUT2 does not gate the interrupt (kernels written against other virtual
 * machines rely on that), DMA mode does nothing.
 */
final class Uart implements Device {
    static final int PORTS = 8;

    private static final int IER_RECEIVED = 0x01;
    private static final int IER_THR_EMPTY = 0x02;
    private static final int IER_LINE_STATUS = 0x04;
    private static final int IER_MODEM_STATUS = 0x08;
    private static final int IIR_NONE = 0x01;
    private static final int IIR_LINE_STATUS = 0x06;
    private static final int IIR_RECEIVED = 0x04;
    private static final int IIR_TIMEOUT = 0x0C;
    private static final int IIR_THR_EMPTY = 0x02;
    private static final int IIR_MODEM_STATUS = 0x00;
    private static final int FCR_ENABLE = 0x01;
    private static final int FCR_CLEAR_RECEIVER = 0x02;
    private static final int LSR_DATA = 0x01;
    private static final int LSR_OVERRUN = 0x02;
    private static final int LSR_BREAK = 0x10;
    private static final int LSR_EMPTY = 0x60;
    private static final int LSR_FIFO_ERROR = 0x80;
    private static final int LSR_ERRORS = 0x1E;
    private static final int MCR_LOOP = 0x10;
    private static final int MSR_READY = 0xB0;
    private static final int[] TRIGGERS = {1, 4, 8, 14};
    /** 16 clocks per bit of a 1.8432 MHz clock, in nanoseconds. */
    private static final double BIT_TIME = 16e9 / 1_843_200;

    private final DeviceContext context;
    private final IrqLine irq;
    private final ConsolePort console;
    private final DeviceTimer timeoutTimer;
    private final Counter sent;
    private final Counter received;
    private final Counter overruns;
    private final ByteFifo receiver = new ByteFifo();
    private final Registers registers;
    private final Register lineControl;
    private final Field divisorLatch;
    private final Register modemControl;
    private final Field loopback;
    private final Register scratch;
    private int interruptEnable;
    private int fifoControl;
    private int modemStatus;
    private int divisor;
    private int lastByte;
    private boolean overrun;
    private boolean transmitPending;
    private boolean timeoutPending;

    Uart(DeviceContext context, int base, int irqNumber) throws DeviceException {
        this.context = context;
        irq = context.isaIrq(irqNumber);
        console = context.console();
        timeoutTimer = context.timer("character-timeout", this::characterTimeout);
        sent = context.counter("bytes-sent");
        received = context.counter("bytes-received");
        overruns = context.counter("overruns");
        console.onInput(this::takeInput);
        registers = new Registers(context, "ports", PORTS);
        registers.at(0, 8, "RBR_THR").onRead(this::readData).onWrite(this::writeData)
            .describe("receiver and transmitter; with DLAB the divisor's lower half");
        registers.at(1, 8, "IER").onRead(this::readEnable).onWrite(this::writeEnable)
            .describe("interrupt enable; with DLAB the divisor's upper half");
        registers.at(2, 8, "IIR_FCR").onRead(this::readInterruptIdentification).onWrite(this::writeFifoControl)
            .describe("interrupt identification, FIFO control");
        lineControl = registers.at(3, 8, "LCR");
        lineControl.bits(5, 0, "FORMAT").describe("word length, stop bits, parity");
        lineControl.bit(6, "BREAK").onWrite(this::breakWritten);
        divisorLatch = lineControl.bit(7, "DLAB");
        modemControl = registers.at(4, 8, "MCR").onWrite(this::modemControlWritten);
        modemControl.bits(3, 0, "LINES").describe("DTR, RTS, OUT1, OUT2");
        loopback = modemControl.bit(4, "LOOP");
        registers.at(5, 8, "LSR").onRead(this::readLineStatus);
        registers.at(6, 8, "MSR").onRead(this::readModemStatus);
        scratch = registers.at(7, 8, "SCR");
        context.ports(base, PORTS, registers);
        powerOn();
    }

    private void powerOn() {
        registers.reset();
        receiver.clear();
        interruptEnable = 0;
        fifoControl = 0;
        modemStatus = MSR_READY;
        divisor = 12;
        lastByte = 0;
        overrun = false;
        transmitPending = false;
        timeoutPending = false;
    }

    @Override
    public void reset() {
        powerOn();
        timeoutTimer.cancel();
        update();
    }

    private long readData() {
        return divisorLatch.isSet() ? divisor & 0xFF : readReceiver();
    }

    private void writeData(long value) {
        if (divisorLatch.isSet()) {
            divisor = divisor & 0xFF00 | (int) value;
        } else {
            transmit((int) value);
        }
    }

    private long readEnable() {
        return divisorLatch.isSet() ? divisor >> 8 : interruptEnable;
    }

    private void writeEnable(long value) {
        if (divisorLatch.isSet()) {
            divisor = divisor & 0xFF | (int) value << 8;
        } else {
            writeInterruptEnable((int) value & 0x0F);
        }
    }

    private boolean fifoEnabled() {
        return (fifoControl & FCR_ENABLE) != 0;
    }

    private int depth() {
        return fifoEnabled() ? ByteFifo.DEPTH : 1;
    }

    private int trigger() {
        return fifoEnabled() ? TRIGGERS[fifoControl >> 6] : 1;
    }

    private int readReceiver() {
        timeoutPending = false;
        if (receiver.count() > 0) {
            lastByte = receiver.remove();
        }
        takeInput();
        return lastByte;
    }

    private void transmit(int value) {
        transmitPending = false;
        update();
        if (loopback.isSet()) {
            receive(value, 0);
        } else {
            console.write(value);
            sent.increment();
        }
        transmitPending = (interruptEnable & IER_THR_EMPTY) != 0;
        update();
    }

    private void receive(int value, int errors) {
        if (receiver.count() >= depth()) {
            overrun = true;
            overruns.increment();
            if (!fifoEnabled()) {
                receiver.clear();
                receiver.add(value, errors);
            }
        } else {
            receiver.add(value, errors);
        }
        restartTimeout();
        update();
    }

    /** Fills the receiver if the guest waits for an interrupt; the rest waits in the console. */
    private void takeInput() {
        if ((interruptEnable & IER_RECEIVED) != 0) {
            takeInput(depth());
        }
        restartTimeout();
        update();
    }

    private void takeInput(int room) {
        while (!loopback.isSet() && receiver.count() < room) {
            int value = console.read();
            if (value < 0) {
                return;
            }
            receiver.add(value & 0xFF, 0);
            received.increment();
        }
    }

    /** The data sheet's rule: bytes wait below the trigger level, and none came or went for four character times. */
    private void restartTimeout() {
        if (fifoEnabled() && receiver.count() > 0 && receiver.count() < trigger()) {
            timeoutTimer.armAt(context.clock().nanoTime() + 4 * characterTime());
        } else {
            timeoutTimer.cancel();
        }
    }

    private long characterTime() {
        int format = (int) lineControl.get();
        int bits = 1 + 5 + (format & 3) + (format >> 3 & 1) + 1 + (format >> 2 & 1);
        return (long) (bits * BIT_TIME * Math.max(divisor, 1));
    }

    private void characterTimeout() {
        timeoutPending = fifoEnabled() && receiver.count() > 0;
        update();
    }

    private void writeInterruptEnable(int value) {
        boolean transmitRises = (value & IER_THR_EMPTY) != 0 && (interruptEnable & IER_THR_EMPTY) == 0;
        interruptEnable = value;
        if (transmitRises) {
            transmitPending = true;
        } else if ((value & IER_THR_EMPTY) == 0) {
            transmitPending = false;
        }
        takeInput();
    }

    private void writeFifoControl(long written) {
        int value = (int) written;
        boolean switched = ((value ^ fifoControl) & FCR_ENABLE) != 0;
        if (switched || (value & FCR_CLEAR_RECEIVER) != 0) {
            receiver.clear();
            timeoutPending = false;
        }
        fifoControl = (value & FCR_ENABLE) != 0 ? value & 0xC9 : 0;
        takeInput();
    }

    private void breakWritten(long before, long now) {
        if (before == 0 && now != 0 && loopback.isSet()) {
            receive(0, LSR_BREAK);
        }
    }

    private void modemControlWritten(long controlBefore, long controlNow) {
        int before = modemLines(controlBefore);
        int now = modemLines(controlNow);
        int changed = before ^ now;
        int deltas = (changed & 0xB0) >> 4;
        if ((before & 0x40) != 0 && (now & 0x40) == 0) {
            deltas |= 0x04;
        }
        modemStatus = now | modemStatus & 0x0F | deltas;
        if ((controlBefore & MCR_LOOP) != 0 && !loopback.isSet()) {
            takeInput();
        }
        update();
    }

    /** The upper half of MSR: the far end's lines, in loopback those of MCR. */
    private static int modemLines(long control) {
        if ((control & MCR_LOOP) == 0) {
            return MSR_READY;
        }
        int lines = (int) control;
        return (lines & 0x02) << 3 | (lines & 0x01) << 5 | (lines & 0x0C) << 4;
    }

    private int readModemStatus() {
        int value = modemStatus;
        modemStatus &= 0xF0;
        update();
        return value;
    }

    private int readLineStatus() {
        if (receiver.count() == 0) {
            takeInput(1);
            restartTimeout();
        }
        int value = LSR_EMPTY | receiver.headErrors();
        if (receiver.count() > 0) {
            value |= LSR_DATA;
        }
        if (overrun) {
            value |= LSR_OVERRUN;
        }
        if (fifoEnabled() && receiver.hasErrors()) {
            value |= LSR_FIFO_ERROR;
        }
        overrun = false;
        receiver.clearHeadErrors();
        update();
        return value;
    }

    private int identification() {
        if ((interruptEnable & IER_LINE_STATUS) != 0 && (overrun || (receiver.headErrors() & LSR_ERRORS) != 0)) {
            return IIR_LINE_STATUS;
        }
        if ((interruptEnable & IER_RECEIVED) != 0) {
            if (receiver.count() >= trigger()) {
                return IIR_RECEIVED;
            }
            if (timeoutPending) {
                return IIR_TIMEOUT;
            }
        }
        if (transmitPending) {
            return IIR_THR_EMPTY;
        }
        if ((interruptEnable & IER_MODEM_STATUS) != 0 && (modemStatus & 0x0F) != 0) {
            return IIR_MODEM_STATUS;
        }
        return IIR_NONE;
    }

    private int readInterruptIdentification() {
        int value = identification();
        if (value == IIR_THR_EMPTY) {
            transmitPending = false;
            update();
        }
        return value | (fifoEnabled() ? 0xC0 : 0);
    }

    private void update() {
        irq.set(identification() != IIR_NONE);
    }

    @Override
    public void resume() {
        takeInput();
    }

    @Override
    public void save(StateWriter out) {
        out.putInts("receiver", receiver.toArray());
        out.putInt("interrupt-enable", interruptEnable);
        out.putInt("fifo-control", fifoControl);
        out.putInt("line-control", (int) lineControl.get());
        out.putInt("modem-control", (int) modemControl.get());
        out.putInt("modem-status", modemStatus);
        out.putInt("scratch", (int) scratch.get());
        out.putInt("divisor", divisor);
        out.putInt("last-byte", lastByte);
        out.putBoolean("overrun", overrun);
        out.putBoolean("transmit-pending", transmitPending);
        out.putBoolean("timeout-pending", timeoutPending);
    }

    @Override
    public void restore(StateReader in) throws StateException {
        int[] entries = in.getInts("receiver");
        interruptEnable = in.getInt("interrupt-enable", 0, 0x0F);
        fifoControl = in.getInt("fifo-control", 0, 0xFF) & 0xC9;
        lineControl.set(in.getInt("line-control", 0, 0xFF));
        modemControl.set(in.getInt("modem-control", 0, 0x1F));
        modemStatus = in.getInt("modem-status", 0, 0xFF);
        scratch.set(in.getInt("scratch", 0, 0xFF));
        divisor = in.getInt("divisor", 0, 0xFFFF);
        lastByte = in.getInt("last-byte", 0, 0xFF);
        overrun = in.getBoolean("overrun");
        transmitPending = in.getBoolean("transmit-pending");
        timeoutPending = in.getBoolean("timeout-pending");
        if (entries.length > depth()) {
            throw new StateException("field receiver has " + entries.length + " bytes; at most " + depth()
                + " are possible");
        }
        receiver.clear();
        for (int entry : entries) {
            receiver.add(entry & 0xFF, entry >> 8 & LSR_ERRORS);
        }
        update();
    }
}
