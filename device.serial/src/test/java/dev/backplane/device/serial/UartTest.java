package dev.backplane.device.serial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.state.StateException;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.TestState;

class UartTest {
    private static final int BASE = 0x3F8;
    private static final int RBR = BASE;
    private static final int IER = BASE + 1;
    private static final int IIR = BASE + 2;
    private static final int FCR = BASE + 2;
    private static final int LCR = BASE + 3;
    private static final int MCR = BASE + 4;
    private static final int LSR = BASE + 5;
    private static final int MSR = BASE + 6;
    private static final int SCR = BASE + 7;

    private final TestBench bench;

    UartTest() throws DeviceException {
        bench = TestBench.of(new SerialType()).plug();
    }

    @AfterEach
    void unplug() {
        bench.close();
    }

    private int in(int port) {
        return (int) bench.in(port, 1);
    }

    private void out(int port, int value) {
        bench.out(port, 1, value);
    }

    private boolean irq() {
        return bench.irq(4).asserted();
    }

    @Test
    void whatTheGuestWritesIsPrintedAtOnce() {
        for (char c : "hello".toCharArray()) {
            assertEquals(0x60, in(LSR) & 0x60);
            out(RBR, c);
        }
        assertEquals("hello", bench.console().printed());
        assertEquals(5, bench.counter("bytes-sent"));
    }

    @Test
    void theDivisorLatchHidesDataAndInterruptEnable() {
        out(IER, 0x0F);
        out(LCR, 0x83);
        out(RBR, 0x01);
        out(IER, 0x02);
        assertEquals(0x01, in(RBR));
        assertEquals(0x02, in(IER));
        out(LCR, 0x03);
        assertEquals(0x0F, in(IER));
        assertEquals("", bench.console().printed());
    }

    @Test
    void linuxFindsA16550A() {
        out(IER, 0);
        assertEquals(0, in(IER));
        out(IER, 0x0F);
        assertEquals(0x0F, in(IER));
        out(IER, 0);
        out(MCR, 0x1A);
        assertEquals(0x90, in(MSR) & 0xF0);
        out(MCR, 0);
        out(FCR, 1);
        assertEquals(3, in(IIR) >> 6);
        out(LCR, 0x80);
        assertNotEquals(0, in(IIR));
        out(LCR, 0xBF);
        assertNotEquals(0, in(IIR));
        out(LCR, 0xE0);
        assertEquals(0, in(BASE + 2) & 0x10);
        out(LCR, 0);
        out(IER, 0x40);
        assertEquals(0, in(IER));
        out(SCR, 0xA5);
        assertEquals(0xA5, in(SCR));
    }

    @Test
    void linuxFindsNoTransmitterBug() {
        for (int i = 0; i < 2; i++) {
            out(IER, 0x02);
            assertEquals(0x02, in(IIR) & 0x0F);
            assertEquals(0x01, in(IIR) & 0x0F);
            out(IER, 0);
            assertFalse(irq());
        }
    }

    @Test
    void theEmptyTransmitterInterruptsOnceAndAgainAfterEachByte() {
        out(IER, 0x02);
        assertTrue(irq());
        in(IIR);
        assertFalse(irq());
        out(RBR, 'x');
        assertTrue(irq());
        assertEquals(2, bench.irq(4).edges());
        out(RBR, 'y');
        assertEquals(3, bench.irq(4).edges());
    }

    @Test
    void inputBelowTheTriggerInterruptsAfterFourCharacterTimes() {
        out(LCR, 0x83);
        out(RBR, 1);
        out(IER, 0);
        out(LCR, 0x03);
        out(FCR, 0xC1);
        out(IER, 0x01);
        bench.type("abc");
        assertFalse(irq());
        bench.advance(Duration.ofNanos(347_000));
        assertFalse(irq());
        bench.advance(Duration.ofNanos(1_000));
        assertTrue(irq());
        assertEquals(0xCC, in(IIR));
        assertEquals('a', in(RBR));
        assertFalse(irq());
        bench.advance(Duration.ofMillis(1));
        assertTrue(irq());
        assertEquals('b', in(RBR));
        assertEquals('c', in(RBR));
        assertEquals(0, in(LSR) & 1);
        bench.advance(Duration.ofMillis(1));
        assertFalse(irq());
    }

    @Test
    void eachTriggerLevelInterruptsAtItsCount() {
        int[] levels = {1, 4, 8, 14};
        for (int i = 0; i < levels.length; i++) {
            out(FCR, i << 6 | 3);
            out(IER, 0x01);
            for (int n = 1; n <= levels[i]; n++) {
                assertFalse(irq());
                bench.type("x");
            }
            assertTrue(irq());
            assertEquals(0xC4, in(IIR));
            out(IER, 0);
            out(FCR, 3);
        }
    }

    @Test
    void inputBeyondTheFifoWaitsInTheConsoleAndNothingIsLost() {
        String text = "0123456789".repeat(10);
        bench.type(text);
        out(FCR, 0x01);
        StringBuilder read = new StringBuilder();
        while ((in(LSR) & 1) != 0) {
            read.append((char) in(RBR));
        }
        assertEquals(text, read.toString());
        assertEquals(0, bench.counter("overruns"));
    }

