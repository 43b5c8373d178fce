package dev.backplane.machine.lifecycle;

import java.util.concurrent.atomic.AtomicBoolean;

import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.interrupt.LocalApic;

/** The bus as one vCPU sees it: its local APIC, its time-stamp counter, and the address spaces all share. */
final class VcpuPort implements VcpuBus {
    /** The frequency of the time-stamp counter: it counts nanoseconds of machine time. */
    static final long TSC_HZ = 1_000_000_000L;

    private static final int IA32_TSC = 0x10;
    private static final int IA32_TSC_ADJUST = 0x3B;
    private static final int IA32_APIC_BASE = 0x1B;
    private static final int IA32_TSC_DEADLINE = 0x6E0;

    private final AddressSpace memory;
    private final AddressSpace ports;
    private final MachineClock clock;
    private final AtomicBoolean nmi = new AtomicBoolean();
    private LocalApic apic;
    private volatile long tscOffset;
    private volatile long tscAdjust;
    private int index;
    private volatile VcpuTracer tracer;

    VcpuPort(AddressSpace memory, AddressSpace ports, MachineClock clock) {
        this.memory = memory;
        this.ports = ports;
        this.clock = clock;
    }

    /** Set once, before the vCPU runs. */
    void connect(LocalApic localApic) {
        apic = localApic;
    }

    LocalApic apic() {
        return apic;
    }

    /** Tells it of accesses to devices; null: nobody. Any thread. */
    void trace(VcpuTracer to, int vcpu) {
        index = vcpu;
        tracer = to;
    }

    void nmi() {
        nmi.set(true);
    }

    /** As after power-on. */
    void reset() {
        nmi.set(false);
        tscOffset = 0;
        tscAdjust = 0;
    }

    void save(StateWriter out) {
        out.putBoolean("nmi", nmi.get()).putLong("tsc-offset", tscOffset).putLong("tsc-adjust", tscAdjust);
    }

    void restore(StateReader in) throws StateException {
        nmi.set(in.getBoolean("nmi"));
        tscOffset = in.getLong("tsc-offset");
        tscAdjust = in.getLong("tsc-adjust");
    }

    @Override
    public long mmioRead(long address, int size) {
        long value = apic.claims(address) ? apic.mmioRead(address, size) : memory.read(address, size);
        VcpuTracer t = tracer;
        if (t != null) {
            t.access(index, false, false, address, size, value);
        }
        return value;
    }

    @Override
    public void mmioWrite(long address, int size, long value) {
        VcpuTracer t = tracer;
        if (t != null) {
            t.access(index, false, true, address, size, value);
        }
        if (apic.claims(address)) {
            apic.mmioWrite(address, size, value);
        } else {
            memory.write(address, size, value);
        }
    }

    @Override
    public int portRead(int port, int size) {
        int value = (int) ports.read(port & 0xFFFF, size);
        VcpuTracer t = tracer;
        if (t != null) {
            t.access(index, true, false, port & 0xFFFF, size, value & 0xFFFFFFFFL);
        }
        return value;
    }

    @Override
    public void portWrite(int port, int size, int value) {
        VcpuTracer t = tracer;
        if (t != null) {
            t.access(index, true, true, port & 0xFFFF, size, value & 0xFFFFFFFFL);
        }
        ports.write(port & 0xFFFF, size, value & 0xFFFFFFFFL);
    }

    @Override
    public int pendingEvents() {
        return (apic.interruptPending() ? EVENT_INTERRUPT : 0) | (nmi.get() ? EVENT_NMI : 0);
    }

    @Override
    public int acknowledgeInterrupt() {
        return apic.acknowledge();
    }

    @Override
    public boolean acknowledgeNmi() {
        return nmi.compareAndSet(true, false);
    }

    @Override
    public int readCr8() {
        return apic.readCr8();
    }

    @Override
    public void writeCr8(int value) {
        apic.writeCr8(value);
    }

    @Override
    public long readTsc() {
        return clock.nanoTime() + tscOffset;
    }

    @Override
    public boolean ownsMsr(int index) {
        return switch (index) {
            case IA32_TSC, IA32_TSC_ADJUST, IA32_APIC_BASE, IA32_TSC_DEADLINE -> true;
            default -> index >= 0x800 && index <= 0x8FF;
        };
    }

    @Override
    public boolean msrReadable(int index) {
        return index == IA32_TSC || index == IA32_TSC_ADJUST || apic.msrReadable(index);
    }

    @Override
    public long readMsr(int index) {
        return switch (index) {
            case IA32_TSC -> readTsc();
            case IA32_TSC_ADJUST -> tscAdjust;
            default -> apic.readMsr(index);
        };
    }

    @Override
    public boolean writeMsr(int index, long value) {
        switch (index) {
            case IA32_TSC -> adjustTsc(tscAdjust + value - readTsc());
            case IA32_TSC_ADJUST -> adjustTsc(value);
            default -> {
                return apic.writeMsr(index, value);
            }
        }
        return true;
    }

    /** Both registers move the counter by the same amount (Intel SDM vol. 3, 18.17.3). */
    private void adjustTsc(long adjust) {
        tscOffset += adjust - tscAdjust;
        tscAdjust = adjust;
        apic.tscChanged();
    }
}
