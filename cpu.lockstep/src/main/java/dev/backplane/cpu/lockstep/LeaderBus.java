package dev.backplane.cpu.lockstep;

import java.util.function.LongSupplier;

import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.cpu.interpreter.VcpuCore;

/** The core's bus, with everything that the leader asks of it noted. */
final class LeaderBus implements VcpuBus {
    private final VcpuBus bus;
    private final AccessLog log;
    private final Deliveries deliveries;
    private VcpuCore core;

    LeaderBus(VcpuBus bus, AccessLog log, Deliveries deliveries) {
        this.bus = bus;
        this.log = log;
        this.deliveries = deliveries;
    }

    void connect(VcpuCore leader) {
        core = leader;
        leader.cpu().tscExits = true;
        LongSupplier random = leader.cpu().random;
        leader.cpu().random = () -> log.add(AccessLog.RANDOM, 0, 8, 0, random.getAsLong());
    }

    @Override
    public long mmioRead(long address, int size) {
        return log.add(AccessLog.MMIO_READ, address, size, 0, bus.mmioRead(address, size));
    }

    @Override
    public void mmioWrite(long address, int size, long value) {
        log.add(AccessLog.MMIO_WRITE, address, size, value, 0);
        bus.mmioWrite(address, size, value);
    }

    @Override
    public int portRead(int port, int size) {
        return (int) log.add(AccessLog.PORT_READ, port, size, 0, bus.portRead(port, size));
    }

    @Override
    public void portWrite(int port, int size, int value) {
        log.add(AccessLog.PORT_WRITE, port, size, value, 0);
        bus.portWrite(port, size, value);
    }

    @Override
    public int pendingEvents() {
        return bus.pendingEvents();
    }

    @Override
    public int acknowledgeInterrupt() {
        int vector = bus.acknowledgeInterrupt();
        if (vector >= 0) {
            deliveries.add(core, vector);
        }
        return vector;
    }

    @Override
    public boolean acknowledgeNmi() {
        boolean taken = bus.acknowledgeNmi();
        if (taken) {
            deliveries.add(core, Deliveries.NMI);
        }
        return taken;
    }

    @Override
    public int readCr8() {
        return (int) log.add(AccessLog.READ_CR8, 0, 0, 0, bus.readCr8());
    }

    @Override
    public void writeCr8(int value) {
        log.add(AccessLog.WRITE_CR8, 0, 0, value, 0);
        bus.writeCr8(value);
    }

    @Override
    public long readTsc() {
        return log.add(AccessLog.READ_TSC, 0, 0, 0, bus.readTsc());
    }

    @Override
    public boolean ownsMsr(int index) {
        return bus.ownsMsr(index);
    }

    @Override
    public long readMsr(int index) {
        return log.add(AccessLog.READ_MSR, index, 0, 0, bus.readMsr(index));
    }

    @Override
    public boolean msrReadable(int index) {
        return log.add(AccessLog.MSR_READABLE, index, 0, 0, bus.msrReadable(index) ? 1 : 0) != 0;
    }

    @Override
    public boolean writeMsr(int index, long value) {
        return log.add(AccessLog.WRITE_MSR, index, 0, value, bus.writeMsr(index, value) ? 1 : 0) != 0;
    }
}
