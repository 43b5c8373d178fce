package dev.backplane.device.sound.hda;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.RegisterDevice;
import dev.backplane.api.register.Registers;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.MachineClock;

/**
 * The controller of Intel High Definition Audio: command and response rings, stream engines, interrupts (chapters 3 and
 * 4). It looks like that of the 82801FB (ICH6). Threading: under the device's lock.
 */
final class HdaController implements RegisterDevice, Dma.Card {
    private static final int STREAMS_EACH_WAY = 4;
    private static final int STREAMS = STREAMS_EACH_WAY * 2;
    private static final long WALL_HZ = 24_000_000;
    private static final int ENTRIES = 256;
    private static final long GLOBAL_ENABLE = 1L << 31;
    private static final long CONTROLLER_ENABLE = 1L << 30;
    private static final int RESPONSE = 1;

    private final DeviceContext context;
    private final MachineClock clock;
    private final AudioEndpoint host;
    private final PciFunction pci;
    private final MessageInterrupts msi;
    private final IrqLine pin;
    private final Registers registers;
    private final Codec codec = new Codec();
    private final Dma[] streams = new Dma[STREAMS];
    private final Counter bounded;
    private final Counter commands;
    private final Field outOfReset;
    private final Register codecsFound;
    private final Register interruptControl;
    private final Register corbLow;
    private final Register corbHigh;
    private final Register corbWrite;
    private final Register corbRead;
    private final Field corbRun;
    private final Register rirbLow;
    private final Register rirbHigh;
    private final Register rirbWrite;
    private final Register responseCount;
    private final Register rirbControl;
    private final Register rirbStatus;
    private final Register immediateResponse;
    private final Register immediateStatus;
    private final Register positionLow;
    private final Register positionHigh;
    private int responsesUntold;
    private boolean asserted;

    HdaController(DeviceContext context, AudioEndpoint host) throws DeviceException {
        this.context = context;
        this.host = host;
        clock = context.clock();
        bounded = context.counter("beyond-bounds");
        commands = context.counter("codec-commands");
        pci = context.pci(new PciIdentity(0x8086, 0x2668, 0x040300, 3, 0x8086, 0x2668));
        Registers r = new Registers(context, "BAR0", 0x4000);
        registers = r;
        r.at(0x00, 16, "GCAP").constant(STREAMS_EACH_WAY << 12 | STREAMS_EACH_WAY << 8 | 1);
        r.at(0x02, 8, "VMIN").constant(0);
        r.at(0x03, 8, "VMAJ").constant(1);
        r.at(0x04, 16, "OUTPAY").constant(0x3C);
        r.at(0x06, 16, "INPAY").constant(0x1D);
        Register global = r.at(0x08, 32, "GCTL");
        outOfReset = global.bit(0, "CRST").onWrite(this::controllerReset);
        global.bit(1, "FCNTRL").selfClearing();
        global.bit(8, "UNSOL");
        r.at(0x0C, 16, "WAKEEN");
        codecsFound = r.at(0x0E, 16, "STATESTS").write1Clears().onWrite(this::interrupt);
        r.at(0x10, 16, "GSTS").write1Clears();
        r.at(0x18, 16, "OUTSTRMPAY").constant(0x3C);
        r.at(0x1A, 16, "INSTRMPAY").constant(0x1D);
        interruptControl = r.at(0x20, 32, "INTCTL").onWrite(this::interrupt);
        r.at(0x24, 32, "INTSTS").onRead(this::interruptStatus);
        r.at(0x30, 32, "WALCLK").onRead(() -> wall() & 0xFFFF_FFFFL);
        r.at(0x34, 32, "OLDSSYNC");
        r.at(0x38, 32, "SSYNC");
        corbLow = r.at(0x40, 32, "CORBLBASE");
        corbHigh = r.at(0x44, 32, "CORBUBASE");
        corbWrite = r.at(0x48, 16, "CORBWP").onWrite(this::runCommands);
        corbRead = r.at(0x4A, 16, "CORBRP").onWrite(this::resetCorb);
        Register corbControl = r.at(0x4C, 8, "CORBCTL");
        corbControl.bit(0, "MEIE");
        corbRun = corbControl.bit(1, "RUN").onWrite(this::runCommands);
        r.at(0x4D, 8, "CORBSTS").write1Clears();
        r.at(0x4E, 8, "CORBSIZE").constant(0x42);
        rirbLow = r.at(0x50, 32, "RIRBLBASE");
        rirbHigh = r.at(0x54, 32, "RIRBUBASE");
        rirbWrite = r.at(0x58, 16, "RIRBWP").onWrite(this::resetRirb);
        responseCount = r.at(0x5A, 16, "RINTCNT");
        rirbControl = r.at(0x5C, 8, "RIRBCTL").onWrite(this::runCommands);
        rirbStatus = r.at(0x5D, 8, "RIRBSTS").write1Clears().onWrite(this::responsesSeen);
        r.at(0x5E, 8, "RIRBSIZE").constant(0x42);
        Register immediate = r.at(0x60, 32, "IC");
        immediateResponse = r.at(0x64, 32, "IR").readOnly();
        immediateStatus = r.at(0x68, 16, "ICS");
        Field busy = immediateStatus.bit(0, "ICB");
        immediateStatus.bit(1, "IRV").write1Clears();
        busy.onWrite((before, now) -> {
            if (now != 0) {
                immediateResponse.set(respond((int) immediate.get()) & 0xFFFF_FFFFL);
                immediateStatus.set(2);
            }
        });
        positionLow = r.at(0x70, 32, "DPLBASE");
        positionHigh = r.at(0x74, 32, "DPUBASE");
        for (int i = 0; i < STREAMS; i++) {
            boolean output = i >= STREAMS_EACH_WAY;
            streams[i] = new Dma(this, context, r.group("SD" + i, 0x80 + i * 0x20L), i, output);
        }
        pci.bar(0, BarType.MEMORY_32, r);
        msi = pci.msi(1);
        pin = pci.intx();
    }

