package org.example.checksum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.CRC32;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.state.StateException;
import dev.backplane.testkit.HostileGuest;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.TestState;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChecksumCardTest {
    private static final int CONTROL = 0x04;
    private static final int STATUS = 0x08;
    private static final int START = 1;
    private static final int BUSY = 1;
    private static final int DONE = 2;
    private static final int FAILED = 4;
    private static final int TICK = 8;

    private TestBench bench;
    private long data;
    private long target;
    private byte[] bytes;

    @BeforeEach
    void plug() throws DeviceException {
        bench = TestBench.of(new ChecksumType()).plug();
        bench.pci().messages().enable(true);
        bytes = "what the card reads".getBytes();
        data = bench.allocate(4096, 8);
        target = bench.allocate(8, 8);
        bench.ram().write(data, bytes, 0, bytes.length);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void start(long address, long length) {
        bench.writeBar(0, 0x10, 8, address);
        bench.writeBar(0, 0x18, 4, length);
        bench.writeBar(0, 0x20, 4, target);
        bench.writeBar(0, 0x24, 4, target >>> 32);
        bench.writeBar(0, CONTROL, 1, START);
    }

    private long expected() {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }

    @Test
    void aJobWritesItsResultAndSendsAMessage() {
        start(data, bytes.length);
        assertEquals(BUSY, bench.readBar(0, STATUS, 4));
        bench.settle();
        assertEquals(DONE, bench.readBar(0, STATUS, 4));
        assertEquals(expected(), bench.readBar(0, 0x28, 4));
        assertEquals(expected() | 1L << 32, bench.ram().read64(target));
        assertEquals(1, bench.pci().messages().raised(0));
        bench.writeBar(0, STATUS, 4, DONE);
        assertEquals(0, bench.readBar(0, STATUS, 4));
    }

    @Test
    void aJobOutsideMemoryFailsAndSaysSo() {
        start(-64L, 128);
        bench.settle();
        assertEquals(DONE | FAILED, bench.readBar(0, STATUS, 4));
        start(data, bytes.length);
        bench.busMaster(false);
        bench.settle();
        assertEquals(DONE | FAILED, bench.readBar(0, STATUS, 4));
    }

    @Test
    void aLengthThatIsTooLargeIsNotTaken() {
        bench.writeBar(0, 0x18, 4, ChecksumCard.LARGEST + 1);
        assertEquals(1, bench.readBar(0, 0x18, 4));
        assertEquals(1, bench.counter("rejected-writes"));
    }

    @Test
    void itTicksUntilTheIntervalIsZero() {
        bench.writeBar(0, 0x30, 4, 10);
        bench.advance(Duration.ofMillis(35));
        assertEquals(3, bench.readBar(0, 0x34, 4));
        assertEquals(3, bench.pci().messages().raised(1));
        assertEquals(TICK, bench.readBar(0, STATUS, 4));
        bench.writeBar(0, 0x30, 4, 0);
        bench.advance(Duration.ofSeconds(1));
        assertEquals(3, bench.readBar(0, 0x34, 4));
    }

    @Test
    void aReplacementInTheMiddleOfAJobIsNotNoticed() throws Exception {
        bench.writeBar(0, 0x30, 4, 10);
        bench.advance(Duration.ofMillis(5));
        start(data, bytes.length);
        bench.replace();
        assertEquals(DONE, bench.readBar(0, STATUS, 4));
        assertEquals(expected() | 1L << 32, bench.ram().read64(target));
        bench.advance(Duration.ofMillis(6));
        assertEquals(1, bench.readBar(0, 0x34, 4));
    }

    @Test
    void stateThatTheCardCannotHaveIsRefused() {
        TestState state = bench.save();
        state.fields().put("CONTROL", 0x30L);
        String message = assertThrows(StateException.class, () -> bench.replace(state)).getMessage();
        assertTrue(message.startsWith("CONTROL.ALGORITHM is 0x3"), message);
    }

    @Test
    void theStateOfVersionOneIsEnough() throws Exception {
        start(data, bytes.length);
        bench.settle();
        TestState state = bench.save();
        state.fields().remove("BYTES");
        bench.replace(state);
        assertEquals(1, bench.readBar(0, 0x2C, 4));
    }

    @Test
    void aResetBringsBackTheFirstValues() {
        bench.writeBar(0, 0x30, 4, 10);
        start(data, bytes.length);
        bench.reset();
        bench.advance(Duration.ofSeconds(1));
        assertEquals(0, bench.readBar(0, STATUS, 4));
        assertEquals(0, bench.readBar(0, 0x34, 4));
        assertEquals(0, bench.readBar(0, 0x2C, 4));
    }

    @Test
    void nothingThatAGuestDoesBreaksIt() {
        HostileGuest.attack(bench, 1, 50_000);
        bench.reset();
        bench.busMaster(true);
        bench.ram().write(data, bytes, 0, bytes.length);
        start(data, bytes.length);
        bench.settle();
        assertEquals(expected(), bench.readBar(0, 0x28, 4));
    }

    @Test
    void theReadmeShowsTheRegistersAsTheyAre() throws Exception {
        String table = ((ChecksumCard) bench.device()).registers().table();
        String readme = Files.readString(Path.of("README.md"));
        for (String line : table.split("\n")) {
            assertTrue(readme.contains(line) || line.contains("ALGORITHM"), line);
        }
    }
}
