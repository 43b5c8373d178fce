package dev.backplane.device.sound.ac97;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.state.StateException;
import dev.backplane.testkit.HostileGuest;
import dev.backplane.testkit.TestAudio;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.TestState;

class Ac97Test {
    /** Frames and samples of one buffer of the ring. */
    private static final int FRAMES = 441;
    private static final int SAMPLES = FRAMES * 2;
    private static final int RING_BYTES = Driver.RING * SAMPLES * 2;
    private static final Duration STEP = Duration.ofMillis(1);

    private TestBench bench;
    private Driver out;
    private long buffer;

    @BeforeEach
    void plug() throws Exception {
        bench = TestBench.of(new Ac97Type()).plug();
        Driver.powerOn(bench);
        Driver.unmute(bench);
        out = new Driver(bench, Driver.PO);
        buffer = bench.allocate(RING_BYTES, 4096);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static byte[] ramp(int bytes) {
        byte[] ramp = new byte[bytes];
        for (int i = 0; i < bytes / 2; i++) {
            int sample = i * 7;
            ramp[2 * i] = (byte) sample;
            ramp[2 * i + 1] = (byte) (sample >> 8);
        }
        return ramp;
    }

    private void fillRing() {
        bench.ram().write(buffer, ramp(RING_BYTES), 0, RING_BYTES);
    }

    private byte[] played() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        bench.audio().played().forEach(p -> all.writeBytes(p.pcm()));
        return all.toByteArray();
    }

    private static byte[] twice(byte[] bytes) {
        byte[] both = Arrays.copyOf(bytes, bytes.length * 2);
        System.arraycopy(bytes, 0, both, bytes.length, bytes.length);
        return both;
    }

    @ParameterizedTest
    @ValueSource(ints = {8000, 44_100, 48_000})
    void whatIsPlayedArrivesByteForByteAtTheTimeOfTheRate(int rate) {
        Driver.rates(bench, rate);
        fillRing();
        out.ring(buffer, SAMPLES, true);
        out.start(Driver.RING - 1);
        long nanos = 2L * Driver.RING * FRAMES * 1_000_000_000L / rate;
        while (bench.clock().nanoTime() < nanos) {
            bench.advance(STEP);
            out.serve();
        }
        TestAudio.Playback line = bench.audio().last();
        byte[] heard = line.pcm();
        byte[] sent = twice(ramp(RING_BYTES));
        assertEquals(new PcmFormat(rate, 2, 16), line.format());
        assertEquals("line", line.name());
        assertEquals(1, bench.audio().played().size());
        assertArrayEquals(sent, Arrays.copyOf(heard, sent.length));
        assertEquals(2 * Driver.RING, out.interrupts());
        for (int i = 1; i < line.times().size(); i++) {
            long apart = line.times().get(i) - line.times().get(i - 1);
            assertTrue(apart > 0 && apart <= 11_000_000, apart + " ns between two parts");
        }
    }

    @Test
    void thePositionFollowsTheClockAtEachRead() {
        out.ring(buffer, 9600, true);
        out.start(3);
        assertEquals(9600, out.left());
        bench.advance(Duration.ofNanos(1_000_000));
        assertEquals(9600 - 96, out.left());
        bench.advance(Duration.ofNanos(98_999_000));
        assertEquals(2, out.left());
        assertFalse(bench.pci().line().asserted());
        bench.advance(Duration.ofNanos(1000));
        assertTrue(bench.pci().line().asserted(), "the interrupt comes with the end of the buffer");
        assertEquals(1, out.index());
        assertEquals(2, out.read(0xA, 1));
        assertEquals(Driver.BCIS, out.status());
        assertEquals(0x140, bench.readBar(1, 0x30, 4));
        out.write(0x6, 2, Driver.BCIS);
        assertFalse(bench.pci().line().asserted());
        assertEquals(0x100, bench.readBar(1, 0x30, 4));
    }