    @Override
    public Registers registers() {
        return registers;
    }

    @Override
    public GuestMemory memory() {
        return context.memory();
    }

    @Override
    public long now() {
        return clock.nanoTime();
    }

    @Override
    public Codec codec() {
        return codec;
    }

    @Override
    public AudioEndpoint host() {
        return host;
    }

    @Override
    public void bounded() {
        bounded.increment();
    }

    @Override
    public long positionBuffer() {
        return (positionLow.get() & 1) == 0 ? 0 : positionHigh.get() << 32 | positionLow.get() & ~0x7FL;
    }

    private long wall() {
        long nanos = now();
        return nanos / 1_000_000_000 * WALL_HZ + nanos % 1_000_000_000 * WALL_HZ / 1_000_000_000;
    }

    private void controllerReset(long before, long now) {
        if (now == 0) {
            quiet();
            registers.reset();
            codec.reset();
            interrupt();
        } else if (before == 0) {
            codecsFound.set(1);
            interrupt();
        }
    }

    private void quiet() {
        for (Dma stream : streams) {
            stream.stop();
        }
        responsesUntold = 0;
    }

    private void resetCorb(long before, long now) {
        corbRead.set((now & 0x8000) != 0 ? 0x8000 : 0);
    }

    private void resetRirb(long before, long now) {
        rirbWrite.set((now & 0x8000) != 0 ? 0 : before);
        responsesUntold = 0;
    }

    private void responsesSeen() {
        if ((rirbStatus.get() & RESPONSE) == 0) {
            responsesUntold = 0;
        }
        interrupt();
        runCommands();
    }

    /** Takes commands until the ring is empty, or the driver is to read its responses first. */
    private void runCommands() {
        if (!corbRun.isSet() || (rirbControl.get() & 2) == 0) {
            return;
        }
        long corb = corbHigh.get() << 32 | corbLow.get() & ~0x7FL;
        long rirb = rirbHigh.get() << 32 | rirbLow.get() & ~0x7FL;
        long most = responseCount.get() & 0xFF;
        for (int i = 0; i < ENTRIES && (corbRead.get() & 0xFF) != (corbWrite.get() & 0xFF); i++) {
            if ((rirbStatus.get() & RESPONSE) != 0 && (rirbControl.get() & 1) != 0) {
                return;
            }
            long at = corbRead.get() + 1 & 0xFF;
            corbRead.set(at);
            int command = memory().read32(corb + at * 4);
            int response = respond(command);
            long to = rirbWrite.get() + 1 & 0xFF;
            rirbWrite.set(to);
            memory().write32(rirb + to * 8, response);
            memory().write32(rirb + to * 8 + 4, command >>> 28);
            responsesUntold++;
            if (responsesUntold >= (most == 0 ? ENTRIES : most)
                    || (corbRead.get() & 0xFF) == (corbWrite.get() & 0xFF)) {
                responsesUntold = 0;
                rirbStatus.set(rirbStatus.get() | RESPONSE);
                interrupt();
            }
        }
    }

    private int respond(int command) {
        commands.increment();
        return command >>> 28 == 0 && outOfReset.isSet() ? codec.command(command) : 0;
    }

    private long interruptStatus() {
        long status = 0;
        for (int i = 0; i < STREAMS; i++) {
            if (streams[i].interrupts()) {
                status |= 1L << i;
            }
        }
        boolean responses = (rirbStatus.get() & RESPONSE) != 0 && (rirbControl.get() & 1) != 0;
        if (responses) {
            status |= CONTROLLER_ENABLE;
        }
        long enabled = status & interruptControl.get();
        return enabled != 0 ? status | GLOBAL_ENABLE : status;
    }

    @Override
    public void interrupt() {
        boolean now = (interruptControl.get() & GLOBAL_ENABLE) != 0 && (interruptStatus() & GLOBAL_ENABLE) != 0;
        if (msi.enabled()) {
            pin.set(false);
            if (now && !asserted) {
                msi.raise(0);
            }
        } else {
            pin.set(now);
        }
        asserted = now;
    }

    @Override
    public void reset() {
        quiet();
        registers.reset();
        codec.reset();
        asserted = false;
        pin.set(false);
    }

    @Override
    public void resume() {
        for (Dma stream : streams) {
            stream.goOn();
        }
    }

    @Override
    public void save(StateWriter out) {
        registers.save(out.section("registers"));
        codec.save(out.section("codec"));
        out.putInt("responses-untold", responsesUntold).putBoolean("asserted", asserted);
        for (int i = 0; i < STREAMS; i++) {
            streams[i].save(out.section("stream-" + i));
        }
    }

    @Override
    public void restore(StateReader in) throws StateException {
        registers.restore(in.section("registers"));
        codec.restore(in.section("codec"));
        responsesUntold = in.getInt("responses-untold", 0, ENTRIES);
        asserted = in.getBoolean("asserted");
        for (int i = 0; i < STREAMS; i++) {
            streams[i].restore(in.section("stream-" + i));
        }
    }
}
