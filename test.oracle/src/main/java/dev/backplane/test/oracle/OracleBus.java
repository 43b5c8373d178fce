package dev.backplane.test.oracle;

import dev.backplane.api.cpu.VcpuBus;

/** The bus of the guest: two ports, nothing else. */
final class OracleBus implements VcpuBus {
    private final Runnable stop;
    private GuestProcessor.Turn turn;
    private boolean faulted;

    OracleBus(Runnable stop) {
        this.stop = stop;
    }

    void turn(GuestProcessor.Turn next) {
        turn = next;
        faulted = false;
    }

    /** Whether the last kick came from a fault and cases go on; forgets it. */
    boolean takeFault() {
        boolean was = faulted;
        faulted = false;
        return was;
    }

    @Override
    public void portWrite(int port, int size, int value) {
        boolean fault = port == GuestProcessor.FAULT_PORT;
        boolean more = turn.done(fault ? value & 0xFF : -1);
        if (fault || !more) {
            faulted = more;
            stop.run();
        }
    }

    @Override
    public long mmioRead(long address, int size) {
        return -1L;
    }

    @Override
    public void mmioWrite(long address, int size, long value) {
    }

    @Override
    public int portRead(int port, int size) {
        return -1;
    }

    @Override
    public int pendingEvents() {
        return 0;
    }

    @Override
    public int acknowledgeInterrupt() {
        return -1;
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
    }

    @Override
    public long readTsc() {
        return 0;
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
