package dev.backplane.device.net.e1000;

import java.util.Map;

import dev.backplane.api.device.DeviceException;
import dev.backplane.testkit.TestBench;

/** An e1000 card on the bench, and its driver. */
final class E1000Driver implements AutoCloseable {
    static final long MAC = 0x525400123456L;
    static final int CTRL = 0x00;
    static final int STATUS = 0x08;
    static final int EECD = 0x10;
    static final int EERD = 0x14;
    static final int MDIC = 0x20;
    static final int ICR = 0xC0;
    static final int ITR = 0xC4;
    static final int ICS = 0xC8;
    static final int IMS = 0xD0;
    static final int IMC = 0xD8;
    static final int RCTL = 0x100;
    static final int TCTL = 0x400;
    static final int RDBAL = 0x2800;
    static final int RDH = 0x2810;
    static final int RDT = 0x2818;
    static final int TDBAL = 0x3800;
    static final int TDH = 0x3810;
    static final int TDT = 0x3818;
    static final int RXCSUM = 0x5000;
    static final int MTA = 0x5200;
    static final int RA = 0x5400;
    static final int VFTA = 0x5600;
    static final int ENABLE = 2;
    static final int EOP = 1;
    static final int RS = 8;
    static final int VLE = 0x40;

    static final int RING = 16;
    private static final int BUFFER = 2048;

    final TestBench bench;
    long transmitRing;
    long receiveRing;
    private long buffers;
    private int tail;
    private int next;

    E1000Driver(Map<String, String> options) throws DeviceException {
        TestBench.Builder builder = TestBench.of(new E1000Type()).option("mac", "52:54:00:12:34:56");
        options.forEach(builder::option);
        bench = builder.plug();
    }

    /** A card that is set up: both rings, everything enabled, interrupts unmasked. */
    E1000Driver() throws DeviceException {
        this(Map.of());
        begin();
    }

    void begin() {
        transmitRing = bench.allocate(RING * 16, 128);
        receiveRing = bench.allocate(RING * 16, 128);
        buffers = bench.allocate(RING * BUFFER, 4096);
        beginAgain();
    }

    /** The same rings, after a reset. */
    void beginAgain() {
        tail = 0;
        next = 0;
        ring(TDBAL, transmitRing);
        ring(RDBAL, receiveRing);
        for (int i = 0; i < RING; i++) {
            bench.ram().write64(receiveRing + 16 * i, buffers + (long) i * BUFFER);
            bench.ram().write64(receiveRing + 16 * i + 8, 0);
        }
        write(RXCSUM, 0x300);
        write(IMS, 0xFFFF);
        write(TCTL, ENABLE);
        write(RCTL, ENABLE | 1 << 15);
        bench.settle();
    }

    private void ring(int register, long address) {
        write(register, address);
        write(register + 4, address >>> 32);
        write(register + 8, RING * 16);
        write(register + 0x10, 0);
        write(register + 0x18, 0);
    }

    long read(int register) {
        return bench.readBar(0, register, 4);
    }

    void write(int register, long value) {
        bench.writeBar(0, register, 4, value);
    }

    /** Writes a descriptor behind the last one. */
    void descriptor(long low, long high) {
        bench.ram().write64(transmitRing + 16L * tail, low);
        bench.ram().write64(transmitRing + 16L * tail + 8, high);
        tail = (tail + 1) % RING;
    }

    long place(byte[] bytes) {
        long at = bench.allocate(Math.max(bytes.length, 1), 16);
        bench.ram().write(at, bytes, 0, bytes.length);
        return at;
    }

    void legacy(byte[] frame, int command) {
        descriptor(place(frame), frame.length | (long) command << 24);
    }

    /** A context descriptor. */
    void context(int ip, int transport, int field, int command, int header, int segment) {
        descriptor(ip | (long) (ip + 10) << 8 | (long) (transport - 1) << 16 | (long) transport << 32
            | (long) field << 40, (long) (command | 0x20) << 24 | (long) header << 40 | (long) segment << 48);
    }

    void data(byte[] bytes, int command, int options) {
        descriptor(place(bytes), bytes.length | 1L << 20 | (long) (command | 0x20) << 24 | (long) options << 40);
    }

    /** Tells the card of the descriptors. */
    void go() {
        write(TDT, tail);
        bench.settle();
    }

    /** Whether the card has written that descriptor back. */
    boolean done(int descriptor) {
        return (bench.ram().read8(transmitRing + 16L * descriptor + 12) & 1) != 0;
    }

    /** Gives the card that many receive buffers. */
    void offer(int count) {
        write(RDT, (read(RDT) + count) % RING);
        bench.settle();
    }

    /** What came in: length and status as in the descriptor, and the bytes. */
    record Received(long descriptor, byte[] bytes) {
        int status() {
            return (int) (descriptor >>> 32) & 0xFF;
        }

        int errors() {
            return (int) (descriptor >>> 40) & 0xFF;
        }

        int special() {
            return (int) (descriptor >>> 48) & 0xFFFF;
        }
    }

    /** The next descriptor that the card has done, or null. */
    Received poll() {
        long place = receiveRing + 16L * next;
        long descriptor = bench.ram().read64(place + 8);
        if ((descriptor >>> 32 & 1) == 0) {
            return null;
        }
        bench.ram().write64(place + 8, 0);
        byte[] bytes = bench.ram().bytes(buffers + (long) next * BUFFER, (int) descriptor & 0xFFFF);
        next = (next + 1) % RING;
        return new Received(descriptor, bytes);
    }

    int phy(int register) {
        write(MDIC, 2L << 26 | 1L << 21 | (long) register << 16);
        return (int) read(MDIC) & 0xFFFF;
    }

    void phy(int register, int value) {
        write(MDIC, 1L << 26 | 1L << 21 | (long) register << 16 | value);
    }

    @Override
    public void close() {
        bench.close();
    }
}
