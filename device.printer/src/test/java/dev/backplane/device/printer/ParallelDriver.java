package dev.backplane.device.printer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;

import dev.backplane.testkit.TestBench;

/** The guest's side of the cable: what a driver of a PC's parallel port does. */
final class ParallelDriver {
    static final int DATA = 0x378;
    static final int STATUS = 0x379;
    static final int CONTROL = 0x37A;
    static final int FIFO = 0x778;
    static final int CONFIG_B = 0x779;
    static final int ECR = 0x77A;
    static final int N_BUSY = 0x80;
    static final int N_ACK = 0x40;
    static final int PERROR = 0x20;
    static final int SELECT = 0x10;
    static final int N_FAULT = 0x08;
    private static final int IDLE = 0x0C;

    private final TestBench bench;

    ParallelDriver(TestBench bench) {
        this.bench = bench;
        out(CONTROL, IDLE);
    }

    int in(int port) {
        return (int) bench.in(port, 1);
    }

    void out(int port, int value) {
        bench.out(port, 1, value);
    }

    int status() {
        return in(STATUS);
    }

    /** Sends by strobes, as long as the printer is not busy; how many bytes went. */
    int send(byte[] bytes) {
        return send(bytes, 0);
    }

    int send(byte[] bytes, int from) {
        int i = from;
        while (i < bytes.length && (status() & N_BUSY) != 0) {
            out(DATA, bytes[i] & 0xFF);
            out(CONTROL, IDLE | 1);
            out(CONTROL, IDLE);
            i++;
        }
        return i - from;
    }

    void print(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(bytes.length, send(bytes), "the printer became busy");
    }

    /** Negotiates nibble mode with the device ID and reads all there is. */
    String deviceId() {
        out(DATA, 0x04);
        lines(false, true, false);
        assertEquals(N_FAULT | SELECT | PERROR, status() & (N_FAULT | SELECT | PERROR | N_ACK), "event 2");
        lines(false, true, true);
        lines(false, false, false);
        assertTrue((status() & N_ACK) != 0, "event 6");
        assertTrue((status() & SELECT) != 0, "XFlag");
        StringBuilder all = new StringBuilder();
        while ((status() & N_FAULT) == 0) {
            all.append((char) (nibble() | nibble() << 4));
        }
        lines(true, false, false);
        assertEquals(0, status() & N_ACK, "event 24");
        lines(true, true, false);
        assertTrue((status() & N_ACK) != 0, "event 27");
        lines(true, false, false);
        return all.toString();
    }

    private void lines(boolean selectIn, boolean autoFeed, boolean strobe) {
        out(CONTROL, 4 | (selectIn ? 8 : 0) | (autoFeed ? 2 : 0) | (strobe ? 1 : 0));
    }

    private int nibble() {
        lines(false, true, false);
        int status = status();
        assertEquals(0, status & N_ACK, "event 9");
        int value = status >> 3 & 7 | ((status & N_BUSY) == 0 ? 8 : 0);
        lines(false, false, false);
        assertTrue((status() & N_ACK) != 0, "event 11");
        return value;
    }
}