    @Test
    void itHaltsAfterTheLastValidBufferAndGoesOnWhenThereAreMore() {
        fillRing();
        out.ring(buffer, SAMPLES, false);
        out.start(1);
        bench.advance(Duration.ofMillis(100));
        assertEquals(Driver.LVBCI | Driver.CELV | Driver.DCH, out.status());
        assertTrue(bench.pci().line().asserted());
        assertEquals(0, out.left());
        assertEquals(1, out.index());
        out.write(0x6, 2, Driver.LVBCI);
        out.write(0x5, 1, 3);
        assertEquals(0, out.status());
        assertEquals(2, out.index());
        bench.advance(Duration.ofMillis(100));
        assertArrayEquals(Arrays.copyOf(ramp(RING_BYTES), 4 * SAMPLES * 2), played());
        assertEquals(1, bench.audio().played().size());
    }

    @Test
    void aPauseKeepsThePlaceAndAResetOfTheBoxForgetsIt() {
        fillRing();
        out.ring(buffer, SAMPLES, true);
        out.start(31);
        bench.advance(Duration.ofMillis(5));
        out.write(0xB, 1, 0x10);
        assertEquals(Driver.DCH, out.status());
        int left = out.left();
        bench.advance(Duration.ofMillis(50));
        assertEquals(left, out.left());
        assertTrue(bench.audio().last().ended());
        out.write(0xB, 1, 0x11);
        bench.advance(Duration.ofMillis(3));
        assertEquals(left - 288, out.left());
        assertArrayEquals(Arrays.copyOf(ramp(RING_BYTES), 384 * 4), played());
        out.stop();
        assertEquals(0, out.left());
        assertEquals(Driver.DCH, out.status());
        assertEquals(0, out.read(0x0, 4));
    }

    @ParameterizedTest
    @ValueSource(ints = {32_000, 48_000})
    void whatTheHostRecordsArrivesByteForByte(int rate) {
        Driver.rates(bench, rate);
        Driver in = new Driver(bench, Driver.PI);
        byte[] sound = ramp(RING_BYTES);
        bench.audio().source(sound);
        in.ring(buffer, SAMPLES, true);
        in.start(31);
        bench.advance(Duration.ofNanos(32L * FRAMES * 1_000_000_000L / rate + 1));
        assertArrayEquals(sound, bench.ram().bytes(buffer, RING_BYTES));
        assertEquals(0x120, bench.readBar(1, 0x30, 4), "its bit of the global status");
    }

    @Test
    void theMonoMicrophoneIsRecordedAtTheRateOfTheLink() {
        Driver in = new Driver(bench, Driver.MC);
        bench.audio().source(ramp(960));
        in.ring(buffer, 480, true);
        in.start(0);
        bench.advance(Duration.ofMillis(10));
        assertArrayEquals(ramp(960), bench.ram().bytes(buffer, 960));
        assertEquals(0x180, bench.readBar(1, 0x30, 4));
    }

    private short firstSampleWith(int master, int pcm) {
        Driver.codec(bench, 0x02, master);
        Driver.codec(bench, 0x18, pcm);
        bench.ram().write16(buffer, 10_000);
        out.ring(buffer, SAMPLES, false);
        out.start(31);
        bench.advance(STEP);
        out.stop();
        byte[] heard = bench.audio().last().pcm();
        return (short) (heard[0] & 0xFF | heard[1] << 8);
    }

    @Test
    void volumeAndMuteAreHeard() {
        assertEquals(10_000, firstSampleWith(0, 0x0808));
        assertEquals(5012, firstSampleWith(0x0404, 0x0808), "6 dB less");
        assertEquals(5012, firstSampleWith(0, 0x0C0C));
        assertEquals(10_000, firstSampleWith(0x0808, 0), "12 dB less and 12 dB more");
        assertEquals(10_000, firstSampleWith(0, 0), "never louder than it is");
        assertEquals(0, firstSampleWith(0x8000, 0x0808));
        assertEquals(0, firstSampleWith(0, 0x8808));
        Driver.codec(bench, 0x26, 0x0200);
        assertEquals(0, firstSampleWith(0, 0x0808), "the converter is off");
    }

