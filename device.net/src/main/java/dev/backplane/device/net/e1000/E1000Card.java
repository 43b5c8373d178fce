package dev.backplane.device.net.e1000;

import java.util.concurrent.CompletableFuture;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.api.net.NetworkPort;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.net.FrameState;
import dev.backplane.device.net.InternetChecksum;

/**
 * Intel's 82540EM (PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual, 317453): registers in
 * BAR 0, and in BAR 1 the two ports through which they are reached from I/O space. INTx, as the drivers for it use.
 */
final class E1000Card implements Device {
    static final int VENDOR = 0x8086;
    static final int DEVICE = 0x100E;
    static final int SUBSYSTEM = 0x001E;

    private static final int REVISION = 3;
    private static final int ETHERNET_CLASS = 0x020000;
    private static final int REGISTERS_SIZE = 0x20000;
    private static final int IO_SIZE = 0x40;
    /** How many frames are received in a turn; then other work of the card has its turn. */
    private static final int BURST = 64;

    private static final long CONTROL_AT_RESET = 0x0000_0A41;
    private static final long RST = 1L << 26;
    private static final long VME = 1L << 30;
    private static final long PHY_RST = 1L << 31;
    private static final long FULL_DUPLEX = 1;
    private static final long LINK_UP = 2;
    /** SPEED and ASDV. */
    private static final long SPEED_1000 = 0x280;

    private final DeviceContext context;
    private final NetworkPort port;
    private final PciFunction pci;
    private final Registers registers;
    private final Registers ports;
    private final Register control;
    private final Field vlanType;
    private final Interrupts interrupts;
    private final Eeprom eeprom;
    private final Phy phy;
    private final Statistics statistics;
    private final Transmitter transmitter;
    private final Receiver receiver;
    private final Runnable transmit = this::transmitNow;
    private final Runnable receive = this::receiveInTurn;
    private final Counter framesSent;
    private final Counter bytesSent;
    private final Counter framesReceived;
    private final Counter bytesReceived;
    private final Counter filtered;
    private final Counter waits;
    private final Counter badFrames;
    private boolean transmitScheduled;
    private boolean receiveScheduled;
    private boolean arrived;
    private boolean resting;
    private boolean link;
    /** A frame that waits for descriptors. */
    private Frame held;

    E1000Card(DeviceContext context, NetworkPort port, byte[] mac) throws DeviceException {
        this.context = context;
        this.port = port;
        framesSent = context.counter("frames-sent");
        bytesSent = context.counter("bytes-sent");
        framesReceived = context.counter("frames-received");
        bytesReceived = context.counter("bytes-received");
        filtered = context.counter("filtered-frames");
        waits = context.counter("waits-for-buffers");
        badFrames = context.counter("bad-frames");
        pci = context.pci(new PciIdentity(VENDOR, DEVICE, ETHERNET_CLASS, REVISION, VENDOR, SUBSYSTEM));
        registers = new Registers(context, "BAR0", REGISTERS_SIZE);
        control = registers.at(0x00, 32, "CTRL").describe("device control").reset(CONTROL_AT_RESET);
        control.onWrite(this::controlWritten);
        registers.at(0x08, 32, "STATUS").describe("device status").onRead(this::status);
        registers.at(0x18, 32, "CTRL_EXT").describe("extended device control");
        registers.at(0x28, 32, "FCAL").describe("flow control address");
        registers.at(0x2C, 32, "FCAH").bits(15, 0, "HIGH");
        registers.at(0x30, 32, "FCT").bits(15, 0, "TYPE");
        vlanType = registers.at(0x38, 32, "VET").describe("VLAN type").bits(15, 0, "TYPE").reset(0x8100);
        interrupts = new Interrupts(context, pci.intx(), registers);
        eeprom = new Eeprom(mac, registers);
        phy = new Phy(registers, this::phyChanged);
        statistics = new Statistics(registers);
        transmitter = new Transmitter(this, context.memory(), registers);
        receiver = new Receiver(this, context.memory(), registers);
        OtherRegisters.declare(registers);
        ports = new Registers(context, "BAR1", IO_SIZE).quiet(8, IO_SIZE - 8);
        Field place = ports.at(0, 32, "IOADDR").bits(16, 2, "DWORD");
        ports.at(4, 32, "IODATA").onRead(() -> registers.read(place.get() * 4, 4))
            .onWrite(value -> registers.write(place.get() * 4, 4, value));
        pci.bar(0, BarType.MEMORY_32, registers);
        pci.bar(1, BarType.IO, ports);
        pci.onCommandChange(this::bothSoon);
        phy.cable(port.linkUp());
        link = phy.linkUp();
        resetRegisters();
        port.onReceive(this::receive);
        port.onRoom(this::transmitSoon);
        port.onLinkChange(this::cableChanged);
    }

