package dev.backplane.machine.timer;

import java.util.List;

import dev.backplane.api.device.IrqLine;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.board.BoardPart;
import dev.backplane.machine.board.TimerFactory;
import dev.backplane.machine.interrupt.IrqRouter;
import dev.backplane.machine.interrupt.MmioClaim;
import dev.backplane.machine.interrupt.PortClaim;

/** The parts of this package, made and wired to each other and to the interrupt lines. */
public final class BoardDevices {
    private final Pit pit;
    private final Hpet hpet;
    private final Rtc rtc;
    private final AcpiPm acpiPm;
    private final ResetControl resetControl;
    private final KeyboardController keyboardController;
    private final PostPort post = new PostPort();

    public BoardDevices(MachineClock clock, TimerFactory timers, IrqRouter router, BoardEvents events,
            MemorySize memory) {
        // Comparators offer no messages of their own: guests have the local APIC's timer for interrupts per processor.
        hpet = new Hpet(clock, timers, router.isa(0, "timer"), router.isa(8, "timer"),
            gsi -> gsi == 8 ? router.isa(8, "hpet") : router.gsi(gsi, "hpet"), null, this::legacyReplacement);
        pit = new Pit(clock, timers, hpet.legacyInput(0));
        acpiPm = new AcpiPm(clock, timers, router.isa(AcpiPm.SCI_IRQ, "acpi"), events);
        IrqLine rtcLine = hpet.legacyInput(1);
        rtc = new Rtc(clock, timers, level -> {
            rtcLine.set(level);
            if (level) {
                acpiPm.realTimeClock();
            }
        }, memory);
        resetControl = new ResetControl(events);
        keyboardController = new KeyboardController(events);
    }

    private void legacyReplacement(boolean on) {
        pit.connected(!on);
    }

    public Pit pit() {
        return pit;
    }

    public Hpet hpet() {
        return hpet;
    }

    public Rtc rtc() {
        return rtc;
    }

    public AcpiPm acpiPm() {
        return acpiPm;
    }

    public ResetControl resetControl() {
        return resetControl;
    }

    public KeyboardController keyboardController() {
        return keyboardController;
    }

    public PostPort post() {
        return post;
    }

    /** All parts, in the order in which they are reset and restored. */
    public List<BoardPart> parts() {
        return List.of(hpet, pit, rtc, acpiPm, resetControl, keyboardController, post);
    }

    /** The I/O ports they answer; {@link ResetControl#PORT} lies in the middle of PCI's configuration address. */
    public List<PortClaim> ports() {
        return List.of(
            new PortClaim("pit", 0x40, 4, pit.registers()),
            new PortClaim("pit", 0x61, 1, pit.controlPort()),
            new PortClaim("keyboard-controller", 0x60, 1, keyboardController.data()),
            new PortClaim("keyboard-controller", 0x64, 1, keyboardController.command()),
            new PortClaim("rtc", 0x70, 2, rtc.registers()),
            new PortClaim("post", 0x80, 1, post),
            new PortClaim("reset-control", 0x92, 1, resetControl.portA()),
            new PortClaim("acpi-pm", AcpiPm.BASE, AcpiPm.SIZE, acpiPm.registers()),
            new PortClaim("reset-control", ResetControl.PORT, 1, resetControl.cf9()));
    }

    /** The guest-physical addresses they answer. */
    public List<MmioClaim> mmio() {
        return List.of(new MmioClaim("hpet", Hpet.ADDRESS, Hpet.SIZE, hpet.registers()));
    }
}
