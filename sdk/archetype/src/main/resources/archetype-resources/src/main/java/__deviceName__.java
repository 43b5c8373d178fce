package ${package};

import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.RegisterDevice;
import dev.backplane.api.register.Registers;
import dev.backplane.api.time.DeviceTimer;

/** Counts once in PERIOD milliseconds while it is enabled; at LIMIT it stops and sends the message of vector 0. */
final class ${deviceName} implements RegisterDevice {
    private final DeviceContext context;
    private final Registers registers;
    private final Field enable;
    private final Register done;
    private final Register period;
    private final Register limit;
    private final Register count;
    private final DeviceTimer timer;
    private final MessageInterrupts messages;

    ${deviceName}(DeviceContext context) throws DeviceException {
        this.context = context;
        registers = new Registers(context, "BAR0", 0x1000);
        enable = registers.at(0x00, 32, "CONTROL").bit(0, "ENABLE").onWrite(this::enabled);
        done = registers.at(0x04, 32, "DONE").write1Clears();
        period = registers.at(0x08, 32, "PERIOD").range(1, 60_000).reset(1000);
        limit = registers.at(0x0C, 32, "LIMIT").reset(10);
        count = registers.at(0x10, 32, "COUNT").readOnly();
        timer = context.timer("count", this::count);

        PciFunction pci = context.pci(PciIdentity.of(0xBA5E, 0x0001, 0x118000));
        pci.bar(0, BarType.MEMORY_32, registers);
        messages = pci.msix(1, 1);
    }

    private void enabled() {
        if (enable.isSet()) {
            timer.armAt(context.clock().nanoTime() + period.get() * 1_000_000);
        } else {
            timer.cancel();
        }
    }

    private void count() {
        count.set(count.get() + 1);
        if (count.get() >= limit.get()) {
            enable.set(false);
            done.set(1);
            messages.raise(0);
        }
        enabled();
    }

    @Override
    public Registers registers() {
        return registers;
    }

    @Override
    public void reset() {
        RegisterDevice.super.reset();
        timer.cancel();
    }
}
