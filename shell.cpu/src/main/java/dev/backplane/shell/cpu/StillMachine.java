package dev.backplane.shell.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.util.List;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.SegmentState;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.memory.GuestRam;
import dev.backplane.api.memory.RamListener;
import dev.backplane.api.memory.RamRegion;

/** A vCPU in 64-bit mode with some code at its linear address, which never runs: to see what a backend makes of it. */
final class StillMachine implements AutoCloseable, GuestRam {
    private static final long HZ = 1_000_000_000L;
    private static final int IA32_EFER = 0xC0000080;
    private static final int TABLES = 0x1000;
    /** A table for each level, and a second one for each below the top if the code lies in two of them. */
    private static final int CODE = TABLES + 7 * PAGE_SIZE;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment ram;
    private final CpuSession session;
    private final Vcpu vcpu;
    private int nextTable = TABLES + PAGE_SIZE;

    /**
     * Makes one.
     *
     * @param code at most 2M
     */
    StillMachine(CpuBackend backend, long address, byte[] code) throws CpuException {
        int pages = (int) ((address & PAGE_SIZE - 1) + code.length + PAGE_SIZE - 1) / PAGE_SIZE;
        ram = arena.allocate(CODE + (long) pages * PAGE_SIZE, PAGE_SIZE);
        for (int n = 0; n < pages; n++) {
            map((address & -PAGE_SIZE) + (long) n * PAGE_SIZE, CODE + (long) n * PAGE_SIZE);
        }
        MemorySegment.copy(MemorySegment.ofArray(code), 0, ram, CODE + (address & PAGE_SIZE - 1), code.length);
        session = backend.open(new CpuConfig("listing", backend.models().getFirst().name(), 1, this, HZ, HZ));
        VcpuBus bus = (VcpuBus) Proxy.newProxyInstance(VcpuBus.class.getClassLoader(), new Class<?>[] {VcpuBus.class},
            (proxy, method, arguments) -> {
                throw new IllegalStateException("a vCPU that does not run has asked for " + method.getName());
            });
        vcpu = session.createVcpu(0, bus);
        SegmentState data = new SegmentState(16, 0, -1, 0xC093);
        vcpu.load(CpuState.reset().with(b -> {
            for (Segment s : List.of(Segment.ES, Segment.SS, Segment.DS, Segment.FS, Segment.GS)) {
                b.segment(s, data);
            }
            return b.segment(Segment.CS, new SegmentState(8, 0, -1, 0xA09B)).cr0(0x8001_0033L).cr3(TABLES)
                .cr4(0x6A0 | 1 << 18).xcr0(7).msr(IA32_EFER, 0xD01).rip(address).rflags(2);
        }));
    }

    private void map(long linear, long physical) {
        int table = TABLES;
        for (int shift = 39; shift > 12; shift -= 9) {
            int entry = table + (int) (linear >>> shift & 0x1FF) * 8;
            if (ram.get(LONG, entry) == 0) {
                ram.set(LONG, entry, nextTable | 7);
                nextTable += PAGE_SIZE;
            }
            table = (int) ram.get(LONG, entry) & -PAGE_SIZE;
        }
        ram.set(LONG, table + (linear >>> 12 & 0x1FF) * 8, physical | 7);
    }

    List<CodeLine> listing(long address, int count, int bits) {
        return vcpu.listing(address, count, bits);
    }

    @Override
    public void close() {
        session.close();
        arena.close();
    }

    @Override
    public List<RamRegion> regions() {
        return List.of(new RamRegion(0, ram, false, "ram"));
    }

    @Override
    public void markCode(long address) {
        // Nobody writes to it.
    }

    @Override
    public void clearCode(long address) {
        // Nobody writes to it.
    }

    @Override
    public boolean isCode(long address) {
        return false;
    }

    @Override
    public boolean dirtyTracking() {
        return false;
    }

    @Override
    public void markDirty(long address) {
        // Nobody asks.
    }

    @Override
    public void addListener(RamListener listener) {
        // There is nothing to tell it.
    }

    @Override
    public void removeListener(RamListener listener) {
        // There is nothing to tell it.
    }
}
