package dev.backplane.cpu.lockstep;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.SegmentState;
import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.api.memory.GuestRam;
import dev.backplane.api.memory.RamListener;
import dev.backplane.api.memory.RamRegion;

/** RAM of 2 MiB, mapped one to one, and a vCPU in 64-bit mode; its devices answer at random. */
final class Rig implements AutoCloseable {
    /** Counts interrupts. */
    static final int COUNTER = 0x9000;
    private static final int CODE = 0x20000;
    private static final int SIZE = 1 << 21;
    private static final int PML4 = 0x4000;
    private static final int IDT = 0x2000;
    private static final int HANDLER = 0x3000;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    volatile boolean stopped;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment ram = arena.allocate(SIZE, 4096);
    private final List<RamRegion> regions = List.of(new RamRegion(0, ram, false, "ram"));
    private final List<RamListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicInteger pending = new AtomicInteger(-1);
    private final CpuSession session;
    private final LockstepVcpu vcpu;

    Rig(CpuBackend backend) throws Exception {
        this(backend, 1);
    }

    Rig(CpuBackend backend, int count) throws Exception {
        session = backend.open(new CpuConfig("rig", backend.models().getFirst().name(), count,
            fake(GuestRam.class, this::ram), 1_000_000_000L, 1_000_000_000L));
        vcpu = (LockstepVcpu) session.createVcpu(0, fake(VcpuBus.class, this::bus));
        put(0x1008, 0x00AF9B000000FFFFL);
        put(PML4, 0x5007);
        put(0x5000, 0x6007);
        put(0x6000, 0x87);
        // inc qword [COUNTER]; iretq
        put(HANDLER, 0x0000_9000_2504_FF48L);
        put(HANDLER + 8, 0xCF48);
        for (int v = 0; v < 256; v++) {
            put(IDT + 16 * v, HANDLER | 8 << 16 | 0x8E00L << 32);
        }
    }

    private static <T> T fake(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private Object ram(Object self, java.lang.reflect.Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "regions" -> regions;
            case "regionAt" -> (long) arguments[0] >>> 21 == 0 ? regions.getFirst() : null;
            case "isCode", "dirtyTracking" -> false;
            case "addListener" -> listeners.add((RamListener) arguments[0]) ? null : null;
            default -> null;
        };
    }

    private Object bus(Object self, java.lang.reflect.Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "pendingEvents" -> pending.get() < 0 ? 0 : VcpuBus.EVENT_INTERRUPT;
            case "acknowledgeInterrupt" -> pending.getAndSet(-1);
            case "readTsc", "readMsr", "mmioRead" -> System.nanoTime();
            case "portRead" -> ThreadLocalRandom.current().nextInt(256);
            case "readCr8" -> 0;
            case "ownsMsr", "msrReadable", "writeMsr", "acknowledgeNmi" -> false;
            default -> null;
        };
    }

    LockstepVcpu vcpu() {
        return vcpu;
    }

    void put(int address, long v) {
        ram.set(LONG, address, v);
    }

    long get(int address) {
        return ram.get(LONG, address);
    }

    void deviceWrites(int address, long v) {
        ram.set(LONG, address, v);
        listeners.forEach(l -> l.codeWritten(address, 8));
    }

    void interrupt(int vector) {
        pending.set(vector);
        vcpu.attention();
    }

    /** Puts code in place and the vCPU at its beginning. */
    void code(String hex) {
        byte[] b = HexFormat.of().parseHex(hex.replace(" ", ""));
        MemorySegment.copy(MemorySegment.ofArray(b), 0, ram, CODE, b.length);
        SegmentState data = new SegmentState(0, 0, -1, 0xC093);
        vcpu.load(CpuState.reset().with(s -> {
            for (Segment g : List.of(Segment.ES, Segment.SS, Segment.DS, Segment.FS, Segment.GS)) {
                s.segment(g, data);
            }
            return s.segment(Segment.CS, new SegmentState(8, 0, -1, 0xA09B)).cr0(0x8001_0033L).cr3(PML4)
                .cr4(0x6A0 | 1 << 18).xcr0(7).msr(0xC0000080, 0xD01).rip(CODE).rflags(2).gdt(0x1000, 0x17)
                .idt(IDT, 0xFFF).gpr(4, 0x180000);
        }));
    }

    /** Runs until it halts or fails. */
    VcpuExit run() {
        VcpuExit exit;
        do {
            exit = vcpu.run();
        } while (exit == VcpuExit.KICKED);
        return exit;
    }

    @Override
    public void close() {
        session.close();
        arena.close();
    }
}
