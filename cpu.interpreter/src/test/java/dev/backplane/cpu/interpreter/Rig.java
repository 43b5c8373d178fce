package dev.backplane.cpu.interpreter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

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

/** 1 MiB of RAM and some vCPUs in flat 32-bit protected mode with a GDT and an IDT. */
final class Rig implements AutoCloseable, GuestRam {
    static final int CODE = 0x10000;
    static final int STACK = 0x80000;
    private static final int GDT = 0x1000;
    private static final int IDT = 0x2000;
    private static final int SIZE = 1 << 20;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    final MemorySegment ram;
    final TestBus[] buses;
    final Vcpu[] vcpus;
    private final Arena arena = Arena.ofShared();
    private final List<RamListener> listeners = new CopyOnWriteArrayList<>();
    private final BitSet code = new BitSet();
    private final CpuSession session;

    Rig(int count) throws Exception {
        ram = arena.allocate(SIZE, 4096);
        session = new InterpreterBackend().open(new CpuConfig("test", "x86-64-v2", count, this, 1_000_000_000L,
            1_000_000_000L));
        buses = new TestBus[count];
        vcpus = new Vcpu[count];
        put(GDT + 8, 0x0000FFFF, 0x00CF9B00);
        put(GDT + 16, 0x0000FFFF, 0x00CF9300);
        for (int i = 0; i < count; i++) {
            buses[i] = new TestBus();
            vcpus[i] = session.createVcpu(i, buses[i]);
            int n = i;
            load(i, b -> b.gpr(4, STACK - n * 0x1000));
        }
    }

    /** Loads the flat start state with some changes. */
    void load(int vcpu, UnaryOperator<CpuState.Builder> change) {
        SegmentState data = new SegmentState(16, 0, -1, 0xC093);
        vcpus[vcpu].load(CpuState.reset().with(b -> {
            for (Segment s : List.of(Segment.ES, Segment.SS, Segment.DS, Segment.FS, Segment.GS)) {
                b.segment(s, data);
            }
            b.segment(Segment.CS, new SegmentState(8, 0, -1, 0xC09B)).cr0(0x11).rip(CODE).rflags(2)
                .gdt(GDT, 0x17).idt(IDT, 0x7FF);
            return change.apply(b);
        }));
    }

    /** An interrupt gate to an address. */
    void gate(int vector, int handler) {
        put(IDT + 8 * vector, 8 << 16 | handler & 0xFFFF, handler & 0xFFFF0000 | 0x8E00);
    }

    void put(int address, int... dwords) {
        for (int i = 0; i < dwords.length; i++) {
            ram.set(INT, address + 4L * i, dwords[i]);
        }
    }

    int get(int address) {
        return ram.get(INT, address);
    }

    void code(int address, String hex) {
        byte[] b = HexFormat.of().parseHex(hex.replace(" ", ""));
        MemorySegment.copy(MemorySegment.ofArray(b), 0, ram, address, b.length);
    }

    /** What a device does that writes to memory. */
    void deviceWrites(int address, String hex) {
        code(address, hex);
        if (isCode(address)) {
            listeners.forEach(l -> l.codeWritten(address, hex.replace(" ", "").length() / 2));
        }
    }

    VcpuExit run() {
        return vcpus[0].run();
    }

    CpuState state() {
        return vcpus[0].save();
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
    }

    @Override
    public void addListener(RamListener l) {
        listeners.add(l);
    }

    @Override
    public void removeListener(RamListener l) {
        listeners.remove(l);
    }

    /** A bus with one interrupt line; port reads give 0x5A, port writes and device accesses are remembered. */
    static final class TestBus implements VcpuBus {
        volatile int pending = -1;
        volatile boolean nmi;
        volatile int lastPort = -1;
        volatile long lastWrite = -1;

        @Override
        public long mmioRead(long address, int size) {
            return 0x1122334455667788L & (size == 8 ? -1 : (1L << 8 * size) - 1);
        }

        @Override
        public void mmioWrite(long address, int size, long value) {
            lastWrite = value;
        }

        @Override
        public int portRead(int port, int size) {
            return 0x5A;
        }

        @Override
        public void portWrite(int port, int size, int value) {
            lastPort = port;
        }

        @Override
        public int pendingEvents() {
            return (pending >= 0 ? EVENT_INTERRUPT : 0) | (nmi ? EVENT_NMI : 0);
        }

        @Override
        public int acknowledgeInterrupt() {
            int v = pending;
            pending = -1;
            return v;
        }

        @Override
        public boolean acknowledgeNmi() {
            boolean v = nmi;
            nmi = false;
            return v;
        }

        @Override
        public int readCr8() {
            return 0;
        }

        @Override
        public void writeCr8(int value) {
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
