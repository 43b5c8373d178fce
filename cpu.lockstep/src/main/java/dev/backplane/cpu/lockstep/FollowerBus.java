package dev.backplane.cpu.lockstep;

import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.cpu.interpreter.VcpuCore;

/** Answers the follower as the core answered the leader. */
final class FollowerBus implements VcpuBus {
    private final VcpuBus bus;
    private final AccessLog log;
    private final Deliveries deliveries;
    private VcpuCore core;

    /** {@code bus}: the core's, asked for what never changes. */
    FollowerBus(VcpuBus bus, AccessLog log, Deliveries deliveries) {
        this.bus = bus;
        this.log = log;
        this.deliveries = deliveries;
    }

    void connect(VcpuCore follower) {
        core = follower;
        follower.cpu().random = () -> take(AccessLog.RANDOM, 0, 8, 0);
    }

    private long take(int kind, long where, int size, long value) {
        long answer = log.take(kind, where, size, value);
        if (log.mismatched()) {
            core.kick();
        }
        return answer;
    }

    @Override
    public long mmioRead(long address, int size) {
        return take(AccessLog.MMIO_READ, address, size, 0);
    }

    @Override
    public void mmioWrite(long address, int size, long value) {
        take(AccessLog.MMIO_WRITE, address, size, value);
    }

    @Override
    public int portRead(int port, int size) {
        return (int) take(AccessLog.PORT_READ, port, size, 0);
    }

    @Override
    public void portWrite(int port, int size, int value) {
        take(AccessLog.PORT_WRITE, port, size, value);
    }

    @Override
    public int pendingEvents() {
        Deliveries.Delivery d = deliveries.next();
        if (d == null || d.steps() != core.steps() || d.rip() != core.cpu().rip) {
            return 0;
        }
        return d.vector() == Deliveries.NMI ? EVENT_NMI : EVENT_INTERRUPT;
    }

    @Override
    public int acknowledgeInterrupt() {
        int vector = deliveries.next().vector();
        deliveries.taken();
        return vector;
    }

    @Override
    public boolean acknowledgeNmi() {
        deliveries.taken();
        return true;
    }

    @Override
    public int readCr8() {
        return (int) take(AccessLog.READ_CR8, 0, 0, 0);
    }

    @Override
    public void writeCr8(int value) {
        take(AccessLog.WRITE_CR8, 0, 0, value);
    }

    @Override
    public long readTsc() {
        return take(AccessLog.READ_TSC, 0, 0, 0);
    }

    @Override
    public boolean ownsMsr(int index) {
        return bus.ownsMsr(index);
    }

    @Override
    public long readMsr(int index) {
        return take(AccessLog.READ_MSR, index, 0, 0);
    }

    @Override
    public boolean msrReadable(int index) {
        return take(AccessLog.MSR_READABLE, index, 0, 0) != 0;
    }

    @Override
    public boolean writeMsr(int index, long value) {
        return take(AccessLog.WRITE_MSR, index, 0, value) != 0;
    }
}
