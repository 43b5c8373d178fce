package dev.backplane.machine.interrupt;

import java.util.List;

import dev.backplane.api.device.IrqLine;
import dev.backplane.machine.board.BoardPart;

/** The interrupt controllers that all vCPUs of a machine share, made and wired to each other. */
public final class InterruptControllers {
    private final InterruptFabric fabric;
    private final Pic pic;
    private final IoApic ioApic;
    private final IrqRouter router;

    /** @param vcpus 1 to 255 */
    public InterruptControllers(int vcpus) {
        fabric = new InterruptFabric(vcpus);
        IrqLine intr = fabric::lint0;
        pic = new Pic(intr);
        ioApic = new IoApic(fabric);
        fabric.onEndOfInterrupt(ioApic::endOfInterrupt);
        fabric.onExtIntAcknowledge(pic::acknowledge);
        router = new IrqRouter(pic, ioApic);
    }

    public InterruptFabric fabric() {
        return fabric;
    }

    public Pic pic() {
        return pic;
    }

    public IoApic ioApic() {
        return ioApic;
    }

    public IrqRouter router() {
        return router;
    }

    /** The parts in the order in which they are reset and restored. */
    public List<BoardPart> parts() {
        return List.of(router, pic, ioApic);
    }

    /** The I/O ports they answer. */
    public List<PortClaim> ports() {
        return List.of(
            new PortClaim("pic", 0x20, 2, pic.master()),
            new PortClaim("pic", 0xA0, 2, pic.slave()),
            new PortClaim("pic", 0x4D0, 2, pic.edgeLevelControl()));
    }

    /** The guest-physical addresses they answer; the local APICs' pages are not among them. */
    public List<MmioClaim> mmio() {
        return List.of(new MmioClaim("ioapic", IoApic.DEFAULT_ADDRESS, IoApic.SIZE, ioApic.registers()));
    }
}