    Interrupts interrupts() {
        return interrupts;
    }

    Statistics statistics() {
        return statistics;
    }

    boolean linkUp() {
        return link;
    }

    /** Whether tags are taken off and put on. */
    boolean vlanMode() {
        return (control.get() & VME) != 0;
    }

    int vlanType() {
        return (int) vlanType.get();
    }

    private long status() {
        return FULL_DUPLEX | (link ? LINK_UP : 0) | SPEED_1000;
    }

    private void controlWritten(long value) {
        if ((value & PHY_RST) != 0) {
            phy.reset();
            control.set(value & ~PHY_RST);
            phyChanged();
        }
        if ((value & RST) != 0) {
            resetRegisters();
        }
    }

    /** What CTRL.RST resets: all but the PHY. */
    private void resetRegisters() {
        registers.reset();
        interrupts.reset();
        eeprom.reset();
        transmitter.reset();
        held = null;
        receiver.filter().load(eeprom.word(0), eeprom.word(1), eeprom.word(2));
    }

    private void phyChanged() {
        boolean up = phy.linkUp();
        if (up || link) {
            link = up;
            interrupts.raise(Interrupts.LSC);
        }
    }

    private void cableChanged() {
        phy.cable(port.linkUp());
        if (phy.linkUp() != link) {
            phyChanged();
        }
    }

    /** Lets the transmitter look at its ring soon, off the vCPU's path. */
    void transmitSoon() {
        if (!transmitScheduled) {
            transmitScheduled = true;
            context.execute(transmit);
        }
    }

    /** The same for the receiver. */
    void receiveSoon() {
        if (!receiveScheduled) {
            receiveScheduled = true;
            context.execute(receive);
        }
    }

    private void bothSoon() {
        transmitSoon();
        receiveSoon();
    }

    private void transmitNow() {
        transmitScheduled = false;
        if (!resting && pci.busMaster() && transmitter.run()) {
            transmitSoon();
        }
    }

    /** Hands a frame over; false if there is no room for it now. */
    boolean send(Frame frame) {
        if (phy.loopback() || receiver.loopback()) {
            loop(frame);
        } else if (link && !port.send(frame)) {
            return false;
        }
        framesSent.increment();
        bytesSent.add(frame.data().length);
        return true;
    }

    private void loop(Frame frame) {
        if (frame.segmentation() != Segmentation.NONE) {
            badFrame();
            return;
        }
        byte[] data = frame.data();
        if (frame.checksumStart() >= 0) {
            InternetChecksum.fill(data, frame.checksumStart(), data.length,
                frame.checksumStart() + frame.checksumOffset());
        }
        if (receiver.take(new Frame(data), true)) {
            interrupts.raise(receiver.causes());
        } else {
            statistics.missed();
        }
    }

    void badFrame() {
        badFrames.increment();
    }

    void filtered() {
        filtered.increment();
    }

    /** A frame was written to the driver's buffers. */
    void received(int bytes) {
        arrived = true;
        framesReceived.increment();
        bytesReceived.add(bytes);
    }

    private void receiveInTurn() {
        receiveScheduled = false;
        receive();
    }

    private void receive() {
        if (resting || !pci.busMaster()) {
            return;
        }
        int left = BURST;
        boolean more = true;
        arrived = false;
        while (more && left-- > 0) {
            Frame frame = held == null ? port.receive() : held;
            held = null;
            more = frame != null;
            if (more && !receiver.take(frame, false)) {
                held = frame;
                waits.increment();
                more = false;
            }
        }
        if (arrived) {
            interrupts.raise(receiver.causes());
        }
        if (more) {
            receiveSoon();
        }
    }

    @Override
    public void reset() {
        phy.reset();
        link = phy.linkUp();
        ports.reset();
        resetRegisters();
    }

    @Override
    public CompletableFuture<Void> quiesce() {
        resting = true;
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void resume() {
        resting = false;
        interrupts.resume();
        cableChanged();
        bothSoon();
    }

    @Override
    public void save(StateWriter out) {
        registers.save(out.section("registers"));
        ports.save(out.section("ports"));
        interrupts.save(out.section("interrupts"));
        eeprom.save(out.section("eeprom"));
        phy.save(out.section("phy"));
        transmitter.save(out.section("transmitter"));
        out.putBoolean("link", link);
        FrameState.save(out, "held", held);
    }

    @Override
    public void restore(StateReader in) throws StateException {
        resting = true;
        registers.restore(in.section("registers"));
        ports.restore(in.section("ports"));
        interrupts.restore(in.section("interrupts"));
        eeprom.restore(in.section("eeprom"));
        phy.restore(in.section("phy"));
        transmitter.restore(in.section("transmitter"));
        link = in.getBoolean("link");
        held = FrameState.restore(in, "held");
    }

    @Override
    public void close() {
        // The cable is the core's.
    }
}
