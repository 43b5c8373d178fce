package dev.backplane.device.net.e1000;

import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;
import dev.backplane.device.net.MacAddress;

/** The statistics registers, cleared by reading (manual 13.7). */
final class Statistics {
    /** What this card never counts: errors and collisions of a wire, flow control, management. */
    private static final String ALWAYS_ZERO = """
        4000 CRCERRS 4004 ALGNERRC 4008 SYMERRS 400C RXERRC 4014 SCC 4018 ECOL 401C MCC 4020 LATECOL 4028 COLC 4030 DC
        4034 TNCRS 4038 SEC 403C CEXTERR 4040 RLEC 4048 XONRXC 404C XONTXC 4050 XOFFRXC 4054 XOFFTXC 4058 FCRUC
        40A4 RUC 40A8 RFC 40B0 RJC 40B4 MGTPRC 40B8 MGTPDC 40BC MGTPTC 40FC TSCTFC
        """;
    private static final int[] SIZES = {64, 127, 255, 511, 1023};

    private final Register missed;
    private final Register noBuffer;
    private final Register tooLong;
    private final Direction received;
    private final Direction sent;
    private final Register segmented;

    /** What is counted for each direction. */
    private record Direction(Register[] sizes, Register good, Register broadcast, Register multicast,
            Register goodBytes, Register all, Register allBytes) {
        void count(byte[] frame, int length) {
            int size = 0;
            while (size < SIZES.length && length > SIZES[size]) {
                size++;
            }
            add(sizes[size], 1);
            add(good, 1);
            add(all, 1);
            add64(goodBytes, length);
            add64(allBytes, length);
            if (MacAddress.isGroup(frame, 0)) {
                add(MacAddress.isBroadcast(frame, 0) ? broadcast : multicast, 1);
            }
        }
    }

    Statistics(Registers registers) {
        String[] zeros = ALWAYS_ZERO.strip().split("\\s+");
        for (int i = 0; i < zeros.length; i += 2) {
            registers.at(Integer.parseInt(zeros[i], 16), 32, zeros[i + 1]).constant(0);
        }
        missed = counter(registers, 0x4010, "MPC");
        received = new Direction(sizes(registers, 0x405C, "PRC"), counter(registers, 0x4074, "GPRC"),
            counter(registers, 0x4078, "BPRC"), counter(registers, 0x407C, "MPRC"), wide(registers, 0x4088, "GORC"),
            counter(registers, 0x40D0, "TPR"), wide(registers, 0x40C0, "TOR"));
        sent = new Direction(sizes(registers, 0x40D8, "PTC"), counter(registers, 0x4080, "GPTC"),
            counter(registers, 0x40F4, "BPTC"), counter(registers, 0x40F0, "MPTC"), wide(registers, 0x4090, "GOTC"),
            counter(registers, 0x40D4, "TPT"), wide(registers, 0x40C8, "TOT"));
        noBuffer = counter(registers, 0x40A0, "RNBC");
        tooLong = counter(registers, 0x40AC, "ROC");
        segmented = counter(registers, 0x40F8, "TSCTC");
    }

    private static Register counter(Registers registers, int offset, String name) {
        return registers.at(offset, 32, name).readClears();
    }

    private static Register wide(Registers registers, int offset, String name) {
        return registers.at(offset, 64, name).readClears();
    }

    private static Register[] sizes(Registers registers, int offset, String name) {
        Register[] sizes = new Register[SIZES.length + 1];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = counter(registers, offset + 4 * i, name + (i < SIZES.length ? SIZES[i] : 1522));
        }
        return sizes;
    }

    /** Counters stay at their greatest value. */
    private static void add(Register counter, long amount) {
        counter.set(Math.min(0xFFFF_FFFFL, counter.get() + amount));
    }

    private static void add64(Register counter, long amount) {
        counter.set(counter.get() + amount);
    }

    /** A frame came in; {@code length} is with the frame check sequence. */
    void received(byte[] frame, int length) {
        received.count(frame, length);
    }

    /** A frame went out. */
    void sent(byte[] frame, int length) {
        sent.count(frame, length);
    }

    void segmented() {
        add(segmented, 1);
    }

    /** A frame had to wait for, or was lost for, a descriptor. */
    void noBuffer() {
        add(noBuffer, 1);
    }

    void missed() {
        add(missed, 1);
    }

    void tooLong() {
        add(tooLong, 1);
    }
}
