package dev.backplane.device.sound.ac97;

import dev.backplane.testkit.TestBench;

/** What the guest's driver does with the card. */
final class Driver {
    static final int PI = 0x00;
    static final int PO = 0x10;
    static final int MC = 0x20;
    static final int BCIS = 8;
    static final int LVBCI = 4;
    static final int CELV = 2;
    static final int DCH = 1;
    static final int RING = 32;

    private final TestBench bench;
    private final int box;
    private final long list;
    private int interrupts;

    Driver(TestBench bench, int box) {
        this.bench = bench;
        this.box = box;
        list = bench.allocate(RING * 8L, 8);
    }

    static void powerOn(TestBench bench) {
        bench.writeBar(1, 0x2C, 4, 2);
    }

    static int codec(TestBench bench, int register) {
        return (int) bench.readBar(0, register, 2);
    }

    static void codec(TestBench bench, int register, int value) {
        bench.writeBar(0, register, 2, value);
    }

    /** All at 0 dB, nothing muted. */
    static void unmute(TestBench bench) {
        codec(bench, 0x02, 0);
        codec(bench, 0x18, 0x0808);
        codec(bench, 0x1C, 0);
    }

    static void rates(TestBench bench, int rate) {
        codec(bench, 0x2A, 1);
        codec(bench, 0x2C, rate);
        codec(bench, 0x32, rate);
    }

    /** Each entry of the ring a buffer of so many samples, one behind the other. */
    void ring(long address, int samples, boolean interrupt) {
        for (int i = 0; i < RING; i++) {
            bench.ram().write32(list + i * 8, (int) (address + (long) i * samples * 2));
            bench.ram().write32(list + i * 8 + 4, samples | (interrupt ? 1 << 31 : 0));
        }
        write(0x0, 4, list);
    }

    void start(int last) {
        write(0x5, 1, last);
        write(0xB, 1, 0x15);
    }

    void stop() {
        write(0xB, 1, 0);
        write(0xB, 1, 2);
    }

    void write(int register, int bytes, long value) {
        bench.writeBar(1, box + register, bytes, value);
    }

    int read(int register, int bytes) {
        return (int) bench.readBar(1, box + register, bytes);
    }

    int index() {
        return read(0x4, 1);
    }

    int left() {
        return read(0x8, 2);
    }

    int status() {
        return read(0x6, 2);
    }

    /** Answers an interrupt if there is one; the buffers that were done are valid again. */
    boolean serve() {
        if (!bench.pci().line().asserted()) {
            return false;
        }
        interrupts++;
        write(0x5, 1, index() - 1 & RING - 1);
        write(0x6, 2, status());
        return true;
    }

    int interrupts() {
        return interrupts;
    }
}
