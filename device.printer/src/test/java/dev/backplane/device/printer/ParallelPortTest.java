package dev.backplane.device.printer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.backplane.testkit.TestBench;

class ParallelPortTest {
    private TestBench bench;
    private ParallelDriver driver;

    @BeforeEach
    void plug() throws Exception {
        bench = TestBench.of(new PrinterType(new Printers())).option("language", "text").plug();
        driver = new ParallelDriver(bench);
    }

    @AfterEach
    void unplug() {
        bench.close();
    }

    @Test
    void aDriverFindsTheExtendedControlRegister() {
        assertEquals(1, driver.in(ParallelDriver.ECR) & 3, "FIFO empty, not full");
        driver.out(ParallelDriver.ECR, 0x34);
        assertEquals(0x35, driver.in(ParallelDriver.ECR));
    }

    @Test
    void controlReadsBackAndDataTurnsAroundInPs2Mode() {
        driver.out(ParallelDriver.CONTROL, 0x0E);
        assertEquals(0x0E, driver.in(ParallelDriver.CONTROL) & 0x0F);
        driver.out(ParallelDriver.DATA, 0xAA);
        assertEquals(0xAA, driver.in(ParallelDriver.DATA));
        driver.out(ParallelDriver.ECR, 0x34);
        driver.out(ParallelDriver.CONTROL, 0x2C);
        driver.out(ParallelDriver.DATA, 0x55);
        assertEquals(0xFF, driver.in(ParallelDriver.DATA));
    }

    @Test
    void theFifoIsSixteenDeepAndAsksForServiceAtHalf() {
        driver.out(ParallelDriver.ECR, 0x00);
        driver.out(ParallelDriver.ECR, 0xC0);
        int depth = 0;
        while ((driver.in(ParallelDriver.ECR) & 2) == 0) {
            driver.out(ParallelDriver.FIFO, 0xAA);
            depth++;
        }
        assertEquals(16, depth);
        driver.out(ParallelDriver.ECR, 0xC4);
        driver.out(ParallelDriver.ECR, 0xC0);
        int read = 0;
        while ((driver.in(ParallelDriver.ECR) & 4) == 0) {
            assertEquals(0xAA, driver.in(ParallelDriver.FIFO));
            read++;
        }
        assertEquals(8, read);
        driver.out(ParallelDriver.ECR, 0xF4);
        assertEquals(1, driver.in(ParallelDriver.FIFO) >> 4 & 7, "8-bit words");
        assertEquals(1, driver.in(ParallelDriver.CONFIG_B) >> 3 & 7, "IRQ 7");
    }

    @Test
    void aDeviceIdIsReadByNibblesAndPrintingGoesOnAfterIt() {
        String id = driver.deviceId();
        assertEquals(id.length(), id.charAt(0) << 8 | id.charAt(1));
        assertTrue(id.contains("CLS:PRINTER;"), id);
        driver.print("after\f");
        assertEquals("after", Prints.text(bench.pages().pages().getFirst()));
    }

    @Test
    void aReplacementInTheMiddleOfTheDeviceIdIsNotSeen() throws Exception {
        driver.out(ParallelDriver.DATA, 0x04);
        driver.out(ParallelDriver.CONTROL, 0x06);
        driver.out(ParallelDriver.CONTROL, 0x07);
        driver.out(ParallelDriver.CONTROL, 0x04);
        driver.out(ParallelDriver.CONTROL, 0x06);
        int before = driver.status();
        bench.replace();
        assertEquals(before, driver.status());
    }

    @Test
    void anAcknowledgeInterruptComesForEachByteIfItIsEnabled() {
        driver.out(ParallelDriver.DATA, 'x');
        driver.out(ParallelDriver.CONTROL, 0x1D);
        driver.out(ParallelDriver.CONTROL, 0x1C);
        assertEquals(1, bench.irq(7).edges());
    }

    @Test
    void bytesOfTheFifoArePrintedInOrder() {
        driver.out(ParallelDriver.ECR, 0x34);
        driver.out(ParallelDriver.ECR, 0x54);
        for (char c : "through the FIFO\f".toCharArray()) {
            driver.out(ParallelDriver.FIFO, c);
        }
        assertEquals("through the FIFO", Prints.text(bench.pages().pages().getFirst()));
    }

    @Test
    void aFifoThatIsFullWhileThePrinterIsBusyGoesOnWithAnInterrupt() {
        bench.pages().pending(100);
        driver.out(ParallelDriver.ECR, 0x34);
        driver.out(ParallelDriver.ECR, 0x54);
        for (char c : "0123456789abcdef".toCharArray()) {
            driver.out(ParallelDriver.FIFO, c);
        }
        assertEquals(2, driver.in(ParallelDriver.ECR) & 2, "full");
        driver.out(ParallelDriver.ECR, 0x50);
        long before = bench.irq(7).edges();
        bench.pages().pending(0);
        bench.advance(Duration.ofMillis(100));
        assertEquals(1, driver.in(ParallelDriver.ECR) & 1, "empty");
        assertEquals(before + 1, bench.irq(7).edges());
        driver.out(ParallelDriver.FIFO, '\f');
        assertEquals("0123456789abcdef", Prints.text(bench.pages().pages().getFirst()));
    }
}
