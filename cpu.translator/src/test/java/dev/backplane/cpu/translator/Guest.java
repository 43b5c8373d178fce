package dev.backplane.cpu.translator;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.SegmentState;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.api.memory.GuestRam;
import dev.backplane.api.memory.RamListener;
import dev.backplane.api.memory.RamRegion;

/**
 * RAM of 2 MiB and vCPUs of a backend in 64-bit mode at privilege level 0. Pages are mapped one to one but for the one
 * at {@link #HOLE}; a second view of all is at {@link #ALIAS}. Every exception halts: its vector is then in
 * {@link #vector}.
 */
final class Guest implements AutoCloseable, GuestRam {
    static final int CODE = 0x20000;
    static final int DATA = 0x100000;
    static final int STACK = 0x180000;
    static final int HOLE = 0x140000;
    static final long ALIAS = 0x40000000L;
    static final int PORT = 0xE0;
    private static final int GDT = 0x1000;
    private static final int IDT = 0x2000;
    private static final int HANDLERS = 0x3000;
    private static final int PML4 = 0x4000;
    private static final int PDPT = 0x5000;
    private static final int DIRECTORY = 0x6000;
    private static final int TABLE = 0x7000;
    private static final int SIZE = 1 << 21;
    private static final int IA32_EFER = 0xC0000080;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    final MemorySegment ram;
    final Bus[] buses;
    final Vcpu[] vcpus;
    private final Arena arena = Arena.ofShared();
    private final List<RamListener> listeners = new CopyOnWriteArrayList<>();
    private final BitSet code = new BitSet();
    private final CpuSession session;

    Guest(CpuBackend backend, int count) throws Exception {
        ram = arena.allocate(SIZE, 4096);
        session = backend.open(new CpuConfig("test", backend.models().getFirst().name(), count, this, 1_000_000_000L,
            1_000_000_000L));
        tables();
        buses = new Bus[count];
        vcpus = new Vcpu[count];
        for (int i = 0; i < count; i++) {
            buses[i] = new Bus();
            vcpus[i] = session.createVcpu(i, buses[i]);
            load(i, b -> b);
        }
    }

    private void tables() {
        put(GDT + 8, 0x00AF9B000000FFFFL);
        put(GDT + 16, 0x00CF93000000FFFFL);
        put(PML4, PDPT | 7);
        put(PDPT, DIRECTORY | 7);
        put(PDPT + 8, DIRECTORY | 7);
        put(DIRECTORY, TABLE | 7);
        for (int page = 0; page < SIZE; page += 4096) {
            put(TABLE + (page >> 9), page == HOLE ? 0 : page | 7);
        }
        for (int v = 0; v < 32; v++) {
            long handler = HANDLERS + 8L * v;
            put(IDT + 16 * v, handler & 0xFFFF | 8 << 16 | 0x8E00L << 32 | handler >> 16 << 48);
            // mov al, v; out PORT, al; hlt
            put(HANDLERS + 8 * v, 0xB0L | (long) v << 8 | 0xE6L << 16 | (long) PORT << 24 | 0xF4L << 32);
        }
    }

    /** Loads the start state with some changes. */
    void load(int vcpu, UnaryOperator<CpuState.Builder> change) {
        SegmentState data = new SegmentState(16, 0, -1, 0xC093);
        buses[vcpu].vector = -1;
        vcpus[vcpu].load(CpuState.reset().with(b -> {
            for (Segment s : List.of(Segment.ES, Segment.SS, Segment.DS, Segment.FS, Segment.GS)) {
                b.segment(s, data);
            }
            b.segment(Segment.CS, new SegmentState(8, 0, -1, 0xA09B)).cr0(0x8001_0033L).cr3(PML4)
                .cr4(0x6A0 | 1 << 18).xcr0(7).msr(IA32_EFER, 0xD01).rip(CODE).rflags(2).gdt(GDT, 0x17).idt(IDT, 0x1FF)
                .gpr(4, STACK - 0x10000L * vcpu);
            return change.apply(b);
        }));
    }

    void put(int address, long v) {
        ram.set(LONG, address, v);
    }

    long get(int address) {
        return ram.get(LONG, address);
    }

    void code(int address, String hex) {
        bytes(address, HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    /** Writes bytes as a device does. */
    void bytes(int address, byte[] b) {
        MemorySegment.copy(MemorySegment.ofArray(b), 0, ram, address, b.length);
        for (int page = address & -4096; page < address + b.length; page += 4096) {
            if (isCode(page)) {
                listeners.forEach(l -> l.codeWritten(address, b.length));
                return;
            }
        }
    }

    VcpuExit run() {
        return vcpus[0].run();
    }

    CpuState state() {
        return vcpus[0].save();
    }

    /** The exception that ended the last run, or -1. */
    int vector() {
        return buses[0].vector;
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
    public RamRegion regionAt(long address) {
        return address >= 0 && address < SIZE ? regions().getFirst() : null;
    }

    @Override
    public synchronized void markCode(long address) {
        code.set((int) (address >>> 12));
    }

    @Override
    public synchronized void clearCode(long address) {
        code.clear((int) (address >>> 12));
    }

    @Override
    public synchronized boolean isCode(long address) {
        return code.get((int) (address >>> 12));
    }

    @Override
    public boolean dirtyTracking() {
        return false;
    }

    @Override
    public void markDirty(long address) {
        throw new IllegalStateException("nobody asked for dirty pages");
    }

    @Override
    public void addListener(RamListener l) {
        listeners.add(l);
    }

    @Override
    public void removeListener(RamListener l) {
        listeners.remove(l);
    }

    /** A bus with one interrupt line; writes to {@link #PORT} say which exception was met. */
    static final class Bus implements VcpuBus {
        volatile int pending = -1;
        volatile int vector = -1;

        @Override
        public long mmioRead(long address, int size) {
            return 0x1122334455667788L & (size == 8 ? -1 : (1L << 8 * size) - 1);
        }

        @Override
        public void mmioWrite(long address, int size, long value) {
            // Nothing is there.
        }

        @Override
        public int portRead(int port, int size) {
            return 0x5A;
        }

        @Override
        public void portWrite(int port, int size, int value) {
            if (port == PORT) {
                vector = value;
            }
        }

        @Override
        public int pendingEvents() {
            return pending >= 0 ? EVENT_INTERRUPT : 0;
        }

        @Override
        public int acknowledgeInterrupt() {
            int v = pending;
            pending = -1;
            return v;
        }

        @Override
        public boolean acknowledgeNmi() {
            return false;
        }

        @Override
        public int readCr8() {
            return 0;
        }

        @Override
        public void writeCr8(int value) {
            // There is no priority here.
        }

        @Override
        public long readTsc() {
            return 1;
        }

        @Override
        public boolean ownsMsr(int index) {
            return false;
        }

        @Override
        public long readMsr(int index) {
            return 0;
        }

        @Override
        public boolean msrReadable(int index) {
            return false;
        }

        @Override
        public boolean writeMsr(int index, long value) {
            return false;
        }
    }
}