    @Test
    void recordingIsAmplifiedAndClipped() {
        Driver in = new Driver(bench, Driver.PI);
        byte[] sound = {0x10, 0x27, 0x10, 0x27, (byte) 0x00, (byte) 0x90, 0, 0};
        bench.audio().source(sound);
        Driver.codec(bench, 0x1C, 0x0400);
        in.ring(buffer, SAMPLES, false);
        in.start(31);
        bench.advance(STEP);
        assertEquals(SAMPLES - 96, in.left());
        assertEquals(19_953, bench.ram().read16(buffer), "6 dB more on the left");
        assertEquals(10_000, bench.ram().read16(buffer + 2));
        assertEquals(0x8000, bench.ram().read16(buffer + 4));
        assertEquals(0, bench.ram().read16(buffer + 6));
    }

    @Test
    void theCodecIsWhatDriversLookFor() {
        Driver.codec(bench, 0x00, 0);
        assertEquals(0x8000, Driver.codec(bench, 0x02));
        assertEquals(0x8808, Driver.codec(bench, 0x18));
        assertEquals(0x000F, Driver.codec(bench, 0x26));
        assertEquals(1, Driver.codec(bench, 0x28) & 1);
        Driver.codec(bench, 0x1C, 0x8A05);
        assertEquals(0x8A05, Driver.codec(bench, 0x1C));
        Driver.codec(bench, 0x02, 0xA020);
        assertEquals(0x9F1F, Driver.codec(bench, 0x02), "the sixth bit means the softest");
        Driver.codec(bench, 0x0A, 0x8000);
        assertEquals(0, Driver.codec(bench, 0x0A), "there is no beeper");
        Driver.codec(bench, 0x2C, 44_100);
        assertEquals(48_000, Driver.codec(bench, 0x2C), "variable rates are off");
        Driver.rates(bench, 44_100);
        assertEquals(44_100, Driver.codec(bench, 0x2C));
        Driver.codec(bench, 0x2C, 100);
        assertEquals(8000, Driver.codec(bench, 0x2C));
        Driver.codec(bench, 0x26, 0x0900);
        assertEquals(0x0902, Driver.codec(bench, 0x26));
        assertNotEquals(0, Driver.codec(bench, 0x7C));
        assertEquals(0, bench.counter("unhandled-reads"));
    }

    @Test
    void theLinkIsResetAndTheSemaphoreIsHeldUntilTheCodecIsAccessed() {
        out.ring(buffer, SAMPLES, true);
        out.start(31);
        bench.writeBar(1, 0x2C, 4, 0);
        assertEquals(0, bench.readBar(1, 0x30, 4));
        assertEquals(0xFFFF, Driver.codec(bench, 0x7C));
        assertTrue(bench.audio().last().ended());
        bench.writeBar(1, 0x2C, 4, 2);
        assertEquals(0x100, bench.readBar(1, 0x30, 4));
        assertEquals(0x8000, Driver.codec(bench, 0x02));
        bench.writeBar(1, 0x2C, 4, 6);
        assertEquals(2, bench.readBar(1, 0x2C, 4), "the warm reset is over");
        assertEquals(0, bench.readBar(1, 0x34, 1));
        assertEquals(1, bench.readBar(1, 0x34, 1));
        Driver.codec(bench, 0x02);
        assertEquals(0, bench.readBar(1, 0x34, 1));
    }

