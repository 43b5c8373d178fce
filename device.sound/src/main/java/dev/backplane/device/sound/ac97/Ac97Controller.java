package dev.backplane.device.sound.ac97;

import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.device.Counter;
import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.MachineClock;

/**
 * The AC'97 controller of the 82801AA: three bus master boxes and the link to one codec (Intel 82801AA data sheet,
 * AC'97 audio controller registers). Threading: under the device's lock.
 */
final class Ac97Controller implements Device, BusMaster.Card {
    private static final int CODEC_READY = 1 << 8;

    /**
     * A board that Linux knows to run the link at 48 kHz. Of others it measures the clock for 50 ms while the card is
     * found, and on a busy host plays everything off pitch from then on.
     */
    private static final int BOARD_VENDOR = 0x1028;
    private static final int BOARD = 0x0177;

    private final DeviceContext context;
    private final MachineClock clock;
    private final AudioEndpoint host;
    private final IrqLine pin;
    private final Mixer mixer;
    private final Registers registers;
    private final BusMaster[] boxes = new BusMaster[Box.values().length];
    private final Counter bounded;
    private final Field outOfReset;
    private final Field semaphore;

    Ac97Controller(DeviceContext context, AudioEndpoint host) throws DeviceException {
        this.context = context;
        this.host = host;
        clock = context.clock();
        bounded = context.counter("beyond-bounds");
        PciFunction pci = context.pci(new PciIdentity(0x8086, 0x2415, 0x040100, 2, BOARD_VENDOR, BOARD));
        mixer = new Mixer(context, this::rateChanged);
        Registers r = new Registers(context, "BAR1", 64);
        registers = r;
        for (Box box : Box.values()) {
            boxes[box.ordinal()] = new BusMaster(this, context, r.group(box.name(), box.ordinal() * 0x10L), box);
        }
        Register control = r.at(0x2C, 32, "GLOB_CNT");
        control.bit(0, "GIE");
        outOfReset = control.bit(1, "COLD_RESET_N").onWrite(this::coldReset);
        control.bit(2, "WARM_RESET").selfClearing();
        control.bit(3, "LINK_SHUT_OFF");
        control.bit(4, "PRIE");
        control.bit(5, "SRIE");
        r.at(0x30, 32, "GLOB_STA").onRead(this::globalStatus);
        Register access = r.at(0x34, 8, "CAS");
        semaphore = access.bit(0, "BUSY").readOnly();
        access.afterRead(() -> semaphore.set(true));
        r.quiet(0, 64);
        pci.bar(0, BarType.IO, 256, new CodecAccess());
        pci.bar(1, BarType.IO, r);
        pin = pci.intx();
    }

    /** An access to the codec gives back the semaphore; a codec in reset answers nothing. */
    private final class CodecAccess implements RegisterHandler {
        @Override
        public long read(long offset, int bytes) {
            semaphore.set(false);
            return outOfReset.isSet() ? mixer.registers().read(offset, bytes) : -1;
        }

        @Override
        public void write(long offset, int bytes, long value) {
            semaphore.set(false);
            if (outOfReset.isSet()) {
                mixer.registers().write(offset, bytes, value);
            }
        }
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
    public AudioEndpoint host() {
        return host;
    }

    @Override
    public Mixer mixer() {
        return mixer;
    }

    @Override
    public void bounded() {
        bounded.increment();
    }

    private void rateChanged() {
        for (BusMaster box : boxes) {
            box.rateChanged();
        }
    }

    private void coldReset(long before, long now) {
        if (before != now || now == 0) {
            resetLink();
        }
    }

    private void resetLink() {
        for (BusMaster box : boxes) {
            box.reset();
        }
        mixer.reset();
        interrupt();
    }

    private long globalStatus() {
        long status = outOfReset.isSet() ? CODEC_READY : 0;
        for (Box box : Box.values()) {
            if (boxes[box.ordinal()].interrupts()) {
                status |= 1L << box.interruptBit();
            }
        }
        return status;
    }

    @Override
    public void interrupt() {
        boolean any = false;
        for (BusMaster box : boxes) {
            any |= box.interrupts();
        }
        pin.set(any);
    }

    @Override
    public void reset() {
        resetLink();
        registers.reset();
    }

    @Override
    public void resume() {
        for (BusMaster box : boxes) {
            box.goOn();
        }
        interrupt();
    }

    @Override
    public void save(StateWriter out) {
        mixer.registers().save(out.section("mixer"));
        registers.save(out.section("registers"));
        for (Box box : Box.values()) {
            boxes[box.ordinal()].save(out.section(box.stream()));
        }
    }

    @Override
    public void restore(StateReader in) throws StateException {
        mixer.registers().restore(in.section("mixer"));
        registers.restore(in.section("registers"));
        for (Box box : Box.values()) {
            boxes[box.ordinal()].restore(in.section(box.stream()));
        }
    }
}
