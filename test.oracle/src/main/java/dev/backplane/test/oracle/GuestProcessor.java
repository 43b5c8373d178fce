package dev.backplane.test.oracle;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.SegmentState;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuExit;

/**
 * A vCPU of a backend in 64-bit mode, ring 0, with identity page tables and an IDT whose handlers write the vector to a
 * port. It runs the harness in a loop; each round trip through the exit port is one case.
 */
final class GuestProcessor implements AutoCloseable {
    static final int FAULT_PORT = 0xE2;
    private static final int PML4 = 0x1000;
    private static final int PDPT = 0x2000;
    private static final int GDT = 0x3000;
    private static final int IDT = 0x4000;
    private static final int HANDLERS = 0x5000;
    private static final int IA32_EFER = 0xC0000080;

    /** What to do after a case; returns false to stop. */
    interface Turn {
        boolean done(int faultVector);
    }

    final OracleRam ram;
    final StateBlock state;
    private final Arena arena = Arena.ofShared();
    private final CpuSession session;
    private final Vcpu vcpu;
    private final OracleBus bus;
    private final long xcr0;

    GuestProcessor(CpuBackend backend, String model, boolean avx) throws CpuException {
        xcr0 = avx ? 7 : 3;
        ram = new OracleRam(arena);
        state = new StateBlock(ram.memory, Layout.STATE - Layout.DATA);
        session = backend.open(new CpuConfig("oracle", model, 1, ram, 1_000_000_000L, 1_000_000_000L));
        bus = new OracleBus(this::stop);
        vcpu = session.createVcpu(0, bus);
        tables();
    }

    /** Runs cases until the turn says stop. */
    VcpuExit run(Turn turn) {
        bus.turn(turn);
        restart();
        while (true) {
            VcpuExit exit = vcpu.run();
            if (exit != VcpuExit.KICKED || !bus.takeFault()) {
                return exit;
            }
            restart();
        }
    }

    private void stop() {
        vcpu.kick();
    }

    /** Back to the harness's body with a fresh state: at the start, and after a case that faulted. */
    private void restart() {
        SegmentState data = new SegmentState(0x10, 0, -1, 0xC093);
        CpuState.Builder b = CpuState.reset().toBuilder()
            .rip(Layout.CODE + Harness.BODY)
            .cr0(0x8005_0033L).cr3(PML4).cr4(0x6A0 | 1 << 18).xcr0(xcr0)
            .msr(IA32_EFER, 0xD01)
            .gdt(GDT, 0x1F).idt(IDT, 0x1FF)
            .segment(Segment.CS, new SegmentState(0x8, 0, -1, 0xA09B));
        for (Segment s : new Segment[] {Segment.DS, Segment.ES, Segment.SS, Segment.FS, Segment.GS}) {
            b.segment(s, data);
        }
        vcpu.load(b.build());
    }

    private void tables() {
        put(PML4, PDPT | 7);
        put(PDPT, 0x87);
        put(PDPT + 8, 0x4000_0087L);
        put(GDT + 8, 0x00AF9B000000FFFFL);
        put(GDT + 16, 0x00CF93000000FFFFL);
        for (int v = 0; v < 32; v++) {
            long handler = HANDLERS + 8L * v;
            put(IDT + 16 * v, handler & 0xFFFF | 8 << 16 | 0x8E00L << 32 | handler >> 16 << 48);
            // mov al, v; out FAULT_PORT, al; hlt
            put(HANDLERS + 8 * v, 0xB0L | (long) v << 8 | 0xE6L << 16 | (long) FAULT_PORT << 24 | 0xF4L << 32);
        }
    }

    private void put(int address, long value) {
        ram.low.set(ValueLayout.JAVA_LONG_UNALIGNED, address, value);
    }

    @Override
    public void close() {
        session.close();
        arena.close();
    }
}