    @Test
    void aChangeOfTheRateWhileItPlaysBeginsAStreamOfThatRate() {
        Driver.rates(bench, 48_000);
        fillRing();
        out.ring(buffer, SAMPLES, true);
        out.start(31);
        bench.advance(Duration.ofMillis(10));
        Driver.codec(bench, 0x2C, 24_000);
        bench.advance(Duration.ofMillis(10));
        assertEquals(SAMPLES * 2 - 480 * 2 - 240 * 2, out.left());
        assertEquals(24_000, bench.audio().last().format().rate());
        assertArrayEquals(Arrays.copyOf(ramp(RING_BYTES), 720 * 4), played());
    }

    @Test
    void aCardReplacedWhileItPlaysLosesAndDoublesNothing() throws Exception {
        Driver.rates(bench, 44_100);
        fillRing();
        out.ring(buffer, SAMPLES, true);
        out.start(31);
        for (int i = 0; i < 640; i++) {
            bench.advance(STEP);
            if (i % 13 == 5) {
                bench.replace();
            }
            out.serve();
        }
        bench.advance(STEP);
        byte[] sent = twice(ramp(RING_BYTES));
        assertArrayEquals(sent, Arrays.copyOf(played(), sent.length));
        assertEquals(64, out.interrupts());
    }

    @Test
    void aReplacedCardStillAssertsAnInterruptThatWasNotAnswered() throws Exception {
        out.ring(buffer, SAMPLES, true);
        out.start(31);
        bench.advance(Duration.ofMillis(10));
        assertTrue(bench.pci().line().asserted());
        bench.replace();
        assertTrue(bench.pci().line().asserted());
        assertTrue(out.serve());
        assertFalse(bench.pci().line().asserted());
    }

    @Test
    void aMachineResetEndsEverything() {
        out.ring(buffer, SAMPLES, true);
        out.start(31);
        bench.advance(Duration.ofMillis(20));
        bench.reset();
        assertFalse(bench.pci().line().asserted());
        assertTrue(bench.audio().last().ended());
        assertEquals(0, bench.readBar(1, 0x30, 4));
    }

    @Test
    void stateThatCannotBeIsRefused() throws Exception {
        out.ring(buffer, SAMPLES, true);
        out.start(31);
        bench.advance(STEP);
        TestState state = bench.save();
        state.section("line").fields().put("index", 32);
        assertThrows(StateException.class, () -> bench.replace(state));
    }

    @Test
    void emptyAndTinyBuffersAndListsOutsideMemoryAreBounded() {
        out.ring(buffer, 0, true);
        out.start(31);
        bench.advance(Duration.ofMillis(20));
        assertEquals(Driver.BCIS | Driver.LVBCI | Driver.CELV | Driver.DCH, out.status());
        out.stop();
        out.ring(buffer, 2, true);
        out.start(31);
        AtomicLong told = new AtomicLong();
        for (int i = 0; i < 1000; i++) {
            bench.advance(Duration.ofMillis(1));
            told.addAndGet(out.serve() ? 1 : 0);
        }
        assertTrue(told.get() > 500 && told.get() <= 2000, told + " interrupts in a second");
        out.stop();
        out.write(0x0, 4, 0xFFFF_FFF8L);
        out.start(31);
        bench.advance(Duration.ofMillis(100));
        assertEquals(new PcmFormat(48_000, 2, 16), bench.audio().last().format());
        byte[] silence = bench.audio().last().pcm();
        assertArrayEquals(new byte[silence.length], silence);
    }

    @Test
    void aVisitThatComesTooLateGoesOnFromNow() throws Exception {
        bench.advance(Duration.ofSeconds(3));
        out.ring(buffer, SAMPLES, true);
        out.start(31);
        TestState state = bench.save();
        state.section("line").fields().put("started", 0L);
        bench.replace(state);
        assertEquals(SAMPLES, out.left());
        bench.advance(STEP);
        assertEquals(SAMPLES - 96, out.left());
        assertEquals(1, bench.counter("beyond-bounds"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aHostileGuestBreaksNothing(long seed) {
        HostileGuest.attack(bench, seed, Integer.getInteger("backplane.hostile.steps", 100_000));
    }
}