    @Test
    void withoutFifoOneByteIsHeld() {
        bench.type("ab");
        assertEquals(0x01, in(IIR));
        out(IER, 0x01);
        assertEquals(1, bench.console().available());
        assertEquals(0x04, in(IIR));
        assertEquals('a', in(RBR));
        assertEquals('b', in(RBR));
        assertEquals('b', in(RBR));
        assertEquals(0x01, in(IIR));
    }

    @Test
    void whatWasTypedEarlySurvivesADriverThatOpensThePort() {
        bench.type("early");
        out(FCR, 0x01);
        out(FCR, 0x07);
        out(FCR, 0x00);
        out(FCR, 0xC1);
        out(LCR, 0x03);
        out(IER, 0x05);
        bench.advance(Duration.ofMillis(5));
        assertEquals(0xCC, in(IIR));
        StringBuilder read = new StringBuilder();
        while ((in(LSR) & 1) != 0) {
            read.append((char) in(RBR));
        }
        assertEquals("early", read.toString());
    }

    @Test
    void inputThatWaitsDuringAResetIsReadAfterwards() {
        out(IER, 0x01);
        bench.type("abc");
        bench.reset();
        assertEquals(0x61, in(LSR));
        assertEquals('b', in(RBR));
        out(IER, 0x01);
        assertTrue(irq());
        assertEquals('c', in(RBR));
    }

    @Test
    void loopbackReturnsBytesAndOverrunsThatInterruptFirst() {
        out(MCR, 0x10);
        out(IER, 0x05);
        out(RBR, 'p');
        assertEquals(0x04, in(IIR));
        out(RBR, 'q');
        assertEquals(0x06, in(IIR));
        assertEquals(0x63, in(LSR));
        assertEquals(0x61, in(LSR));
        assertEquals('q', in(RBR));
        assertEquals("", bench.console().printed());
        assertEquals(1, bench.counter("overruns"));
    }

    @Test
    void aBreakInLoopbackIsSeenWithItsByte() {
        out(FCR, 0x01);
        out(MCR, 0x10);
        out(RBR, 'a');
        out(LCR, 0x43);
        assertEquals(0x61 | 0x80, in(LSR));
        in(RBR);
        assertEquals(0x61 | 0x90, in(LSR));
        assertEquals(0x61, in(LSR));
        assertEquals(0, in(RBR));
    }

    @Test
    void modemChangesInterruptUntilTheStatusIsRead() {
        in(MSR);
        out(IER, 0x08);
        out(MCR, 0x10);
        assertTrue(irq());
        assertEquals(0x00, in(IIR));
        assertEquals(0x0B, in(MSR));
        assertFalse(irq());
        out(MCR, 0x14);
        assertEquals(0x40, in(MSR));
        out(MCR, 0x10);
        assertEquals(0x04, in(MSR));
    }

    @Test
    void wideAccessesAreSplitIntoBytes() {
        bench.out(LCR, 2, 0x0B03);
        assertEquals(0x03, in(LCR));
        assertEquals(0x0B, in(MCR));
        assertEquals(0x0B03, bench.in(LCR, 2));
    }

    @Test
    void theWholeStateSurvivesAReplacement() throws Exception {
        out(FCR, 0xC1);
        out(IER, 0x03);
        out(LCR, 0x13);
        out(SCR, 0x77);
        in(IIR);
        bench.type("abcdefghijklmnopqrstuvwxyz");
        assertTrue(irq());
        bench.replace();
        assertTrue(irq());
        assertEquals(0xC4, in(IIR));
        assertEquals(0x13, in(LCR));
        assertEquals(0x77, in(SCR));
        StringBuilder read = new StringBuilder();
        while ((in(LSR) & 1) != 0) {
            read.append((char) in(RBR));
        }
        assertEquals("abcdefghijklmnopqrstuvwxyz", read.toString());
    }

    @Test
    void stateWithAnImpossibleFifoIsRefused() {
        TestState state = bench.save();
        state.fields().put("receiver", new int[17]);
        assertThrows(StateException.class, () -> bench.replace(state));
    }

    @Test
    void resetForgetsEverythingButTheWaitingInput() {
        out(FCR, 0x01);
        out(IER, 0x0F);
        out(RBR, 'x');
        bench.reset();
        assertFalse(irq());
        assertEquals(0, in(IER));
        assertEquals(0x01, in(IIR));
        assertEquals(0x60, in(LSR));
    }

    @Test
    void portAndInterruptAreOptions() throws Exception {
        try (TestBench other = TestBench.of(new SerialType()).option("port", "com2").option("irq", 10).plug()) {
            other.out(0x2F8, 1, 'z');
            assertEquals("z", other.console().printed());
            other.out(0x2F9, 1, 2);
            assertTrue(other.irq(10).asserted());
        }
    }

    @Test
    void randomAccessesNeverDoHarm() throws Exception {
        Random random = new Random(20250101);
        for (int i = 0; i < 300_000; i++) {
            int size = 1 << random.nextInt(3);
            int port = BASE + (random.nextInt(8) & -size);
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> bench.in(port, size);
                case 3, 4, 5, 6 -> bench.out(port, size, random.nextInt());
                default -> {
                    if (bench.console().available() < 100) {
                        bench.type("input");
                    }
                    bench.advance(Duration.ofNanos(random.nextInt(1_000_000)));
                }
            }
            if (i % 50_000 == 0) {
                bench.replace();
            }
        }
        assertTrue(bench.counter("bytes-sent") > 1000);
    }
}
