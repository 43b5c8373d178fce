package dev.backplane.machine.timer;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.state.StateException;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.board.BoardPart;
import dev.backplane.machine.board.TimerFactory;
import dev.backplane.machine.interrupt.InterruptControllers;
import dev.backplane.machine.interrupt.IrqSource;
import dev.backplane.machine.interrupt.LocalApic;
import dev.backplane.machine.interrupt.MmioClaim;
import dev.backplane.machine.interrupt.PortClaim;
import dev.backplane.machine.interrupt.VcpuSignals;
import dev.backplane.machine.state.StateCodec;
import dev.backplane.machine.state.StateTree;

/** All parts of both packages wired as a machine wires them, with two vCPUs, on a manual clock. */
final class WholeBoard {
    static final int VCPUS = 2;

    /** Null on a board made with another clock. */
    final ManualClock clock;
    final InterruptControllers controllers = new InterruptControllers(VCPUS);
    final BoardDevices devices;
    final LocalApic[] apics = new LocalApic[VCPUS];
    final IrqSource[] sources = new IrqSource[24];
    /** Everything that left the board, in a number that depends on the order. */
    long trace;
    final List<PortClaim> ports = new ArrayList<>();
    final List<MmioClaim> mmio = new ArrayList<>();

    WholeBoard() {
        this(new ManualClock());
    }

    private WholeBoard(ManualClock clock) {
        this(clock, clock, clock);
    }

    WholeBoard(MachineClock time, TimerFactory timers) {
        this(null, time, timers);
    }

    private WholeBoard(ManualClock clock, MachineClock time, TimerFactory timers) {
        this.clock = clock;
        devices = new BoardDevices(time, timers, controllers.router(), new BoardEvents() {
            @Override
            public void powerOff() {
                note(1);
            }

            @Override
            public void reset() {
                note(2);
            }
        }, new MemorySize(1 << 30, 1L << 32, VCPUS));
        for (int i = 0; i < VCPUS; i++) {
            int id = i;
            apics[i] = new LocalApic(new LocalApic.Settings(i, i == 0, 1_000_000_000L, 2_500_000_000L, 40),
                controllers.fabric(), () -> time.nanoTime() * 5 / 2, time, timers, new VcpuSignals() {
                    @Override
                    public void interruptRequested() {
                        note(16 + id);
                    }

                    @Override
                    public void nmi() {
                        note(32 + id);
                    }

                    @Override
                    public void init() {
                        note(48 + id);
                    }

                    @Override
                    public void startup(int vector) {
                        note(vector << 8 | 64 + id);
                    }
                });
        }
        for (int i = 0; i < 24; i++) {
            sources[i] = i < 16 ? controllers.router().isa(i, "test") : controllers.router().gsi(i, "test");
        }
        ports.addAll(controllers.ports());
        ports.addAll(devices.ports());
        mmio.addAll(controllers.mmio());
        mmio.addAll(devices.mmio());
        parts().forEach(BoardPart::reset);
        trace = 0;
    }

    void note(long what) {
        trace = trace * 0x9E3779B97F4A7C15L + what + 1;
    }

    List<BoardPart> parts() {
        List<BoardPart> all = new ArrayList<>(devices.parts());
        all.addAll(controllers.parts());
        all.addAll(List.of(apics));
        return all;
    }

    byte[] save() {
        StateTree tree = new StateTree("board");
        for (BoardPart p : parts()) {
            p.save(tree.section(p.name()));
        }
        return StateCodec.encode(tree);
    }

    /** Takes over what another board saved at a time. */
    void restore(byte[] saved, long time) throws StateException {
        clock.set(time);
        StateTree tree = StateCodec.decode("board", saved);
        for (BoardPart p : parts()) {
            p.restore(tree.reader(0).section(p.name()));
        }
    }
}
