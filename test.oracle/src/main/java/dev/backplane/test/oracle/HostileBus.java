package dev.backplane.test.oracle;

import java.util.SplittableRandom;

import dev.backplane.api.cpu.VcpuBus;

/** Devices that answer anything and interrupt whenever. One for each vCPU, used by its thread. */
final class HostileBus implements VcpuBus {
    private SplittableRandom random = new SplittableRandom(0);
    private long tsc;
    private int cr8;

    void restart(SplittableRandom next) {
        random = next;
    }

    @Override
    public long mmioRead(long address, int size) {
        return random.nextLong();
    }

    @Override
    public void mmioWrite(long address, int size, long value) {
        // Nothing is behind it.
    }

    @Override
    public int portRead(int port, int size) {
        return random.nextInt();
    }

    @Override
    public void portWrite(int port, int size, int value) {
        // Nothing is behind it.
    }

    @Override
    public int pendingEvents() {
        return random.nextInt(8) == 0 ? 1 + random.nextInt(3) : 0;
    }

    @Override
    public int acknowledgeInterrupt() {
        return random.nextInt(4) == 0 ? -1 : 16 + random.nextInt(240);
    }

    @Override
    public boolean acknowledgeNmi() {
        return random.nextBoolean();
    }

    @Override
    public int readCr8() {
        return cr8;
    }

    @Override
    public void writeCr8(int value) {
        cr8 = value & 15;
    }

    @Override
    public long readTsc() {
        return tsc += 1000;
    }

    @Override
    public boolean ownsMsr(int index) {
        return index == 0x1B;
    }

    @Override
    public long readMsr(int index) {
        return 0xFEE00900L;
    }

    @Override
    public boolean msrReadable(int index) {
        return index == 0x1B;
    }

    @Override
    public boolean writeMsr(int index, long value) {
        return random.nextBoolean();
    }
}
